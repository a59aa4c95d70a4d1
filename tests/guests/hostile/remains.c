/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks by what is out of date: registers of a core's earlier life, the translation of code that has moved. */
#include "hostile/remains.h"

#include <stddef.h>

#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/map.h"
#include "hostile/probe.h"
#include "rt/aarch64/sysreg.h"
#include "rt/armv8/psci.h"
#include "rt/armv8/secondary.h"
#include "rt/hal.h"

#define LINE 64
#define SERVED 1u
#define PAGE UINT64_C(0x1000)
#define ENTRIES 512
#define TABLE UINT64_C(0x3)
#define PAGE_EXECUTABLE UINT64_C(0x783) /* level 3, read-only, inner shareable, accessed, attribute 0: Normal */

static _Alignas(16) unsigned char stack[4096];
static _Alignas(LINE) struct remains remains;
static _Alignas(4096) uint64_t level_2[ENTRIES];
static _Alignas(4096) uint64_t level_3[ENTRIES];

/* Past the cache, which the other core does not use when it writes there. */
static void remains_discard(void)
{
	__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(&remains) : "memory");
}

static void first_life(void *argument)
{
	(void)argument;
	SYSREG_WRITE(tpidr_el0, UINT64_MAX);
	SYSREG_WRITE(tpidrro_el0, UINT64_MAX);
	SYSREG_WRITE(tpidr_el1, UINT64_MAX);
	SYSREG_WRITE(contextidr_el1, UINT64_MAX);
	SYSREG_WRITE(ttbr1_el1, UINT64_MAX);
	SYSREG_WRITE(elr_el1, UINT64_MAX);
	SYSREG_WRITE(far_el1, UINT64_MAX);
	SYSREG_WRITE(esr_el1, 0x1ffffff);
	SYSREG_WRITE(par_el1, UINT64_MAX);
	SYSREG_WRITE(afsr0_el1, UINT64_MAX);
	SYSREG_WRITE(afsr1_el1, UINT64_MAX);
	SYSREG_WRITE(cntkctl_el1, 0x3);
	SYSREG_WRITE(cntv_cval_el0, UINT64_MAX);
	SYSREG_WRITE(cntp_cval_el0, UINT64_MAX);
	SYSREG_WRITE(fpcr, 0x400000);
	SYSREG_WRITE(fpsr, 0x1f);
	remains_fill();
}

static void wait_off(void)
{
	while (psci_affinity_info(1) != PSCI_AFFINITY_OFF)
		;
}

/* The second core's second life begins with registers as after a reset, whatever its first one left. */
static void second_remains(uint64_t argument)
{
	static const struct secondary_start start = {stack + sizeof(stack), first_life, NULL};

	(void)argument;
	(void)secondary_start(1, &start);
	wait_off();
	remains = (struct remains){0};
	remains_discard();
	(void)psci_cpu_on(1, (uint64_t)(uintptr_t)remains_entry, (uint64_t)(uintptr_t)&remains);
	wait_off();
	remains_discard();
	answer("done %llu general 0x%llx system 0x%llx vector 0x%llx sctlr 0x%llx mpidr 0x%llx",
	       (unsigned long long)remains.done, (unsigned long long)remains.general,
	       (unsigned long long)remains.system, (unsigned long long)remains.vector,
	       (unsigned long long)remains.control, (unsigned long long)remains.identity);
}

/* Ends its life inside interrupts of middle and highest priority; the next one must be interrupted all the same. */
static void serving_life(void *argument)
{
	volatile uint32_t *taken = argument;

	gic_write(gic_private_banks() + GIC_ISENABLER, 4, 1u << SERVED);
	gic_interface_open();
	gic_sgi_self(SERVED);
	__asm__ volatile("dsb sy\n\tisb" ::: "memory");
	*taken = gic_acknowledge();
	gic_interface_claim();
}

static void second_serves(uint64_t argument)
{
	static volatile uint32_t taken[2];
	static struct secondary_start start = {stack + sizeof(stack), serving_life, NULL};

	(void)argument;
	for (unsigned life = 0; life < 2u; life++) {
		start.argument = (void *)(uintptr_t)&taken[life];
		(void)secondary_start(1, &start);
		wait_off();
	}
	answer("took %lu and %lu", (unsigned long)taken[0] & 0x3ffu, (unsigned long)taken[1] & 0x3ffu);
}

/* Code that the core still runs from memory, while its page tables already say: from the UART's registers. */
static void code_moved(uint64_t argument)
{
	uint64_t code = (uint64_t)(uintptr_t)remains_move;
	void (*alias)(uint64_t * descriptor, uint64_t value, uint64_t address);

	(void)argument;
	level_2[0] = (uint64_t)(uintptr_t)level_3 | TABLE;
	level_3[0] = (code & ~(PAGE - 1u)) | PAGE_EXECUTABLE;
	alias = (void (*)(uint64_t *, uint64_t, uint64_t))(uintptr_t)(map_table((uint64_t)(uintptr_t)level_2) +
								      (code & (PAGE - 1u)));
	alias(&level_3[0], (uint64_t)rt_board.uart_base | PAGE_EXECUTABLE, rt_board.gicd_base);
	answer("read, exceptions %llu", (unsigned long long)probe.count);
}

const struct attack remains_attacks[] = {
	{"second-remains", second_remains},
	{"second-serves", second_serves},
	{"mmio-code-moved", code_moved},
	{NULL, NULL},
};
