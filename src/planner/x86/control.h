/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMD: what a partition's cores run under, as constant pages: a VMCB as virtual core 0 starts, one as any core is after SIPI,
 * and which model-specific registers and I/O ports are the guest's own. APM volume 2, 15 and appendix B. Not here: what the
 * hypervisor answers for the rest.
 */
#ifndef PLANNER_X86_CONTROL_H
#define PLANNER_X86_CONTROL_H

#include "planner/layout.h"
#include "planner/tables.h"

/* Adds the pages of partition `index` to `pages` and says in `out` where they lie. Cannot fail. */
void x86_control_build(const struct model *model, const struct layout *layout, size_t index, struct table_pages *pages,
		       struct plan_x86_partition *out);

#endif
