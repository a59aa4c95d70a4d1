/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual cores: on, off, parked. The calls that guests cause are in entry.h. */
#ifndef CORE_VCPU_H
#define CORE_VCPU_H

#include "arch/core_state.h"
#include "types.h"

/* Calls all virtual cores off. Boot core, before any other core runs. */
void vcpu_init(const struct plan_header *plan);

/* The partition's virtual cores that are not off, a bit each. Any core. Cannot fail. */
uint64_t vcpu_cores_on(const struct plan_header *plan, const struct plan_partition *partition);

/* Enters virtual core 0's guest at the plan's entry. Its own core, partition loaded. */
NORETURN void vcpu_first(struct core_state *core);

/* Waits, asleep, to be switched on. Its own core, interrupts parked. */
NORETURN void vcpu_wait(struct core_state *core);

/* Leaves the guest for good and waits: what this core was doing is discarded. Its own core. */
NORETURN void vcpu_park(struct core_state *core);

#endif
