/* SPDX-License-Identifier: Apache-2.0 */
/* The passes in their order, for the commands that end in an image. Not here: the passes. */
#ifndef PLANNER_BUILD_H
#define PLANNER_BUILD_H

#include <stdbool.h>

#include "planner/model.h"

/*
 * Fills `model` from `file` and writes the image `output`. Each pass runs only when those before it found no mistake;
 * mistakes are reported by message_error, and then there is no output: false.
 */
bool build_image(const char *file, const char *output, struct model *model);

#endif
