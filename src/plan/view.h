/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's arrays as C pointers. Only for a plan whose header and arrays were checked (check.h). */
#ifndef PLAN_VIEW_H
#define PLAN_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"

/* Each returns the first row of one array; row counts are in the header. Cannot fail. */
#define PLAN_VIEW(function, type, array)                                                                               \
	static inline const struct type *function(const struct plan_header *plan)                                      \
	{                                                                                                              \
		return (const struct type *)(const void *)((const uint8_t *)plan + plan->array.offset);                \
	}

PLAN_VIEW(plan_cores, plan_core, cores)
PLAN_VIEW(plan_partitions, plan_partition, partitions)
PLAN_VIEW(plan_vcpus, plan_vcpu, vcpus)
PLAN_VIEW(plan_windows, plan_window, windows)
PLAN_VIEW(plan_filters, plan_filter, filters)
PLAN_VIEW(plan_interrupts, plan_interrupt, interrupts)
PLAN_VIEW(plan_images, plan_image, images)
PLAN_VIEW(plan_roots, plan_root, roots)
PLAN_VIEW(plan_table_sets, plan_table_set, table_sets)
PLAN_VIEW(plan_memory, plan_range, memory)
PLAN_VIEW(plan_x86, plan_x86, x86)
PLAN_VIEW(plan_vmcs, plan_vmcs, vmcs)

/* The header that begins `offset` bytes behind `image`; both are multiples of 8. Cannot fail. */
static inline const struct plan_header *plan_header_at(const uint8_t *image, uint64_t offset)
{
	return (const struct plan_header *)(const void *)&image[offset];
}

/* Whether interrupt `id` (below PLAN_INTERRUPTS) is the partition's own. Cannot fail. */
static inline bool plan_owns_interrupt(const struct plan_partition *partition, uint32_t id)
{
	return ((partition->interrupt_mask[id / 32u] >> (id % 32u)) & 1u) != 0u;
}

#endif
