/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instruction at the guest's RIP, read through this core's window: a page of the hypervisor's space that maps one page of the
 * core's own partition, read-only, while it is read, and nothing in between. The guest's own page tables are walked the same way
 * (AMD APM volume 2, 5.2 and 5.3): each address must lie in its RAM.
 */
#include "arch/x86/decode.h"

#define ENTRY_PRESENT UINT64_C(0x1)
#define ENTRY_LARGE UINT64_C(0x80)
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)
#define CR3_PAE 0xffffffe0u
#define PAGE_OFFSET UINT64_C(0xfff)
#define LOW_32 0xffffffffu

/* Present, read-only, accessed, never executed (AMD APM volume 2, 5.4) */
#define WINDOW_ENTRY ((UINT64_C(1) << 63) | 0x21u)

static inline void window_set(const struct plan_core *core, uint64_t entry)
{
	*(volatile uint64_t *)(uintptr_t)core->window_descriptor = entry;
	page_forget(core->window);
}

/* Physical for guest-physical: false outside the partition's own RAM. */
static bool ram_find(const struct core_state *core, uint64_t address, uint64_t *pa)
{
	for (uint32_t i = 0; i < core->partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(core->plan)[core->partition->window_first + i];

		if ((window->kind == (uint16_t)PLAN_WINDOW_RAM) && (address >= window->base) &&
		    ((address - window->base) < window->size)) {
			*pa = window->pa + (address - window->base);
			return true;
		}
	}
	return false;
}

/* Bytes of one page of guest-physical memory. */
static bool ram_read(uint64_t address, uint8_t *bytes, uint32_t count)
{
	const struct core_state *core = self();
	uint64_t pa = 0;

	if (!ram_find(core, address, &pa)) {
		return false;
	}
	window_set(core->core, (pa & ENTRY_ADDRESS) | WINDOW_ENTRY);
	for (uint32_t i = 0; i < count; i++) {
		bytes[i] = ((const volatile uint8_t *)(uintptr_t)core->core->window)[(pa & PAGE_OFFSET) + i];
	}
	window_set(core->core, 0);
	return true;
}

/* A guest's page tables: from the root down, `levels` of them with entries of 1 << entry_log2 bytes. */
struct tables {
	uint64_t root;
	uint32_t levels;
	uint32_t entry_log2;
	uint32_t index_bits;
	uint32_t large_levels; /* lowest levels, less the last, at which an entry may be a page */
};

static struct tables tables_of(const struct guest_mode *mode)
{
	struct tables tables = {mode->cr3 & ENTRY_ADDRESS, 4u, 3u, 9u, 2u};

	if ((mode->efer & EFER_LMA) != 0u) {
		tables.levels = ((mode->cr4 & CR4_LA57) != 0u) ? 5u : 4u;
	} else if ((mode->cr4 & CR4_PAE) != 0u) {
		tables = (struct tables){mode->cr3 & CR3_PAE, 3u, 3u, 9u, 1u};
	} else {
		tables = (struct tables){mode->cr3 & ENTRY_ADDRESS & LOW_32, 2u, 2u, 10u,
					 ((mode->cr4 & CR4_PSE) != 0u) ? 1u : 0u};
	}
	return tables;
}

/* Guest-physical for linear. Permissions do not matter: the guest has just executed there. */
static bool walk(const struct guest_mode *mode, uint64_t linear, uint64_t *address)
{
	struct tables tables = tables_of(mode);
	uint64_t table = tables.root;

	if ((mode->cr0 & CR0_PG) == 0u) {
		*address = linear;
		return true;
	}
	for (uint32_t level = tables.levels; level > 0u; level--) {
		uint32_t shift = 12u + ((level - 1u) * tables.index_bits);
		uint64_t index = (linear >> shift) & ((UINT64_C(1) << tables.index_bits) - 1u);
		uint64_t inside = (UINT64_C(1) << shift) - 1u;
		uint64_t entry = 0;

		if (!ram_read(table + (index << tables.entry_log2), (uint8_t *)&entry, 1u << tables.entry_log2) ||
		    ((entry & ENTRY_PRESENT) == 0u)) {
			return false;
		}
		table = entry & ENTRY_ADDRESS;
		if ((level == 1u) || (((entry & ENTRY_LARGE) != 0u) && (level <= (tables.large_levels + 1u)))) {
			*address = (table & ~inside) | (linear & inside);
			return true;
		}
	}
	return false;
}

void instruction_fetch(const struct guest_mode *mode, struct instruction *instruction)
{
	uint64_t mask = mode->is_code64 ? UINT64_MAX : LOW_32;

	instruction->count = 0;
	while (instruction->count < INSTRUCTION_MOST) {
		uint64_t linear = (mode->code_base + mode->rip + instruction->count) & mask;
		uint32_t in_page = (uint32_t)(PLAN_PAGE - (linear & PAGE_OFFSET));
		uint32_t left = INSTRUCTION_MOST - instruction->count;
		uint32_t count = (left < in_page) ? left : in_page;
		uint64_t address = 0;

		if (!walk(mode, linear, &address) ||
		    !ram_read(address, &instruction->bytes[instruction->count], count)) {
			return;
		}
		instruction->count += count;
	}
}
