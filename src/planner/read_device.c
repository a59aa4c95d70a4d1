/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds every node of the board that a partition can own, with its registers as the CPU sees them and its interrupts as
 * the GIC numbers them. Not here: who owns it (read_partition.c).
 */
#include <inttypes.h>

#include "planner/align.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_parts.h"

/* A node on the way down from the root, as the parent of others. */
struct bus {
	const struct bus *parent; /* NULL: the root */
	int node;
	const char *path;
	uint32_t interrupt_parent; /* phandle; 0 = none */
	size_t address_cells, size_cells;
	bool reachable; /* addresses of its children mean something to the CPU */
};

struct walk {
	struct model *model;
	uint32_t gic_phandle;
	size_t gic_cells;
};

static bool is_cell_count(int count)
{
	return count >= 0 && count <= 4;
}

/* True when `node` is `ancestor` or lies under it. Nodes of a flattened tree lie in one piece. */
static bool is_under(const void *tree, int node, int ancestor)
{
	int depth = 0, at = ancestor;

	if (ancestor < 0 || node < ancestor)
		return false;
	do {
		if (at == node)
			return true;
		at = fdt_next_node(tree, at, &depth);
	} while (at >= 0 && depth > 0 && at <= node);
	return false;
}

static const char *const hypervisor_nodes[] = {"/bulkhead", "/domains", "/chosen", "/aliases", "/__symbols__"};

const char *read_why_reserved(const struct model *model, int node)
{
	const void *tree = model->tree;

	if (is_under(tree, node, model->board.gic.node))
		return "belongs to the hypervisor: it is the interrupt controller; each partition has a virtual one anyway";
	if (node == model->board.timer_node)
		return "is in every core: each partition has its cores' timers anyway";
	if (node == model->board.psci_node)
		return "belongs to the hypervisor: it is the firmware; each partition has a virtual one anyway";
	if (fdt_stringlist_search(tree, node, "device_type", "memory") == 0)
		return "is RAM; use `memory`";
	if (is_under(tree, node, fdt_path_offset(tree, "/reserved-memory")))
		return "is reserved memory, which nobody gets";
	if (is_under(tree, node, fdt_path_offset(tree, "/cpus")))
		return "is a core or one of its parts; use `cpus`";
	if (node == 0)
		return "is the whole board";
	for (size_t i = 0; i < sizeof(hypervisor_nodes) / sizeof(hypervisor_nodes[0]); i++) {
		if (is_under(tree, node, fdt_path_offset(tree, hypervisor_nodes[i])))
			return "is no device";
	}
	return NULL;
}

/* One step up: *address, of [address, address + size) on `bus`, becomes one of its parent's bus. */
static bool translate_step(const void *tree, const struct bus *bus, uint64_t *address, uint64_t size)
{
	size_t parent_cells = bus->parent->address_cells, row = bus->address_cells + parent_cells + bus->size_cells;
	struct tree_cells ranges;

	if (!tree_cells(tree, bus->node, "ranges", &ranges) || row == 0 || ranges.count % row != 0)
		return false;
	if (ranges.count == 0)
		return true;
	for (size_t i = 0; i < ranges.count; i += row) {
		/* Cells above 64 bits (PCI's first) hold no address; a bus with such is not reachable. */
		uint64_t child = tree_number(&ranges.cell[i], bus->address_cells);
		uint64_t parent = tree_number(&ranges.cell[i + bus->address_cells], parent_cells);
		uint64_t length = tree_number(&ranges.cell[i + bus->address_cells + parent_cells], bus->size_cells);

		if (*address >= child && size <= length && *address - child <= length - size) {
			*address = *address - child + parent;
			return true;
		}
	}
	return false;
}

static bool translate(const void *tree, const struct bus *bus, uint64_t *address, uint64_t size)
{
	for (; bus->parent != NULL; bus = bus->parent) {
		if (!translate_step(tree, bus, address, size))
			return false;
	}
	return true;
}

