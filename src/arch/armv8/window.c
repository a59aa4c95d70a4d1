/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The window: one page of EL2's space per core, through which the instruction behind an abort without syndrome is read.
 * While guests run it maps a page of the core's own partition only, read-only, with the memory attributes that the guest
 * uses, and nothing in between. Before, the boot core lets the others go through it.
 */
#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "arch/armv8/sysreg.h"
#include "plan/view.h"

#define PAR_FAILED 0x1u
#define PAR_ADDRESS UINT64_C(0x0000fffffffff000)
#define PAR_ATTRIBUTES_SHIFT 56
#define MAIR_WINDOW_SHIFT (8u * MAIR_WINDOW)

#define MAIR_UNCACHED UINT64_C(0x44) /* Normal, Non-cacheable */

/* Level-3 page, access flag, read-only, never executable, inner shareable (Arm ARM D8.3.2) */
#define DESCRIPTOR_READ_ONLY UINT64_C(0x80)
#define DESCRIPTOR_WINDOW (UINT64_C(0x40000000000783) | (UINT64_C(MAIR_WINDOW) << 2))

static bool in_own_ram(const struct core_state *core, uint64_t page)
{
	bool own = false;

	for (uint32_t i = 0; i < core->partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(core->plan)[core->partition->window_first + i];

		own = own || ((window->kind == (uint16_t)PLAN_WINDOW_RAM) && (page >= window->pa) &&
			      ((page - window->pa) < window->size));
	}
	return own;
}

static inline __attribute__((always_inline)) void window_set(const struct plan_core *core, uint64_t descriptor)
{
	*(volatile uint64_t *)(uintptr_t)core->window_descriptor = descriptor;
	__asm__ volatile("dsb ishst\n\ttlbi vae2, %0\n\tdsb nsh\n\tisb" ::"r"(core->window >> 12) : "memory");
}

bool window_fetch(uint64_t pc, uint32_t *instruction)
{
	const struct core_state *core = self();
	uint64_t guest_par = sysreg_read(par_el1);
	uint64_t par;
	uint64_t page;

	if ((sysreg_read(spsr_el2) & 0xfu) == 0u) {
		__asm__ volatile("at s12e0r, %0" ::"r"(pc) : "memory");
	} else {
		__asm__ volatile("at s12e1r, %0" ::"r"(pc) : "memory");
	}
	isb();
	par = sysreg_read(par_el1);
	sysreg_write(par_el1, guest_par);
	page = par & PAR_ADDRESS;
	if (((par & PAR_FAILED) != 0u) || !in_own_ram(core, page)) {
		return false;
	}
	sysreg_write(mair_el2, MAIR_EL2_VALUE | ((par >> PAR_ATTRIBUTES_SHIFT) << MAIR_WINDOW_SHIFT));
	window_set(core->core, page | DESCRIPTOR_WINDOW);
	*instruction = *(volatile uint32_t *)(uintptr_t)(core->core->window + (pc & 0xffcu));
	window_set(core->core, 0);
	return true;
}

void window_store(uint64_t pa, uint64_t value)
{
	const struct plan_core *core = self()->core;

	sysreg_write(mair_el2, MAIR_EL2_VALUE | (MAIR_UNCACHED << MAIR_WINDOW_SHIFT));
	window_set(core, (pa & PAR_ADDRESS) | (DESCRIPTOR_WINDOW & ~DESCRIPTOR_READ_ONLY));
	*(volatile uint64_t *)(uintptr_t)(core->window + (pa & 0xff8u)) = value;
	dsb_sy();
	window_set(core, 0);
}
