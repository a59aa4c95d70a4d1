/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts and exceptions that the hypervisor itself takes: what opens a window for them, and where they end. */
#ifndef X86_TRAP_H
#define X86_TRAP_H

#include "arch/x86/start_offsets.h"
#include "plan/plan.h"
#include "types.h"

/*
 * Sleeps until an NMI has come since the last call, and takes it. `has_gif`: this core has a global interrupt flag (AMD APM
 * volume 2, 15.17), which gates NMIs and is clear before and after. A core without a guest. Cannot fail.
 */
void trap_wait_nmi(bool has_gif);

/* Takes at least one interrupt that the local APIC holds, if there is one, and forgets it. A core that parks. Cannot fail. */
void trap_drain(bool has_gif);

/* Forgets NMIs that came up to now: what they are for is looked at behind this. Cannot fail. */
static inline void trap_forget_nmi(void)
{
	uint64_t stack;

	__asm__("movq %%rsp, %0" : "=r"(stack));
	stack |= PLAN_STACK_SIZE - 1u;
	*(volatile uint8_t *)(uintptr_t)(stack - (STACK_RESERVED - 1u) + STACK_KICKED) = 0u;
}

/* From the stubs: an exception of ours. `address` is CR2, of use after a page fault. */
NORETURN void trap_panic(uint64_t vector, uint64_t error, uint64_t pc, uint64_t address);

#endif
