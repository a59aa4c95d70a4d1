/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first pass: from a configuration file to the model. Not here: what is wrong with the whole of it (check.h).
 */
#ifndef PLANNER_READ_H
#define PLANNER_READ_H

#include <stdbool.h>

#include "planner/model.h"

/*
 * Fills `model` from `file`, a devicetree source or a flattened tree. Reports each mistake that shows in one property
 * alone, and owners that collide. False when there is no tree to go on with; true, even after errors, when check_model
 * can look for more of them.
 */
bool read_model(struct model *model, const char *file);

/*
 * Fills what `model` says of a board alone, from the board's file; its partitions stay none. Reports mistakes. False
 * when there is no tree to go on with.
 */
bool read_board_alone(struct model *model, const char *file);

/*
 * Fills what `model` says of the hardware and, where `file` (FILE.dts, FILE.dtsi or FILE.dtb) has partitions, of their
 * owners. What the hypervisor cannot do on that board is no mistake here. False when there is no tree to go on with.
 */
bool read_description(struct model *model, const char *file);

/* Adds a folder in which included boards are sought before the usual one (the repository's, or $BULKHEAD_BOARDS). */
void read_add_folder(const char *folder);

/* The build folder: the executable's own, or $BULKHEAD_BUILD. Ends the program when it cannot be found out. */
const char *read_build_folder(void);

/* The folder of boards: the repository's config/boards, or $BULKHEAD_BOARDS. */
const char *read_boards_folder(void);

/*
 * The path of the guest image `name`: absolute, or relative to the configuration file, or to the build folder, in this
 * order. NULL when it is in none of these.
 */
char *read_path(const struct model *model, const char *name);

#endif
