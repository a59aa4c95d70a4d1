/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds every node of the board that a partition can own, with its registers as the CPU sees them and its interrupts as
 * the GIC numbers them. Not here: who owns it (read_partition.c).
 */
#include "planner/align.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_bus.h"
#include "planner/read_parts.h"

struct walk {
	struct model *model;
	size_t gic_cells;
};

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
		return "belongs to the hypervisor: it is the interrupt controller; each partition has a virtual one "
		       "anyway";
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

/* The first reason is the one to be told, when somebody wants the device. */
static void set_unavailable(const struct walk *walk, struct device *device, const char *property, const char *reason)
{
	if (device->unavailable != NULL)
		return;
	device->unavailable = reason;
	device->unavailable_at = locate_property(walk->model->tree, device->node, property);
}

static void add_registers(const struct walk *walk, const struct read_bus *bus, struct device *device, uint64_t base,
			  uint64_t size)
{
	if (size == 0)
		return;
	if (!read_bus_translate(walk->model->tree, bus, &base, size)) {
		set_unavailable(walk, device, "reg", "has registers outside the `ranges` of its bus");
		return;
	}
	if (base + size < base || base + size > UINT64_MAX - PAGE_SIZE) {
		set_unavailable(walk, device, "reg", "has registers that end beyond 64 bits");
		return;
	}
	device->registers = memory_append(device->registers, &device->register_count, sizeof(struct range));
	device->registers[device->register_count - 1] = (struct range){base, size};
}

static void read_registers(const struct walk *walk, const struct read_bus *bus, struct device *device)
{
	size_t row = bus->address_cells + bus->size_cells;
	struct tree_cells reg;

	if (!bus->reachable || !tree_cells(walk->model->tree, device->node, "reg", &reg))
		return;
	if (reg.count % row != 0)
		set_unavailable(walk, device, "reg",
				memory_text("has a reg that does not fit its parent's #address-cells (%zu) and "
					    "#size-cells (%zu)",
					    bus->address_cells, bus->size_cells));
	for (size_t i = 0; i + row <= reg.count; i += row)
		add_registers(walk, bus, device, tree_number(&reg.cell[i], bus->address_cells),
			      tree_number(&reg.cell[i + bus->address_cells], bus->size_cells));
	device->mapped = memory_zeroed(device->register_count, sizeof(*device->mapped));
	for (size_t i = 0; i < device->register_count; i++)
		device->mapped[i] = device->registers[i].base;
}

static void add_interrupt(const struct walk *walk, struct device *device, const char *property,
			  const struct tree_cells *cells, size_t first)
{
	struct interrupt interrupt;

	if (!read_interrupt(cells, first, &interrupt)) {
		set_unavailable(walk, device, property,
				memory_text("has interrupt <%u %u %u>, which does not exist: SPIs are <0 0..987 "
					    "FLAGS>, PPIs <1 0..15 FLAGS>",
					    fdt32_ld(&cells->cell[first]), fdt32_ld(&cells->cell[first + 1]),
					    fdt32_ld(&cells->cell[first + 2])));
		return;
	}
	device->interrupts = memory_append(device->interrupts, &device->interrupt_count, sizeof(interrupt));
	device->interrupts[device->interrupt_count - 1] = interrupt;
}

/*
 * How many cells an interrupt at `controller` has; 0, with the device unavailable, when it cannot be followed. Those of
 * a controller other than the GIC (GPIO, PCI) reach the GIC as that controller's own, but an interrupt-map renames
 * them.
 */
static size_t follow_controller(const struct walk *walk, struct device *device, const char *property, int controller)
{
	int length;
	const fdt32_t *cells =
		controller < 0 ? NULL : fdt_getprop(walk->model->tree, controller, "#interrupt-cells", &length);

	if (cells == NULL || length != 4 || fdt32_ld(cells) == 0 || fdt32_ld(cells) > 8) {
		set_unavailable(walk, device, property, "has interrupts that lead to no interrupt controller");
		return 0;
	}
	if (tree_has(walk->model->tree, controller, "interrupt-map")) {
		set_unavailable(walk, device, property,
				"has interrupts behind an interrupt-map, which is not available yet");
		return 0;
	}
	return controller == walk->model->board.gic.node ? walk->gic_cells : fdt32_ld(cells);
}

