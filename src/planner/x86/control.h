/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partition's cores run under, as constant pages: which model-specific registers and I/O ports are the guest's own, and for
 * AMD a VMCB as virtual core 0 starts, and one as any core is after SIPI (APM volume 2, 15 and appendix B). Not here: Intel's
 * VMCS (vmcs.h), what the hypervisor answers for the rest.
 */
#ifndef PLANNER_X86_CONTROL_H
#define PLANNER_X86_CONTROL_H

#include "planner/layout.h"
#include "planner/tables.h"

struct x86_control {
	struct plan_x86_partition *partitions; /* of the model: where its pages and rows lie */
	struct plan_vmcs *values;              /* the rows; none on AMD */
	size_t value_count;
};

/* Adds the pages of partition `index` to `pages`, and its rows, and says where they lie. Cannot fail. */
void x86_control_build(const struct model *model, const struct layout *layout, size_t index, struct table_pages *pages,
		       struct x86_control *control);

#endif
