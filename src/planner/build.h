/* SPDX-License-Identifier: Apache-2.0 */
/* The passes in their order, for the commands that need them. Not here: the passes. */
#ifndef PLANNER_BUILD_H
#define PLANNER_BUILD_H

#include <stdbool.h>

#include "planner/model.h"

/*
 * Runs every pass on `file` that does not write. Each runs only when those before it found no mistake, but check, which
 * goes on after read's. Mistakes are reported by message_error; then false.
 */
bool build_check(const char *file, struct model *model);

/* The same, then writes the image `output` and its `description`, as emit_image does. */
bool build_image(const char *file, const char *output, const char *description, struct model *model);

#endif
