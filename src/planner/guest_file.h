/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partition's own device tree, from the file that its `dtb` names. Not here: trees that the planner writes
 * (guest_tree.h).
 */
#ifndef PLANNER_GUEST_FILE_H
#define PLANNER_GUEST_FILE_H

#include "planner/model.h"

/*
 * The tree of the file that partition `index` names in `dtb`, audited, with what only the planner knows put into
 * /chosen: `bootargs`, if the partition has any, and where its ramdisk lies. NULL, reported, when it is no whole
 * flattened tree, or tells of what is not the partition's.
 */
void *guest_file_read(const struct model *model, size_t index);

#endif