/* <&controller specifier ...>, each with as many cells as its controller says. */
static void read_extended_interrupts(const struct walk *walk, struct device *device, const struct tree_cells *cells)
{
	const char *name = "interrupts-extended";
	const void *tree = walk->model->tree;

	for (size_t i = 0; i < cells->count;) {
		int controller = fdt_node_offset_by_phandle(tree, fdt32_ld(&cells->cell[i]));
		size_t count = follow_controller(walk, device, name, controller);

		if (count == 0)
			return;
		if (count > cells->count - i - 1) {
			set_unavailable(walk, device, name, "has an interrupts-extended that is cut short");
			return;
		}
		if (controller == walk->model->board.gic.node)
			add_interrupt(walk, device, name, cells, i + 1);
		i += 1 + count;
	}
}

static void read_interrupts(const struct walk *walk, int controller, struct device *device)
{
	const void *tree = walk->model->tree;
	struct tree_cells cells;
	size_t row;

	if (tree_has(tree, device->node, "interrupt-map"))
		set_unavailable(walk, device, "interrupt-map", "has an interrupt-map, which is not available yet");
	if (tree_has(tree, device->node, "interrupts-extended")) {
		if (tree_cells(tree, device->node, "interrupts-extended", &cells))
			read_extended_interrupts(walk, device, &cells);
		return;
	}
	if (!tree_cells(tree, device->node, "interrupts", &cells))
		return;
	row = follow_controller(walk, device, "interrupts", controller);
	if (row == 0 || controller != walk->model->board.gic.node)
		return;
	if (cells.count % row != 0)
		set_unavailable(walk, device, "interrupts",
				memory_text("has interrupts that are not made of %zu cells each", row));
	for (size_t i = 0; i + row <= cells.count; i += row)
		add_interrupt(walk, device, "interrupts", &cells, i);
}

static bool is_enabled(const void *tree, int node)
{
	return !tree_has(tree, node, "status") || fdt_stringlist_search(tree, node, "status", "okay") == 0 ||
	       fdt_stringlist_search(tree, node, "status", "ok") == 0;
}

/* `bus` holds the node; `self` is the node as a bus of its own. */
static void read_device(const struct walk *walk, const struct read_bus *bus, const struct read_bus *self)
{
	struct model *model = walk->model;
	struct device device = {.path = self->path, .node = self->node, .owner = -1};
	int node = self->node;

	device.name = memory_text("%s", tree_name(model->tree, node));
	device.phandle = fdt_get_phandle(model->tree, node);
	device.location = locate_node(model->tree, node);
	device.disabled = !is_enabled(model->tree, node);
	read_registers(walk, bus, &device);
	read_interrupts(walk, self->own_interrupt_parent, &device);
	if (device.register_count == 0 && device.interrupt_count == 0 && device.unavailable == NULL)
		return;
	model->devices = memory_append(model->devices, &model->device_count, sizeof(device));
	model->devices[model->device_count - 1] = device;
}

static void walk_bus(const struct walk *walk, const struct read_bus *bus)
{
	int node;

	fdt_for_each_subnode(node, walk->model->tree, bus->node)
	{
		struct read_bus self;

		if (read_why_reserved(walk->model, node) != NULL)
			continue;
		self = read_bus_enter(walk->model->tree, bus, node);
		read_device(walk, bus, &self);
		walk_bus(walk, &self);
	}
}

void read_devices(struct model *model)
{
	const void *tree = model->tree;
	struct walk walk = {.model = model, .gic_cells = 3};
	struct read_bus root = read_bus_root(tree);
	uint32_t cells;

	if (!root.reachable) {
		message_error(locate_whole(), "the board's root must have #address-cells and #size-cells of 1 or 2");
		return;
	}
	if (model->board.gic.node >= 0 && tree_cell(tree, model->board.gic.node, "#interrupt-cells", &cells) &&
	    cells >= 3 && cells <= 4)
		walk.gic_cells = cells;
	walk_bus(&walk, &root);
}
