/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts and exceptions that the hypervisor itself takes: what opens a window for them, and where they end. */
#ifndef X86_TRAP_H
#define X86_TRAP_H

#include "types.h"

/*
 * Sleeps until an NMI has come since the last call, and takes it. `has_gif`: this core has a global interrupt flag (AMD APM
 * volume 2, 15.17), which gates NMIs and is clear before and after. A core without a guest. Cannot fail.
 */
void trap_wait_nmi(bool has_gif);

/* Takes at least one interrupt that the local APIC holds, if there is one, and forgets it. A core that parks. Cannot fail. */
void trap_drain(bool has_gif);

/* From the stubs: an exception of ours. `address` is CR2, of use after a page fault. */
NORETURN void trap_panic(uint64_t vector, uint64_t error, uint64_t pc, uint64_t address);

#endif
