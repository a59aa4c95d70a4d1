/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and interrupts of a flattened tree's nodes, as cores and interrupt controller see them. For the verifier only,
 * and so written apart from the planner's own (read_bus.h). Not here: who owns them.
 */
#ifndef PLANNER_VERIFY_TREE_H
#define PLANNER_VERIFY_TREE_H

#include <libfdt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The cells of a property, in the machine's byte order; count 0 where it is absent. */
struct verify_cells {
	const fdt32_t *cell;
	size_t count;
};

struct verify_cells verify_tree_cells(const void *tree, int node, const char *name);
uint32_t verify_tree_cell(const struct verify_cells *cells, size_t index);

/* The number in `count` (1 or 2) cells from `index` on; 0 where these are not all there. */
uint64_t verify_tree_number(const struct verify_cells *cells, size_t index, size_t count);

/* The first node that has `name` among its `compatible`, or below 0. */
int verify_tree_compatible(const void *tree, const char *name);

/*
 * Range `index` of the node's `reg`, as the cores see it. False when there is none of this number; *reachable is false when
 * there is, but no core can reach it.
 */
bool verify_tree_range(const void *tree, int node, size_t index, uint64_t *base, uint64_t *size, bool *reachable);

/* What an interrupt of a node is: the interrupt controller's id, and whether an edge triggers it. */
struct verify_interrupt {
	uint32_t id;
	bool edge;
};

enum verify_found { VERIFY_FOUND, VERIFY_FOREIGN, VERIFY_END, VERIFY_LOST };

/*
 * Interrupt `index` of the node. FOREIGN: it is another controller's than `gic`; END: there are not as many; LOST: it cannot
 * be followed.
 */
enum verify_found verify_tree_interrupt(const void *tree, int node, int gic, size_t index,
					struct verify_interrupt *interrupt);

#endif
