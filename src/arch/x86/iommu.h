/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's IOMMU (specification 48882): confines what devices read and write, by tables that the planner made. */
#ifndef X86_IOMMU_H
#define X86_IOMMU_H

#include "plan/plan.h"
#include "types.h"

/*
 * Gives the IOMMU the plan's device table and makes it forget all else. Boot core, before others run, no device being a bus
 * master. False: it is not there, or does not answer.
 */
bool iommu_start(const struct plan_header *plan) WARN_UNUSED;

/*
 * Forgets translations of a partition whose root entries were cleared: when it returns, its devices reach nothing. Any core;
 * waits for the IOMMU, and for cores that ask for the same. Cannot fail: an IOMMU that stopped answering is a panic.
 */
void iommu_revoke(const struct plan_header *plan, const struct plan_partition *partition);

/* Forgets the remapping entries of a function, which changed. Otherwise as above. */
void iommu_forget_messages(const struct plan_x86 *x86, uint32_t function);

#endif
