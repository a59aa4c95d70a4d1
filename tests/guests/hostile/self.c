/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest does to itself, and how hard it can press: sleeps, broken vectors, endless loops, floods of exits. */
#include <stddef.h>
#include <stdio.h>

#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/probe.h"
#include "plan/abi.h"
#include "rt/armv8/psci.h"
#include "rt/armv8/secondary.h"
#include "rt/aarch64/smccc_arch.h"
#include "rt/aarch64/sysreg.h"
#include "rt/hal.h"

#define FLOOD 200000u

/* Sleeps that end: an interrupt is pending, masked as it is; an event is there. */
static void sleeps(uint64_t argument)
{
	(void)argument;
	gic_write(gic_private_banks() + GIC_ISENABLER, 4, 2);
	gic_sgi_self(1);
	__asm__ volatile("wfi");
	__asm__ volatile("sev\n\twfe");
	(void)gic_take_private();
	answer("woke twice, exceptions %llu", (unsigned long long)probe.count);
}

static void spin(uint64_t argument)
{
	(void)argument;
	(void)puts("spins");
	for (;;)
		__asm__ volatile("");
}

static void sleep_for_ever(uint64_t argument)
{
	(void)argument;
	(void)puts("sleeps");
	for (;;)
		__asm__ volatile("wfi");
}

/* Unwakeable: every way by which a core can stop interrupts from reaching it, then sleep for good. */
static void deaf_sleep(uint64_t argument)
{
	(void)argument;
	gic_write(gic_private_banks() + GIC_ICENABLER, 4, UINT32_MAX);
	gic_interface_claim();
	gic_interface_mask(0);
	gic_interface_enable(false);
	for (;;)
		__asm__ volatile("wfi");
}

/* Vectors in memory that may not be executed: every exception raises the next. */
static void broken_vectors(uint64_t argument)
{
	(void)argument;
	(void)puts("breaks its vectors");
	SYSREG_WRITE(vbar_el1, rt_board.ram_base + rt_board.ram_size - 4096u);
	__asm__ volatile("isb\n\t.inst 0x00000000" ::: "memory");
	answer("still here");
}

static void jump_to_zero(uint64_t argument)
{
	uint64_t syndrome = probe_jump(0, PROBE_EL1);

	(void)argument;
	answer("class 0x%02lx", (unsigned long)PROBE_CLASS(syndrome));
}

/* MMU off in flight: our text is identity-mapped, so we go on, uncached. */
static void mmu_off(uint64_t argument)
{
	uint64_t control = SYSREG_READ(sctlr_el1);

	(void)argument;
	SYSREG_WRITE(sctlr_el1, control & ~UINT64_C(0x1));
	isb();
	SYSREG_WRITE(sctlr_el1, control);
	isb();
	answer("exceptions %llu", (unsigned long long)probe.count);
}

static void flood_distributor(uint64_t argument)
{
	(void)argument;
	for (unsigned i = 0; i < FLOOD; i++)
		gic_write(rt_board.gicd_base + GIC_ISENABLER + 4u, 4, UINT32_MAX);
	answer("done");
}

static void flood_calls(uint64_t argument)
{
	(void)argument;
	for (unsigned i = 0; i < FLOOD; i++) {
		uint64_t value[4] = {ABI_EXITS, ABI_SELF, 0, 0};

		smccc_hvc(value);
	}
	answer("done");
}

static void flood_sgis(uint64_t argument)
{
	(void)argument;
	for (unsigned i = 0; i < FLOOD; i++)
		gic_sgi_spread();
	answer("done");
}

/* Broadcast TLB and cache maintenance: it stays in the own translation regime. */
static void flood_invalidations(uint64_t argument)
{
	(void)argument;
	for (unsigned i = 0; i < FLOOD / 100u; i++)
		__asm__ volatile("tlbi vmalle1is\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory");
	answer("done");
}

/* ---- the second core ---- */

static _Alignas(16) unsigned char second_stack[4096];
static volatile uint64_t second_beats;

static void second_beat(void *argument)
{
	uint64_t limit = *(const uint64_t *)argument;

	while (second_beats < limit)
		second_beats++;
}

static void second_crash(void *argument)
{
	(void)mmio_read32(*(const uint64_t *)argument);
}

static int second_start(void (*function)(void *argument), const uint64_t *argument)
{
	/* Read by the other core after we are gone. */
	static struct secondary_start start;

	start = (struct secondary_start){second_stack + sizeof(second_stack), function, (void *)(uintptr_t)argument};
	return secondary_start(1, &start);
}

/* Off and on, many times, as fast as it goes: a lost wake-up would hang here. */
static void second_cycle(uint64_t argument)
{
	static const uint64_t limit = 100;
	unsigned cycles = 0;

	(void)argument;
	for (; cycles < 200u; cycles++) {
		int result;

		second_beats = 0;
		do
			result = second_start(second_beat, &limit);
		while (result == PSCI_ALREADY_ON);
		if (result != PSCI_SUCCESS)
			break;
		while (second_beats < limit || psci_affinity_info(1) != PSCI_AFFINITY_OFF)
			;
	}
	answer("cycles %u", cycles);
}

/* The second core dies; the first, deaf and busy, must stop too. */
static void second_dies(uint64_t argument)
{
	static uint64_t address;

	address = argument;
	(void)second_start(second_crash, &address);
	for (;;)
		second_beats++;
}

/* The first core dies while the second runs on. */
static void first_dies(uint64_t argument)
{
	static const uint64_t for_ever = UINT64_MAX;

	(void)second_start(second_beat, &for_ever);
	while (second_beats == 0)
		;
	(void)mmio_read32(argument);
	answer("still here");
}

const struct attack self_attacks[] = {
	{"self-sleeps", sleeps},
	{"self-spin", spin},
	{"self-sleep-for-ever", sleep_for_ever},
	{"self-deaf-sleep", deaf_sleep},
	{"self-broken-vectors", broken_vectors},
	{"self-jump-to-zero", jump_to_zero},
	{"self-mmu-off", mmu_off},
	{"flood-distributor", flood_distributor},
	{"flood-calls", flood_calls},
	{"flood-sgis", flood_sgis},
	{"flood-invalidations", flood_invalidations},
	{"second-cycle", second_cycle},
	{"second-dies", second_dies},
	{"first-dies", first_dies},
	{NULL, NULL},
};
