/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each node and property of a tree was written: file and line. Not here: messages.
 */
#ifndef PLANNER_LOCATE_H
#define PLANNER_LOCATE_H

#include <stddef.h>

#include "planner/model.h"

/*
 * Takes the places from `text`, the annotated source that `dtc -O dts -T -T` prints of `file`. Changes the text.
 * Without this call (a tree that came without its source) places are `FILE:PATH`.
 */
void locate_scan(char *text);

/* The file that all places are of; call it first. `file` stays in use. */
void locate_file(const char *file);

/* Where `node` was first opened, or the node at `path`. Cannot fail: at worst the place is the file. */
struct location locate_node(const void *tree, int node);
struct location locate_path(const char *path); /* for many nodes: it does not walk the tree */

/* Where the value of property `name` of `node` was written; the node's place for a property that it has not. */
struct location locate_property(const void *tree, int node, const char *name);

/* The whole file. */
struct location locate_whole(void);

/* Line `line` of `path`. */
struct location locate_line(const char *path, unsigned long line);

/* All labels of the source, for suggestions. */
const char *const *locate_labels(size_t *count);

#endif
