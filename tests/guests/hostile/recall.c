/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both cores against being stopped, and against everybody's peace: the second sleeps or spins in a state from which it
 * does not come back by itself while the first faults; or both make as many exits as they can.
 */
#include <stddef.h>
#include <stdio.h>

#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/map.h"
#include "hostile/probe.h"
#include "hostile/snippet.h"
#include "plan/abi.h"
#include "rt/aarch64/smccc_arch.h"
#include "rt/aarch64/sysreg.h"
#include "rt/armv8/secondary.h"
#include "rt/clock.h"
#include "rt/hal.h"

#define NOBODYS 0x10000000u /* no memory, no device */
#define SETTLE_US 20000u
#define ROUND 256u
#define RACES 20000u

/* What the second core does, by the argument's number. */
enum victim {
	VICTIM_SLEEPS_WITH_TIMER,
	VICTIM_BUSY_WITH_TIMER,
	VICTIM_SPINS_MASKED,
	VICTIM_SLEEPS_MASKED,
	VICTIM_DEAF,         /* the CPU interface closed, all its interrupts disabled */
	VICTIM_KICK_LOWERED, /* the interface open, but not for the hypervisor's SGI, whose priority is the lowest */
	VICTIM_KICK_ACTIVE,  /* the hypervisor's SGI active, as if it were being served */
	VICTIM_SERVES,       /* an interrupt acknowledged, and no preemption */
	VICTIM_TOP_PRIORITY, /* as if it served an interrupt of the highest priority */
	VICTIM_WAITS,        /* WFE, all masked */
};

#define KICK 0u /* the SGI that the hypervisor uses */
#define LOWEST 0xf0u
#define HIGHEST 0x10u /* that a guest can set */
#define MASK_MIDDLE 0x20u
#define SERVED 1u

static _Alignas(16) unsigned char stack[4096];
static volatile bool is_ready;

/* 1 kHz; the interrupt is taken by hand. */
static _Noreturn void tick(bool sleeps)
{
	gic_write(gic_private_banks() + GIC_IPRIORITYR + 24u, 4, GIC_PRIORITY_RESET);
	gic_write(gic_private_banks() + GIC_ISENABLER, 4, GIC_TIMER_BIT);
	SYSREG_WRITE(cntv_ctl_el0, 1);
	for (;;) {
		SYSREG_WRITE(cntv_tval_el0, SYSREG_READ(cntfrq_el0) / 1000u);
		isb();
		is_ready = true;
		do {
			if (sleeps)
				__asm__ volatile("wfi");
		} while (gic_take_private() == 0);
	}
}

static _Noreturn void sleep_for_ever(void)
{
	is_ready = true;
	for (;;)
		__asm__ volatile("wfi");
}

static _Noreturn void wait_for_ever(void)
{
	is_ready = true;
	for (;;)
		__asm__ volatile("wfe");
}

static void victim(void *argument)
{
	enum victim how = *(const enum victim *)argument;

	gic_interface_open();
	switch (how) {
	case VICTIM_SLEEPS_WITH_TIMER:
		tick(true);
	case VICTIM_BUSY_WITH_TIMER:
		tick(false);
	case VICTIM_SPINS_MASKED:
		is_ready = true;
		__asm__ volatile("b .");
		break;
	case VICTIM_DEAF:
		gic_write(gic_private_banks() + GIC_ICENABLER, 4, UINT32_MAX);
		gic_interface_enable(false);
		gic_interface_mask(0);
		break;
	case VICTIM_KICK_LOWERED:
		gic_write(gic_private_banks() + GIC_IPRIORITYR + KICK, 1, LOWEST);
		gic_interface_mask(MASK_MIDDLE);
		break;
	case VICTIM_KICK_ACTIVE:
		gic_write(gic_private_banks() + GIC_ISACTIVER, 4, 1u << KICK);
		break;
	case VICTIM_SERVES:
		gic_write(gic_private_banks() + GIC_ISENABLER, 4, 1u << SERVED);
		gic_write(gic_private_banks() + GIC_IPRIORITYR + SERVED, 1, HIGHEST);
		gic_interface_no_preemption();
		gic_sgi_self(SERVED);
		while ((gic_acknowledge() & 0x3ffu) != SERVED)
			;
		break;
	case VICTIM_TOP_PRIORITY:
		gic_interface_claim();
		break;
	case VICTIM_WAITS:
		wait_for_ever();
	case VICTIM_SLEEPS_MASKED:
		break;
	}
	sleep_for_ever();
}

static int second_start(void (*function)(void *argument), void *argument)
{
	/* Read by the other core after we are gone. */
	static struct secondary_start start;

	start = (struct secondary_start){stack + sizeof(stack), function, argument};
	return secondary_start(1, &start);
}

static void recall(uint64_t argument)
{
	static enum victim how;
	uint64_t until;

	how = (enum victim)argument;
	(void)second_start(victim, &how);
	while (!is_ready)
		;
	until = clock_now() + clock_from_us(SETTLE_US);
	while (clock_now() < until)
		; /* it is asleep by now */
	(void)mmio_read32(map_device(NOBODYS));
	answer("still here");
}

