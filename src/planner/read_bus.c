/* SPDX-License-Identifier: Apache-2.0 */
/* Follows addresses up the tree. Not here: what is found at the bottom (read_device.c). */
#include "planner/read_bus.h"

#include "planner/align.h"
#include "planner/memory.h"
#include "planner/tree.h"

static bool is_number(int cells)
{
	return cells == 1 || cells == 2;
}

/* The cells of `bus`; it is reachable by them alone when addresses and sizes fit 64 bits. */
static bool read_cell_counts(const void *tree, struct read_bus *bus)
{
	int address_cells = fdt_address_cells(tree, bus->node), size_cells = fdt_size_cells(tree, bus->node);

	if (!is_number(address_cells) || !is_number(size_cells))
		return false;
	bus->address_cells = (size_t)address_cells;
	bus->size_cells = (size_t)size_cells;
	return true;
}

struct read_bus read_bus_root(const void *tree)
{
	struct read_bus root = {.path = ""};

	root.reachable = read_cell_counts(tree, &root);
	return root;
}

struct read_bus read_bus_enter(const void *tree, const struct read_bus *parent, int node)
{
	struct read_bus bus = {.parent = parent, .node = node, .disabled = parent->disabled};

	if (bus.disabled == 0 && !tree_is_enabled(tree, node))
		bus.disabled = node;
	bus.path = memory_text("%s/%s", parent->path, tree_name(tree, node));
	bus.reachable = read_cell_counts(tree, &bus) && parent->reachable && tree_has(tree, node, "ranges");
	return bus;
}

const struct read_bus *read_bus_above(const void *tree, int node)
{
	int parent = fdt_parent_offset(tree, node);
	struct read_bus *bus = memory_zeroed(1, sizeof(*bus));

	*bus = parent <= 0 ? read_bus_root(tree) : read_bus_enter(tree, read_bus_above(tree, parent), parent);
	return bus;
}

/* One step up: *address becomes one of the parent's bus. Only for reachable buses: all cells fit 64 bits. */
static bool translate_step(const void *tree, const struct read_bus *bus, uint64_t *address, uint64_t size)
{
	size_t parent_cells = bus->parent->address_cells, row = bus->address_cells + parent_cells + bus->size_cells;
	int length;
	const fdt32_t *ranges = fdt_getprop(tree, bus->node, "ranges", &length);
	size_t count = ranges == NULL ? 0 : (size_t)length / 4;

	if (ranges == NULL || (size_t)length % (4 * row) != 0)
		return false;
	if (count == 0)
		return true;
	for (size_t i = 0; i < count; i += row) {
		uint64_t child = tree_number(&ranges[i], bus->address_cells);
		uint64_t parent = tree_number(&ranges[i + bus->address_cells], parent_cells);
		uint64_t extent = tree_number(&ranges[i + bus->address_cells + parent_cells], bus->size_cells);

		if (range_inside(*address, size, child, extent) && parent <= UINT64_MAX - (*address - child)) {
			*address = *address - child + parent;
			return true;
		}
	}
	return false;
}

bool read_bus_translate(const void *tree, const struct read_bus *bus, uint64_t *address, uint64_t size)
{
	for (; bus->parent != NULL; bus = bus->parent) {
		if (!bus->reachable || !translate_step(tree, bus, address, size))
			return false;
	}
	return bus->reachable;
}
