/* SPDX-License-Identifier: Apache-2.0 */
/* An image in words. Not here: whether it is one (show.c). */
#ifndef PLANNER_SHOW_PRINT_H
#define PLANNER_SHOW_PRINT_H

#include "plan/plan.h"
#include "planner/walk.h"

/* Prints the plan, which passed every check and lies in `memory`, the whole image. Cannot fail. */
void show_print(const char *file, const struct plan_header *plan, const struct walk_memory *memory);

#endif
