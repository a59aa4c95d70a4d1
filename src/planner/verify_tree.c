/* SPDX-License-Identifier: Apache-2.0 */
/* Devicetree Specification 0.4, sections 2.3.5, 2.3.6, 2.3.8 and 2.4, as far as the verifier needs them. */
#include "planner/verify_tree.h"

#include <stdlib.h>

#include "planner/memory.h"

#define SHARED_FIRST 32u
#define PRIVATE_FIRST 16u
#define SHARED_COUNT 988u
#define PRIVATE_COUNT 16u
#define EDGES 3u

static int compare_phandles(const void *left, const void *right)
{
	const struct verify_node *a = left, *b = right;

	return (a->phandle > b->phandle) - (a->phandle < b->phandle);
}

/* Nodes stand in the order of their offsets; `chain` holds the way to the node at hand. */
static void index_nodes(struct verify_tree *tree)
{
	int chain[VERIFY_TREE_DEPTH] = {0}, depth = 0;

	for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(tree->fdt, node, &depth)) {
		if (depth >= VERIFY_TREE_DEPTH)
			continue; /* nothing that deep is followed: it has no parent here */
		chain[depth] = node;
		tree->nodes = memory_append(tree->nodes, &tree->count, sizeof(*tree->nodes));
		tree->nodes[tree->count - 1] = (struct verify_node){
			.offset = node,
			.parent = depth == 0 ? -FDT_ERR_NOTFOUND : chain[depth - 1],
			.phandle = fdt_get_phandle(tree->fdt, node),
		};
	}
}

struct verify_tree verify_tree_open(const void *fdt)
{
	struct verify_tree tree = {.fdt = fdt};

	index_nodes(&tree);
	tree.by_phandle = memory_zeroed(tree.count, sizeof(*tree.by_phandle));
	for (size_t i = 0; i < tree.count; i++)
		tree.by_phandle[i] = tree.nodes[i];
	qsort(tree.by_phandle, tree.count, sizeof(*tree.by_phandle), compare_phandles);
	return tree;
}

static int compare_offsets(const void *left, const void *right)
{
	const struct verify_node *a = left, *b = right;

	return (a->offset > b->offset) - (a->offset < b->offset);
}

int verify_tree_parent(const struct verify_tree *tree, int node)
{
	const struct verify_node key = {.offset = node};
	const struct verify_node *found =
		bsearch(&key, tree->nodes, tree->count, sizeof(*tree->nodes), compare_offsets);

	return found == NULL ? -FDT_ERR_NOTFOUND : found->parent;
}

int verify_tree_follow(const struct verify_tree *tree, uint32_t phandle)
{
	const struct verify_node key = {.phandle = phandle};
	const struct verify_node *found = NULL;

	if (phandle != 0 && phandle != UINT32_MAX) /* what nodes without one have, and what leads nowhere */
		found = bsearch(&key, tree->by_phandle, tree->count, sizeof(*tree->by_phandle), compare_phandles);
	return found == NULL ? -FDT_ERR_NOTFOUND : found->offset;
}

struct verify_cells verify_tree_cells(const struct verify_tree *tree, int node, const char *name)
{
	struct verify_cells cells = {0};
	int length = 0;

	cells.cell = fdt_getprop(tree->fdt, node, name, &length);
	cells.count = cells.cell != NULL && length > 0 ? (size_t)length / sizeof(fdt32_t) : 0;
	return cells;
}

uint32_t verify_tree_cell(const struct verify_cells *cells, size_t index)
{
	return index < cells->count ? fdt32_ld(&cells->cell[index]) : 0;
}

uint64_t verify_tree_number(const struct verify_cells *cells, size_t index, size_t count)
{
	uint64_t number = 0;

	if (index > cells->count || count > cells->count - index)
		return 0;
	for (size_t i = 0; i < count; i++)
		number = number << 32 | fdt32_ld(&cells->cell[index + i]);
	return number;
}

int verify_tree_compatible(const struct verify_tree *tree, const char *name)
{
	return fdt_node_offset_by_compatible(tree->fdt, -1, name);
}

static bool cell_counts(const struct verify_tree *tree, int bus, size_t *address, size_t *size)
{
	int address_cells = fdt_address_cells(tree->fdt, bus), size_cells = fdt_size_cells(tree->fdt, bus);

	*address = (size_t)address_cells;
	*size = (size_t)size_cells;
	return address_cells >= 1 && address_cells <= 2 && size_cells >= 1 && size_cells <= 2;
}

