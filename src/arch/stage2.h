/* SPDX-License-Identifier: Apache-2.0 */
/* The contract, second-stage translation: taking a partition's memory away from its cores. */
#ifndef ARCH_STAGE2_H
#define ARCH_STAGE2_H

#include "plan/plan.h"
#include "types.h"

/*
 * Clears the partition's root entries and invalidates what its cores and an IOMMU cached: when it returns, no guest instruction
 * of that partition can retire on any core, and its devices that an IOMMU confines reach no memory. Where no instruction invalidates on other cores (x86), each of them forgets when it
 * takes the kick that follows, which no guest can mask. Any core; does not wait for the victim's cores. Cannot fail. (Arm
 * ARM D8.14; AMD APM volume 2, 15.25.)
 */
void arch_stage2_revoke(const struct plan_header *plan, const struct plan_partition *partition);

#endif