static void read_registers(const struct walk *walk, const struct bus *bus, struct device *device)
{
	size_t row = bus->address_cells + bus->size_cells;
	struct tree_cells reg;

	if (!bus->reachable || !tree_cells(walk->model->tree, device->node, "reg", &reg))
		return;
	if (reg.count % row != 0) {
		message_error(locate_property(walk->model->tree, device->node, "reg"),
			      "%s: reg does not fit its parent's #address-cells (%zu) and #size-cells (%zu)",
			      device->name, bus->address_cells, bus->size_cells);
		return;
	}
	for (size_t i = 0; i < reg.count; i += row) {
		uint64_t base = tree_number(&reg.cell[i], bus->address_cells);
		uint64_t size = tree_number(&reg.cell[i + bus->address_cells], bus->size_cells);

		if (size == 0 || !translate(walk->model->tree, bus, &base, size))
			continue;
		if (base + size < base || base + size > UINT64_MAX - PAGE_SIZE) {
			message_error(locate_property(walk->model->tree, device->node, "reg"),
				      "%s: registers at %#" PRIx64 ", size %#" PRIx64 " end beyond 64 bits",
				      device->name, base, size);
			continue;
		}
		device->registers = memory_append(device->registers, &device->register_count, sizeof(struct range));
		device->registers[device->register_count - 1] = (struct range){base, size};
	}
	device->mapped = memory_zeroed(device->register_count, sizeof(*device->mapped));
	for (size_t i = 0; i < device->register_count; i++)
		device->mapped[i] = device->registers[i].base;
}

static void add_interrupt(const struct walk *walk, struct device *device, const char *property,
			  const struct tree_cells *cells, size_t first)
{
	struct interrupt interrupt;

	if (!read_interrupt(cells, first, &interrupt)) {
		message_error(
			locate_property(walk->model->tree, device->node, property),
			"%s: interrupt <%u %u %u> does not exist; SPIs are <0 0..987 FLAGS>, PPIs <1 0..15 FLAGS>",
			device->name, fdt32_ld(&cells->cell[first]), fdt32_ld(&cells->cell[first + 1]),
			fdt32_ld(&cells->cell[first + 2]));
		return;
	}
	device->interrupts = memory_append(device->interrupts, &device->interrupt_count, sizeof(interrupt));
	device->interrupts[device->interrupt_count - 1] = interrupt;
}

/* <&controller specifier ...>, each with as many cells as its controller says. */
static void read_extended_interrupts(const struct walk *walk, struct device *device, const struct tree_cells *cells)
{
	const char *name = "interrupts-extended";
	const void *tree = walk->model->tree;
	struct location location = locate_property(tree, device->node, name);

	for (size_t i = 0; i < cells->count;) {
		uint32_t phandle = fdt32_ld(&cells->cell[i]), count = 0;
		int controller = tree_follow(tree, phandle, location, name);

		if (controller < 0)
			return;
		if (!tree_cell(tree, controller, "#interrupt-cells", &count) || count > cells->count - i - 1) {
			message_error(location, "%s: %s is cut short or names no interrupt controller", device->name,
				      name);
			return;
		}
		if (phandle == walk->gic_phandle && count == walk->gic_cells)
			add_interrupt(walk, device, name, cells, i + 1);
		i += 1 + count;
	}
}

static void read_interrupts(const struct walk *walk, uint32_t parent, struct device *device)
{
	const void *tree = walk->model->tree;
	struct tree_cells cells;

	if (tree_has(tree, device->node, "interrupts-extended")) {
		if (tree_cells(tree, device->node, "interrupts-extended", &cells))
			read_extended_interrupts(walk, device, &cells);
		return;
	}
	/* Interrupts of any other controller (GPIO, PCI) reach the GIC as that controller's own. */
	if (walk->gic_phandle == 0 || parent != walk->gic_phandle ||
	    !tree_cells(tree, device->node, "interrupts", &cells))
		return;
	if (cells.count % walk->gic_cells != 0) {
		message_error(locate_property(tree, device->node, "interrupts"),
			      "%s: interrupts must be made of %zu cells each", device->name, walk->gic_cells);
		return;
	}
	for (size_t i = 0; i < cells.count; i += walk->gic_cells)
		add_interrupt(walk, device, "interrupts", &cells, i);
}

