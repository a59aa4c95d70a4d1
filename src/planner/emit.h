/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the image: hypervisor, plan, tables, golden images, one flat file. Not here: reading one back (verify.h). */
#ifndef PLANNER_EMIT_H
#define PLANNER_EMIT_H

#include "planner/model.h"

/*
 * Makes the image of a placed model, which had no fault, from the board's hypervisor: bulkhead-BOARD.elf in the build
 * folder, or the file that $BULKHEAD_ELF names. Writes it to `output`, and what describe.h says of it to `description`: each
 * whole or not at all, NULL = not wanted, "-" for the description = standard output. The same input gives the same bytes.
 * False, with a message, when it could not.
 */
bool emit_image(const struct model *model, const char *output, const char *description);

#endif
