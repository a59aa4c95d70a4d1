/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties of a flattened tree, read with their kind checked: whoever wrote the wrong kind is told so once. Not here:
 * what the properties mean.
 */
#ifndef PLANNER_TREE_H
#define PLANNER_TREE_H

#include <libfdt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "planner/model.h"

#define TREE_UNRESOLVED 0xffffffffu /* what dtc writes for a label that no node has */

#define TREE_MOST_CELLS 8u

struct tree_cells {
	const fdt32_t *cell;
	size_t count;
};

/* True when `node` has a property `name`, whatever it holds. */
bool tree_has(const void *tree, int node, const char *name);

/* The cells of property `name`. False when it is absent, or (reported) not made of 32-bit cells. */
bool tree_cells(const void *tree, int node, const char *name, struct tree_cells *cells);

/* One number of `size` cells, at most two, the high one first. */
uint64_t tree_number(const fdt32_t *cell, size_t size);

/* A property of exactly one cell, or of one 64-bit pair. False when it is absent, or (reported) of another size. */
bool tree_cell(const void *tree, int node, const char *name, uint32_t *value);
bool tree_pair(const void *tree, int node, const char *name, uint64_t *value);

/* A property of exactly one text. NULL when it is absent, or (reported) something else or empty. */
const char *tree_text(const void *tree, int node, const char *name);

/*
 * Property `name` as a number of cells, of at most TREE_MOST_CELLS; `fallback` where it is absent or something else.
 */
size_t tree_count(const void *tree, int node, const char *name, size_t fallback);

/* True when the `status` of `node` is "okay", or not written: Devicetree Specification 0.4, 2.3.4. */
bool tree_is_enabled(const void *tree, int node);

/* True when `node` is compatible with one of the NULL-terminated `names`. */
bool tree_is_compatible(const void *tree, int node, const char *const *names);

/* The first node compatible with one of `names`, or -1. */
int tree_find_compatible(const void *tree, const char *const *names);

/* The node of `phandle`; -1, reported at `location` as part of property `name`, when there is none. */
int tree_follow(const struct model *model, uint32_t phandle, struct location location, const char *name);

/* The node's name with its unit address. */
const char *tree_name(const void *tree, int node);

/* The node's path. */
const char *tree_path(const void *tree, int node);

/*
 * Reports each property of `node` that is none of `names`, with the nearest right one; `what` names the kind of node.
 */
void tree_refuse_unknown(const void *tree, int node, const char *what, const char *const *names, size_t count);

/* The same for its subnodes. */
void tree_refuse_unknown_nodes(const void *tree, int node, const char *what, const char *const *names, size_t count);

#endif
