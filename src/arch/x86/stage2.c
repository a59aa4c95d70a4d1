/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revoking a partition's memory: root entries to zero, which cores and devices share. The IOMMU forgets at once, a core when the
 * kick makes it leave.
 */
#include "arch/stage2.h"

#include "arch/x86/iommu.h"
#include "arch/x86/stage2.h"
#include "arch/x86/x86.h"

static volatile uint64_t *entry_of(const struct plan_root *root)
{
	return (volatile uint64_t *)(uintptr_t)root->address;
}

void arch_stage2_revoke(const struct plan_header *plan, const struct plan_partition *partition)
{
	for (uint32_t i = 0; i < partition->root_count; i++) {
		*entry_of(&plan_roots(plan)[partition->root_first + i]) = 0u;
	}
	__asm__ volatile("mfence" ::: "memory");
	iommu_revoke(plan, partition);
}

bool stage2_is_revoked(const struct plan_partition *partition)
{
	return *entry_of(&plan_roots(self()->plan)[partition->root_first]) == 0u;
}
