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
#define PORTS 0x10000u
#define MOST_CELLS 8u /* of a specifier or an address */
#define MOST_STEPS 8  /* from controller to controller; more is a circle */

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

static const struct verify_node *find(const struct verify_tree *tree, int node)
{
	const struct verify_node key = {.offset = node};

	return bsearch(&key, tree->nodes, tree->count, sizeof(*tree->nodes), compare_offsets);
}

size_t verify_tree_index(const struct verify_tree *tree, int node)
{
	const struct verify_node *found = find(tree, node);

	return found == NULL ? 0 : (size_t)(found - tree->nodes);
}

int verify_tree_parent(const struct verify_tree *tree, int node)
{
	const struct verify_node *found = find(tree, node);

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

/* From an address of `bus` to one that a core uses; false where no core can reach it. */
static bool climb(const struct verify_tree *tree, int bus, uint64_t *base, uint64_t size)
{
	while (bus > 0) {
		int above = verify_tree_parent(tree, bus);

		if (above < 0 || !translate(tree, bus, above, base, size))
			return false;
		bus = above;
	}
	return size != 0 && *base + size > *base;
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
	if (index * (address + length) >= reg.count)
		return false;
	*base = verify_tree_number(&reg, index * (address + length), address);
	*size = verify_tree_number(&reg, index * (address + length) + address, length);
	if ((index + 1) * (address + length) > reg.count)
		*size = UINT64_MAX;
	else
		*reachable = climb(tree, bus, base, *size);
	return true;
}

/* IEEE 1275's ISA binding, 3.1: <1 PORT COUNT>; <0 ...> would be memory of this bus. */
bool verify_tree_ports(const struct verify_tree *tree, int node, size_t index, uint64_t *base, uint64_t *count,
		       bool *known)
{
	struct verify_cells reg = verify_tree_cells(tree, node, "reg");

	if (!verify_tree_is_ported(tree, node) || index * 3 >= reg.count)
		return false;
	*base = verify_tree_cell(&reg, 3 * index + 1);
	*count = verify_tree_cell(&reg, 3 * index + 2);
	*known = reg.count % 3 == 0 && verify_tree_cell(&reg, 3 * index) == 1 && *count != 0 && *base + *count <= PORTS;
	return true;
}

bool verify_tree_is_enabled(const struct verify_tree *tree, int node)
{
	const char *status = fdt_stringlist_get(tree->fdt, node, "status", 0, NULL);

	return status == NULL || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

bool verify_tree_is_ported(const struct verify_tree *tree, int node)
{
	int bus = verify_tree_parent(tree, node);

	return bus >= 0 && fdt_node_check_compatible(tree->fdt, bus, "isa") == 0 &&
	       verify_tree_compatible(tree, VERIFY_TREE_IOAPIC) >= 0;
}

/* IEEE 1275's PCI binding, and other bridges whose addresses have three cells: <child's 3, parent's, size>. */
bool verify_tree_window(const struct verify_tree *tree, int node, size_t index, uint64_t *base, uint64_t *size,
			bool *reachable)
{
	struct verify_cells ranges = verify_tree_cells(tree, node, "ranges");
	int bus = verify_tree_parent(tree, node), length = fdt_size_cells(tree->fdt, node);
	size_t address, unused, row;

	*reachable = false;
	if (bus < 0 || !cell_counts(tree, bus, &address, &unused) || fdt_address_cells(tree->fdt, node) != 3 ||
	    length < 0 || length > 2)
		return false;
	row = 3 + address + (size_t)length;
	if (ranges.count % row != 0 || (index + 1) * row > ranges.count)
		return false;
	*base = verify_tree_number(&ranges, index * row + 3, address);
	*size = verify_tree_number(&ranges, index * row + 3 + address, (size_t)length);
	*reachable = climb(tree, bus, base, *size);
	return true;
}

bool verify_tree_is_bus(const struct verify_tree *tree, int node)
{
	size_t address, length;

	for (; node >= 0; node = verify_tree_parent(tree, node)) {
		if (!cell_counts(tree, node, &address, &length) ||
		    (node > 0 && fdt_getprop(tree->fdt, node, "ranges", NULL) == NULL))
			return false;
	}
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

/* An interrupt on its way to the GIC: where it is, as what, and from which unit address it came. */
struct way {
	int controller;
	struct verify_cells unit;
	struct verify_cells specifier;
};

static struct verify_cells cut(const struct verify_cells *cells, size_t at, size_t count)
{
	return (struct verify_cells){cells->cell + at, count};
}

static size_t cells_said(const struct verify_tree *tree, int node, const char *name)
{
	struct verify_cells cells = verify_tree_cells(tree, node, name);
	uint32_t count = verify_tree_cell(&cells, 0);

	return count <= MOST_CELLS ? count : 0;
}

/* Linux's arm,gic-v3 binding: <type number flags>. */
static enum verify_found gic_interrupt(const struct verify_cells *cells, struct verify_interrupt *interrupt)
{
	uint32_t type = verify_tree_cell(cells, 0), number = verify_tree_cell(cells, 1);

	if (cells->count < 3 || type > 1 || number >= (type == 0 ? SHARED_COUNT : PRIVATE_COUNT))
		return VERIFY_LOST;
	interrupt->id = number + (type == 0 ? SHARED_FIRST : PRIVATE_FIRST);
	interrupt->edge = (verify_tree_cell(cells, 2) & EDGES) != 0;
	return VERIFY_FOUND;
}

/* The binding of Linux's intel,ce4100-ioapic: <pin sense>, of which 0 and 3 are edges. */
static enum verify_found ioapic_interrupt(const struct verify_cells *cells, struct verify_interrupt *interrupt)
{
	uint32_t pin = verify_tree_cell(cells, 0), sense = verify_tree_cell(cells, 1);

	if (cells->count != 2 || pin >= VERIFY_TREE_PINS || sense > 3)
		return VERIFY_LOST;
	interrupt->id = SHARED_FIRST + pin;
	interrupt->edge = sense == 0 || sense == 3;
	return VERIFY_FOUND;
}

static bool is_ioapic(const struct verify_tree *tree, int controller)
{
	return fdt_node_check_compatible(tree->fdt, controller, VERIFY_TREE_IOAPIC) == 0;
}

/* Row of a nexus that starts at cell `at`: where it leads, and where the next one starts (0: it is cut short). */
static size_t nexus_row(const struct verify_tree *tree, const struct verify_cells *map, size_t at, size_t child,
			struct way *way)
{
	size_t address, count;

	way->controller = at + child < map->count ? verify_tree_follow(tree, fdt32_ld(&map->cell[at + child])) : -1;
	if (way->controller < 0)
		return 0;
	address = cells_said(tree, way->controller, "#address-cells");
	count = cells_said(tree, way->controller, "#interrupt-cells");
	if (count == 0 || map->count - (at + child + 1) < address + count)
		return 0;
	way->unit = cut(map, at + child + 1, address);
	way->specifier = cut(map, at + child + 1 + address, count);
	return at + child + 1 + address + count;
}

static size_t nexus_address(const struct verify_tree *tree, int nexus)
{
	int cells = fdt_address_cells(tree->fdt, nexus);

	return cells < 0 ? 0 : (size_t)cells;
}

/* 2.4.3: the row whose child part is the same, where the mask has ones. */
static bool pass_nexus(const struct verify_tree *tree, struct way *way)
{
	struct verify_cells map = verify_tree_cells(tree, way->controller, "interrupt-map");
	struct verify_cells mask = verify_tree_cells(tree, way->controller, "interrupt-map-mask");
	size_t address = nexus_address(tree, way->controller), child = address + way->specifier.count;
	struct way next = {0};

	for (size_t at = 0, after; at < map.count; at = after) {
		bool same = true;

		after = nexus_row(tree, &map, at, child, &next);
		if (after == 0)
			return false;
		for (size_t i = 0; i < child; i++) {
			uint32_t is = i < address ? verify_tree_cell(&way->unit, i)
						  : verify_tree_cell(&way->specifier, i - address);
			uint32_t look = mask.count == 0 ? UINT32_MAX : verify_tree_cell(&mask, i);

			same = same && ((is ^ fdt32_ld(&map.cell[at + i])) & look) == 0;
		}
		if (same) {
			*way = next;
			return true;
		}
	}
	return false;
}

/* Controllers before the GIC that hand on what they get, with the same specifier. */
static bool hands_on(const struct verify_tree *tree, int controller)
{
	static const char *const names[] = {"fsl,imx7d-gpc", "fsl,imx8mq-gpc", "mediatek,mt6577-sysirq",
					    "nvidia,tegra210-ictlr", "nvidia,tegra30-ictlr"};
	bool found = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		found = found || fdt_stringlist_search(tree->fdt, controller, "compatible", names[i]) >= 0;
	return found;
}

static enum verify_found go(const struct verify_tree *tree, struct way way, int gic, struct verify_interrupt *interrupt)
{
	for (int step = 0; step < MOST_STEPS && way.controller >= 0; step++) {
		if (way.controller == gic)
			return is_ioapic(tree, gic) ? ioapic_interrupt(&way.specifier, interrupt)
						    : gic_interrupt(&way.specifier, interrupt);
		if (fdt_getprop(tree->fdt, way.controller, "interrupt-map", NULL) != NULL) {
			if (!pass_nexus(tree, &way))
				return VERIFY_LOST;
		} else if (hands_on(tree, way.controller)) {
			way.controller = interrupt_parent(tree, way.controller);
		} else {
			return VERIFY_FOREIGN;
		}
	}
	return VERIFY_LOST;
}

/* <controller specifier ...>, one behind the other. */
static enum verify_found extended_interrupt(const struct verify_tree *tree, const struct verify_cells *cells,
					    size_t index, struct way *way)
{
	size_t at = 0;

	for (size_t i = 0; at < cells->count; i++) {
		size_t count;

		way->controller = verify_tree_follow(tree, verify_tree_cell(cells, at));
		count = way->controller < 0 ? 0 : cells_said(tree, way->controller, "#interrupt-cells");
		if (count == 0 || cells->count - (at + 1) < count)
			return VERIFY_CUT;
		way->specifier = cut(cells, at + 1, count);
		if (i == index)
			return VERIFY_FOUND;
		at += 1 + count;
	}
	return VERIFY_END;
}

enum verify_found verify_tree_interrupt(const struct verify_tree *tree, int node, int gic, size_t index,
					struct verify_interrupt *interrupt)
{
	struct verify_cells cells = verify_tree_cells(tree, node, "interrupts-extended");
	struct way way = {.unit = verify_tree_cells(tree, node, "reg")};
	size_t count;

	if (cells.count != 0) {
		enum verify_found found = extended_interrupt(tree, &cells, index, &way);

		return found == VERIFY_FOUND ? go(tree, way, gic, interrupt) : found;
	}
	cells = verify_tree_cells(tree, node, "interrupts");
	if (cells.count == 0)
		return VERIFY_END;
	way.controller = interrupt_parent(tree, node);
	count = way.controller < 0 ? 0 : cells_said(tree, way.controller, "#interrupt-cells");
	if (count == 0 || cells.count % count != 0)
		return VERIFY_CUT;
	if (index >= cells.count / count)
		return VERIFY_END;
	way.specifier = cut(&cells, index * count, count);
	return go(tree, way, gic, interrupt);
}

enum verify_found verify_tree_bridged(const struct verify_tree *tree, int node, int gic, size_t index,
				      struct verify_interrupt *interrupt)
{
	struct verify_cells map = verify_tree_cells(tree, node, "interrupt-map");
	size_t child = nexus_address(tree, node) + cells_said(tree, node, "#interrupt-cells"), at = 0;
	struct way way = {0};

	for (size_t i = 0; at < map.count; i++) {
		at = nexus_row(tree, &map, at, child, &way);
		if (at == 0)
			return VERIFY_CUT;
		if (i == index)
			return go(tree, way, gic, interrupt);
	}
	return VERIFY_END;
}
