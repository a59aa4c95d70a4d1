/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stock devicetree compiler as the planner's front end. Not here: what the tree means.
 */
#ifndef PLANNER_DTC_H
#define PLANNER_DTC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Compiles the devicetree source `file` and returns the flattened tree; its places are then known to locate.h.
 * `folders` are searched for included files after the file's own. Reports what dtc finds wrong, with file and line;
 * NULL when there is no tree. A tree may come with errors reported: then it is good for finding more of them.
 */
void *dtc_compile(const char *file, const char *const *folders, size_t folder_count);

/* The source of the flattened tree of `size` bytes; NULL, reported, when dtc does not run or does not take it. */
const char *dtc_decompile(const void *tree, size_t size);

/* True when a label that no node has was reported: its cells are 0xffffffff and need no second message. */
bool dtc_reported_labels(void);

#endif
