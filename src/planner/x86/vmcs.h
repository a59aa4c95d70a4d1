/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel: what a partition's cores run under, as the plan's rows `vmcs`: one set as virtual core 0 starts, one as any core is after
 * SIPI. SDM volume 3, 25 and appendix B. Not here: AMD (control.h).
 */
#ifndef PLANNER_X86_VMCS_H
#define PLANNER_X86_VMCS_H

#include "planner/x86/control.h"

/* Adds both sets of partition `index`, whose maps are there. Cannot fail. */
void x86_vmcs_build(const struct layout *layout, size_t index, struct x86_control *control);

#endif