/* From an address of `bus` to one of the bus above. */
static bool translate(const struct verify_tree *tree, int bus, int above, uint64_t *base, uint64_t size)
{
	size_t address, length, parent_address, parent_length;
	struct verify_cells ranges = verify_tree_cells(tree, bus, "ranges");

	if (fdt_getprop(tree->fdt, bus, "ranges", NULL) == NULL || !cell_counts(tree, bus, &address, &length) ||
	    !cell_counts(tree, above, &parent_address, &parent_length))
		return false;
	if (ranges.count == 0)
		return true;
	for (size_t i = 0; i + address + parent_address + length <= ranges.count;
	     i += address + parent_address + length) {
		uint64_t child = verify_tree_number(&ranges, i, address);
		uint64_t extent = verify_tree_number(&ranges, i + address + parent_address, length);

		if (*base >= child && *base - child <= extent && size <= extent - (*base - child)) {
			*base = verify_tree_number(&ranges, i + address, parent_address) + (*base - child);
			return true;
		}
	}
	return false;
}

bool verify_tree_range(const struct verify_tree *tree, int node, size_t index, uint64_t *base, uint64_t *size,
		       bool *reachable)
{
	struct verify_cells reg = verify_tree_cells(tree, node, "reg");
	int bus = verify_tree_parent(tree, node);
	size_t address, length;

	*reachable = false;
	if (bus < 0 || !cell_counts(tree, bus, &address, &length))
		return index == 0 && reg.count != 0;
	if ((index + 1) * (address + length) > reg.count)
		return false;
	*base = verify_tree_number(&reg, index * (address + length), address);
	*size = verify_tree_number(&reg, index * (address + length) + address, length);
	while (bus > 0) {
		int above = verify_tree_parent(tree, bus);

		if (above < 0 || !translate(tree, bus, above, base, *size))
			return true;
		bus = above;
	}
	*reachable = *size != 0 && *base + *size > *base;
	return true;
}

/* The node that the interrupts of `node` go to; below 0 when there is none. */
static int interrupt_parent(const struct verify_tree *tree, int node)
{
	int at = node;

	while (at >= 0) {
		struct verify_cells parent = verify_tree_cells(tree, at, "interrupt-parent");

		if (at != node && fdt_getprop(tree->fdt, at, "#interrupt-cells", NULL) != NULL)
			return at;
		if (parent.count == 1)
			return verify_tree_follow(tree, verify_tree_cell(&parent, 0));
		at = verify_tree_parent(tree, at);
	}
	return -1;
}

static size_t interrupt_cells(const struct verify_tree *tree, int controller)
{
	struct verify_cells cells = verify_tree_cells(tree, controller, "#interrupt-cells");
	uint32_t count = verify_tree_cell(&cells, 0);

	/* behind an interrupt-map there is another controller, of which this reader knows nothing */
	return count <= 8 && fdt_getprop(tree->fdt, controller, "interrupt-map", NULL) == NULL ? count : 0;
}

/* Linux's arm,gic-v3 binding: <type number flags>. */
static enum verify_found gic_interrupt(const struct verify_cells *cells, size_t at, struct verify_interrupt *interrupt)
{
	uint32_t type = verify_tree_cell(cells, at), number = verify_tree_cell(cells, at + 1);

	if (type > 1 || number >= (type == 0 ? SHARED_COUNT : PRIVATE_COUNT))
		return VERIFY_LOST;
	interrupt->id = number + (type == 0 ? SHARED_FIRST : PRIVATE_FIRST);
	interrupt->edge = (verify_tree_cell(cells, at + 2) & EDGES) != 0;
	return VERIFY_FOUND;
}

/* <controller specifier ...>, one behind the other. */
static enum verify_found extended_interrupt(const struct verify_tree *tree, const struct verify_cells *cells, int gic,
					    size_t index, struct verify_interrupt *interrupt)
{
	size_t at = 0;

	for (size_t i = 0; at < cells->count; i++) {
		int controller = verify_tree_follow(tree, verify_tree_cell(cells, at));
		size_t count = controller < 0 ? 0 : interrupt_cells(tree, controller);

		if (count == 0 || at + 1 + count > cells->count)
			return VERIFY_LOST;
		if (i == index)
			return controller == gic ? gic_interrupt(cells, at + 1, interrupt) : VERIFY_FOREIGN;
		at += 1 + count;
	}
	return VERIFY_END;
}

enum verify_found verify_tree_interrupt(const struct verify_tree *tree, int node, int gic, size_t index,
					struct verify_interrupt *interrupt)
{
	struct verify_cells cells = verify_tree_cells(tree, node, "interrupts-extended");
	int controller;
	size_t count;

	if (cells.count != 0)
		return extended_interrupt(tree, &cells, gic, index, interrupt);
	cells = verify_tree_cells(tree, node, "interrupts");
	if (cells.count == 0)
		return VERIFY_END;
	controller = interrupt_parent(tree, node);
	count = controller < 0 ? 0 : interrupt_cells(tree, controller);
	if (count == 0 || cells.count % count != 0)
		return VERIFY_LOST;
	if (index >= cells.count / count)
		return VERIFY_END;
	return controller == gic ? gic_interrupt(&cells, index * count, interrupt) : VERIFY_FOREIGN;
}
