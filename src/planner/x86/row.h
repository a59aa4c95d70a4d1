/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's row of what only x86 needs. Not here: the pages that it names (control.h). */
#ifndef PLANNER_X86_ROW_H
#define PLANNER_X86_ROW_H

#include "planner/layout.h"

/* The row; `partitions` has one element a partition. Cannot fail. */
struct plan_x86 x86_row(const struct model *model, const struct layout *layout, uint64_t device_table,
			const struct plan_x86_partition *partitions);

/* How its core is named as the target of an interrupt: a logical destination of x2APIC (Intel SDM volume 3, 11.12.10.2). */
uint64_t x86_row_target(uint64_t id);

#endif