static bool is_enabled(const void *tree, int node)
{
	return !tree_has(tree, node, "status") || fdt_stringlist_search(tree, node, "status", "okay") == 0 ||
	       fdt_stringlist_search(tree, node, "status", "ok") == 0;
}

/* `bus` holds the node; `self` is the node as a bus of its own. */
static void read_device(const struct walk *walk, const struct bus *bus, const struct bus *self)
{
	struct model *model = walk->model;
	struct device device = {.path = self->path, .node = self->node, .owner = -1};
	int node = self->node;

	device.name = memory_text("%s", tree_name(model->tree, node));
	device.phandle = fdt_get_phandle(model->tree, node);
	device.location = locate_node(model->tree, node);
	device.disabled = !is_enabled(model->tree, node);
	read_registers(walk, bus, &device);
	read_interrupts(walk, self->interrupt_parent, &device);
	if (device.register_count == 0 && device.interrupt_count == 0)
		return;
	model->devices = memory_append(model->devices, &model->device_count, sizeof(device));
	model->devices[model->device_count - 1] = device;
}

static void walk_bus(const struct walk *walk, const struct bus *bus);

static void walk_node(const struct walk *walk, const struct bus *parent, int node)
{
	const void *tree = walk->model->tree;
	struct bus bus = {.parent = parent, .node = node, .interrupt_parent = parent->interrupt_parent};
	int address_cells = fdt_address_cells(tree, node), size_cells = fdt_size_cells(tree, node);

	if (read_why_reserved(walk->model, node) != NULL)
		return;
	bus.path = memory_text("%s/%s", parent->parent == NULL ? "" : parent->path, tree_name(tree, node));
	tree_cell(tree, node, "interrupt-parent", &bus.interrupt_parent);
	read_device(walk, parent, &bus);
	if (!is_cell_count(address_cells) || !is_cell_count(size_cells)) {
		message_error(locate_node(tree, node), "%s: #address-cells or #size-cells is out of range", bus.path);
		return;
	}
	bus.address_cells = (size_t)address_cells;
	bus.size_cells = (size_t)size_cells;
	bus.reachable = parent->reachable && tree_has(tree, node, "ranges") && address_cells >= 1 &&
			address_cells <= 2 && size_cells >= 1 && size_cells <= 2;
	walk_bus(walk, &bus);
}

static void walk_bus(const struct walk *walk, const struct bus *bus)
{
	int node;

	fdt_for_each_subnode(node, walk->model->tree, bus->node)
	{
		walk_node(walk, bus, node);
	}
}

void read_devices(struct model *model)
{
	const void *tree = model->tree;
	struct walk walk = {.model = model, .gic_cells = 3};
	struct bus root = {.path = "/", .reachable = true};
	int address_cells = fdt_address_cells(tree, 0), size_cells = fdt_size_cells(tree, 0);
	uint32_t cells;

	if (address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2) {
		message_error(locate_whole(), "the board's root must have #address-cells and #size-cells of 1 or 2");
		return;
	}
	root.address_cells = (size_t)address_cells;
	root.size_cells = (size_t)size_cells;
	tree_cell(tree, 0, "interrupt-parent", &root.interrupt_parent);
	if (model->board.gic.node >= 0) {
		walk.gic_phandle = fdt_get_phandle(tree, model->board.gic.node);
		if (tree_cell(tree, model->board.gic.node, "#interrupt-cells", &cells) && cells >= 3 && cells <= 4)
			walk.gic_cells = cells;
	}
	walk_bus(&walk, &root);
}
