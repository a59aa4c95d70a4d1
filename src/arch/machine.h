/* SPDX-License-Identifier: Apache-2.0 */
/* The contract, the machine: is it the board of the plan, which architecture is this, firmware's power services. */
#ifndef ARCH_MACHINE_H
#define ARCH_MACHINE_H

#include "plan/plan.h"
#include "plan/refusal.h"
#include "types.h"

/* The architecture that this back end implements, to compare with the plan's. Cannot fail. */
enum plan_arch arch_kind(void);

/* What a refusal says. Any core. Cannot fail. */
const char *arch_refusal_text(enum refusal refusal);

/*
 * Whether this core and the interrupt controller are what the plan says; on the boot core of an x86 board also PCI functions,
 * which get their addresses, and the IOMMU, which confines them from then on. Each core, before it uses either.
 */
enum refusal arch_machine_check(const struct plan_header *plan, const struct plan_core *core);

/* Starts the core of row `row`, by firmware or an interrupt; it arrives at core_main. Boot core. False: firmware refused. */
bool arch_core_start(const struct plan_header *plan, uint32_t row) WARN_UNUSED;

/* Gives this core back to firmware, or sleeps for ever. A core that nobody owns, interrupts masked. */
NORETURN void arch_core_off(void);

/* Switches the board off (PSCI SYSTEM_OFF, Arm DEN 0022, 5.9; x86: by the plan's port). The last partition's core. */
NORETURN void arch_system_off(void);

#endif
