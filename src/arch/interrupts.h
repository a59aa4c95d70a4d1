/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract, interrupts: the controller's set-up from the plan, a core's set-up, the kick, and clearing a
 * partition's.
 */
#ifndef ARCH_INTERRUPTS_H
#define ARCH_INTERRUPTS_H

#include "plan/plan.h"
#include "types.h"

/*
 * Sets up the shared part once from the plan: every interrupt off, triggers and routes of owned ones, delivery on. Boot
 * core, before any other core runs. Cannot fail. (GIC IHI 0069, 12.9; Intel 82093AA, 3.2.4.)
 */
void arch_interrupts_init(const struct plan_header *plan);

/*
 * Brings this core's own interrupts to their reset state, with only the kick able to wake it. Its own core, no guest on
 * it: at boot, and whenever it parks. Cannot fail. (GIC IHI 0069, 12.11.)
 */
void arch_interrupts_park(const struct plan_core *core);

/* Hands this core's interrupts, all off, to the guest that is about to be entered. Its own core, parked. Cannot fail.
 */
void arch_interrupts_hand_over(const struct plan_core *core);

/* Disables the partition's shared interrupts, its devices' messages too (x86), and forgets what they asked for. One core of that partition. Cannot fail. */
void arch_interrupts_clear(const struct plan_header *plan, const struct plan_partition *partition);

/* Makes `target` leave its sleep, whatever its guest has masked in the controller. Any core; does not wait. */
void arch_interrupts_kick(const struct plan_core *target, const struct plan_vcpu *vcpu);

/* Sleeps until a kick has arrived, and takes it. A parked core. */
void arch_interrupts_wait_kick(const struct plan_core *core);

#endif
