/* SPDX-License-Identifier: Apache-2.0 */
/* Revoking a partition's memory: root entries to zero. Cached translations go when the kick makes each core leave. */
#include "arch/stage2.h"

#include "plan/view.h"

void arch_stage2_revoke(const struct plan_header *plan, const struct plan_partition *partition)
{
	for (uint32_t i = 0; i < partition->root_count; i++) {
		const struct plan_root *root = &plan_roots(plan)[partition->root_first + i];

		*(volatile uint64_t *)(uintptr_t)root->address = 0u;
	}
	__asm__ volatile("mfence" ::: "memory");
}
