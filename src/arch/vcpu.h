/* SPDX-License-Identifier: Apache-2.0 */
/* The contract, virtual cores: entering a guest. There is no way back but an exit. */
#ifndef ARCH_VCPU_H
#define ARCH_VCPU_H

#include "plan/plan.h"
#include "types.h"

/*
 * Sets every register that the guest can see to its reset value, makes `owner`'s view of this core current and enters
 * the guest at `entry` with `argument` in its first register, on x86 in real mode where it is 0; the hypervisor's stack
 * is empty then. Calls core_on_guest_enter as the last thing before. Its own core, interrupts masked, guest interrupts
 * handed over.
 */
NORETURN void arch_vcpu_enter(const struct plan_partition *owner, const struct plan_vcpu *vcpu, gpaddr_t entry,
			      uint64_t argument);

#endif