/*
 * The timer ends a sleep behind each closed door, and the door is still closed; `name` says which one it was. In 100 ms the
 * core comes to its WFI on a busy host, too: behind the timer it would not sleep.
 */
static void sleep_closed(const char *name)
{
	uint32_t state = gic_interface_state();
	uint64_t until;

	SYSREG_WRITE(cntv_tval_el0, SYSREG_READ(cntfrq_el0) / 10u);
	SYSREG_WRITE(cntv_ctl_el0, 1);
	isb();
	until = SYSREG_READ(cntv_cval_el0);
	while (clock_now() < until)
		__asm__ volatile("wfi");
	SYSREG_WRITE(cntv_ctl_el0, 0);
	isb();
	answer_more("%s %s", name, gic_interface_state() == state ? "kept" : "changed");
	gic_interface_open();
}

/* Every way in which a core may close itself to interrupts and sleep; trapped WFI opens it meanwhile. */
static void sleeps_closed(uint64_t argument)
{
	uint64_t banks = gic_private_banks();
	uint32_t served;

	(void)argument;
	answer("%s", "");
	gic_write(banks + GIC_ISENABLER, 4, GIC_TIMER_BIT | 1u << SERVED);
	sleep_closed("open");
	gic_interface_enable(false);
	sleep_closed("off");
	gic_interface_mask(0);
	sleep_closed("masked");
	gic_write(banks + GIC_IPRIORITYR + KICK, 1, LOWEST);
	gic_interface_mask(MASK_MIDDLE);
	gic_write(banks + GIC_IPRIORITYR + 24u, 4, 0x10101010u);
	sleep_closed("lowered");
	gic_write(banks + GIC_ISACTIVER, 4, 1u << KICK);
	sleep_closed("active");
	answer_more("0x%llx", (unsigned long long)gic_read(banks + GIC_ISACTIVER, 4));
	answer_more("0x%02llx", (unsigned long long)gic_read(banks + GIC_IPRIORITYR + KICK, 1));
	gic_sgi_self(SERVED);
	served = gic_acknowledge();
	sleep_closed("serving");
	answer_more("%lu", (unsigned long)served);
	gic_end(served);
}

/* Calls, SGIs, both interrupt controllers' registers, trapped and undefined system registers. */
static void storm_round(void)
{
	for (unsigned i = 0; i < ROUND; i++) {
		uint64_t call[4] = {ABI_FEATURES, 0, 0, 0};

		smccc_hvc(call);
		gic_sgi_spread();
		gic_write(rt_board.gicd_base + GIC_ISENABLER + 4u, 4, UINT32_MAX);
		SYSREG_WRITE(s3_0_c1_c0_1, UINT64_MAX); /* ACTLR_EL1 */
		gic_interface_mask(0xff);
		__asm__ volatile("tlbi vmalle1is\n\tic ialluis\n\tdsb ish" ::: "memory");
	}
}

/* Other instructions where the first core's is, as fast as they can be written, and the MMU's map of it gone and back. */
static void change_instruction(void *argument)
{
	static const uint32_t others[] = {0xb8404d6au, 0xa8c1316au, 0x3d00016au, 0xb940016au, 0xf81f8d6au};
	volatile uint32_t *place = snippet_place();

	(void)argument;
	for (uint32_t i = 0;; i++) {
		*place = others[i % 5u];
		__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ialluis\n\tdsb ish" ::"r"(place) : "memory");
		if (i % 16u == 0)
			snippet_prepare(); /* maps it anew */
	}
}

/*
 * A register access whose instruction is not any more what it was when the hypervisor looks. Never another access than one
 * that the partition could have made; it may end the partition, by name.
 */
static void race_instruction(uint64_t argument)
{
	uint64_t distributor = map_device(rt_board.gicd_base + GIC_IPRIORITYR + 32u);

	(void)argument;
	snippet_prepare();
	(void)second_start(change_instruction, NULL);
	for (unsigned i = 0; i < RACES; i++) {
		uint64_t registers[SNIPPET_REGISTERS] = {0, distributor, 0, 0};

		(void)snippet_run(0xb800456a, PROBE_EL1, registers); /* STR w10, [x11], #4 */
	}
	answer("done");
}

static void storm_of_second(void *argument)
{
	(void)argument;
	for (;;)
		storm_round();
}

static void storm(uint64_t argument)
{
	(void)argument;
	(void)puts("storms");
	(void)second_start(storm_of_second, NULL);
	for (;;) {
		storm_round();
		for (unsigned i = 0; i < ROUND; i++)
			__asm__ volatile(".inst 0x00000000" ::: "memory");
	}
}

const struct attack recall_attacks[] = {
	{"recall", recall}, {"sleeps-closed", sleeps_closed}, {"storm", storm}, {"race-instruction", race_instruction},
	{NULL, NULL},
};
