/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which properties name other nodes, and one walker for what they name: the bindings' "phandle and specifier" lists. It
 * serves reading devices, pruning guests' trees and auditing them. Not here: what is done with what is found.
 */
#ifndef PLANNER_REFERENCE_H
#define PLANNER_REFERENCE_H

#include <libfdt.h>

#include "planner/model.h"
#include "planner/tree.h"

/* What a guest's tree has where the named node is another's. */
enum reference_rule {
	REFERENCE_NONE,       /* the property: it is none, its name only looks like one */
	REFERENCE_FOLLOW,     /* the property as long as all that it names can be had, otherwise nothing */
	REFERENCE_SUBSTITUTE, /* fixed clocks for those that cannot be had */
	REFERENCE_DROP,       /* never the property: what it names is the hypervisor's */
};

struct reference_row {
	const char *property;  /* as fnmatch has it */
	const char *cells;     /* of the named node: how many cells follow its phandle; NULL = `after` alone */
	const char *companion; /* a property that goes where this one goes, or NULL */
	enum reference_rule rule;
	uint8_t before, after; /* fixed cells before each phandle and behind the counted ones */
};

/* A walk along one property, or along all of a node. */
struct reference {
	const struct model *model;
	int node, at; /* `at`: the property's offset, in a walk along all */
	struct tree_cells cells;
	size_t next, before_count;
	bool whole; /* the property is made of cells */
	/* what it has come to */
	const char *property;
	const struct reference_row *row;
	size_t index;                      /* of the entry in its property, holes (phandle 0) counted */
	size_t target;                     /* index into model->nodes; NODES_NONE: to nothing, and the property ends */
	const fdt32_t *before, *arguments; /* cells before the phandle, and behind it */
	size_t argument_count;
};

/* The row of `property`, or NULL: it names no nodes. */
const struct reference_row *reference_find(const char *property);

/*
 * Begins a walk along `property` of the node at offset `node`, or along all its properties for NULL. False when there
 * is no such reference. Cannot fail otherwise.
 */
bool reference_begin(struct reference *reference, const struct model *model, int node, const char *property);

/* Steps to the next entry; false behind the last, when `index` is how many the last property had. */
bool reference_next(struct reference *reference);

#endif
