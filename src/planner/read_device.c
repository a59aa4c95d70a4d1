/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds every node of the board that a partition can own, with its registers as the CPU sees them and its interrupts as
 * the GIC numbers them. Not here: who owns it (read_partition.c).
 */
#include "planner/align.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/nodes.h"
#include "planner/read_bus.h"
#include "planner/read_parts.h"
#include "planner/reference.h"
#include "planner/signal.h"
#include "planner/x86/pci.h"

const char *read_why_reserved(const struct model *model, int node)
{
	size_t index = nodes_find(model, node);

	return index == NODES_NONE ? NULL : model->nodes[index].reserved;
}

void read_set_unavailable(const struct model *model, struct device *device, const char *property, const char *reason)
{
	if (device->unavailable != NULL)
		return;
	device->unavailable = reason;
	device->unavailable_at = locate_property(model->tree, device->node, property);
}

static void add_registers(const struct model *model, const struct read_bus *bus, struct device *device,
			  const char *property, uint64_t base, uint64_t size)
{
	if (size == 0)
		return;
	if (!read_bus_translate(model->tree, bus, &base, size)) {
		read_set_unavailable(model, device, property, "has registers outside the `ranges` of its bus");
		return;
	}
	if (range_wraps(base, size)) {
		read_set_unavailable(model, device, property, "has registers that end beyond 64 bits");
		return;
	}
	device->registers = memory_append(device->registers, &device->register_count, sizeof(struct range));
	device->registers[device->register_count - 1] = (struct range){base, size};
}

/* Rows <1 PORT COUNT> of an ISA bus (IEEE 1275's ISA binding, section 3.1); <0 ...> would be ISA memory. */
static void read_ports(const struct model *model, struct device *device)
{
	struct tree_cells reg;

	if (!tree_cells(model->tree, device->node, "reg", &reg))
		return;
	for (size_t i = 0; i < reg.count; i += 3) {
		struct ports ports = {0};

		if (reg.count % 3 == 0)
			ports = (struct ports){fdt32_ld(&reg.cell[i + 1]), fdt32_ld(&reg.cell[i + 2])};
		if (ports.count == 0 || fdt32_ld(&reg.cell[i]) != 1 ||
		    !range_inside(ports.base, ports.count, 0, 0x10000)) {
			read_set_unavailable(model, device, "reg",
					     "has a reg that is not made of I/O ports, <1 PORT COUNT>");
			return;
		}
		*MEMORY_APPEND(device->ports, device->port_count) = ports;
	}
}

static void read_registers(const struct model *model, const struct read_bus *bus, struct device *device)
{
	size_t row = bus->address_cells + bus->size_cells;
	struct tree_cells reg;

	if (bus->has_functions) {
		x86_pci_read_function(model, device);
		return;
	}
	if (bus->has_ports) {
		read_ports(model, device);
		return;
	}
	if (!bus->reachable || !tree_cells(model->tree, device->node, "reg", &reg))
		return;
	if (reg.count % row != 0)
		read_set_unavailable(model, device, "reg",
				     memory_text("has a reg that does not fit its parent's #address-cells (%zu) and "
						 "#size-cells (%zu)",
						 bus->address_cells, bus->size_cells));
	for (size_t i = 0; i + row <= reg.count; i += row)
		add_registers(model, bus, device, "reg", tree_number(&reg.cell[i], bus->address_cells),
			      tree_number(&reg.cell[i + bus->address_cells], bus->size_cells));
	device->reg_count = device->register_count;
}

/* What a bridge shows of a bus with addresses of three cells: a PCI host (IEEE 1275's PCI binding), or its like. */
static void read_windows(const struct model *model, const struct read_bus *bus, struct device *device)
{
	size_t size = tree_count(model->tree, device->node, "#size-cells", 1), row = 3 + bus->address_cells + size;
	struct tree_cells ranges;

	if (device->reg_count == 0 || size > 2 || tree_count(model->tree, device->node, "#address-cells", 2) != 3 ||
	    !tree_cells(model->tree, device->node, "ranges", &ranges) || ranges.count % row != 0)
		return;
	for (size_t i = 0; i < ranges.count; i += row)
		add_registers(model, bus, device, "ranges", tree_number(&ranges.cell[i + 3], bus->address_cells),
			      tree_number(&ranges.cell[i + row - size], size));
}

/* Those that reach the GIC as the device's own stand first, in their order; all others are there once. */
static void add_interrupt(struct device *device, struct interrupt interrupt, bool is_own)
{
	size_t at = device->own_interrupt_count;

	for (size_t i = 0; !is_own && i < device->interrupt_count; i++) {
		if (device->interrupts[i].id == interrupt.id)
			return;
	}
	device->interrupts = memory_append(device->interrupts, &device->interrupt_count, sizeof(interrupt));
	if (!is_own) {
		device->interrupts[device->interrupt_count - 1] = interrupt;
		return;
	}
	device->interrupts[device->interrupt_count - 1] = device->interrupts[at];
	device->interrupts[at] = interrupt;
	device->own_interrupt_count++;
}

/* Adds what `signal`, of the device itself (`is_own`) or of one of its parts, ends as. */
static void add_signal(const struct model *model, struct device *device, const char *property, bool is_own,
		       struct signal signal, size_t place)
{
	struct interrupt interrupt = {0};
	const char *why;
	enum signal_end end = signal_follow(model, &signal, &interrupt, &why);

	interrupt.place = (int)place;
	if (end == SIGNAL_GIC || end == SIGNAL_LAYERED)
		add_interrupt(device, interrupt, is_own && end == SIGNAL_GIC);
	else if (end == SIGNAL_NOWHERE && is_own)
		read_set_unavailable(model, device, property, why);
	if (is_own && (end == SIGNAL_LAYERED || end == SIGNAL_OTHER))
		device->controller = signal.controller;
}

/* <&controller specifier ...>, each with as many cells as its controller says. */
static void read_extended_interrupts(const struct model *model, struct device *device, int node, bool is_own,
				     struct signal signal)
{
	static const char name[] = "interrupts-extended";
	struct reference reference;

	for (reference_begin(&reference, model, node, name); reference_next(&reference);) {
		if (reference.target == NODES_NONE && is_own)
			read_set_unavailable(model, device, name,
					     "has an interrupts-extended that leads to nothing or is cut short");
		if (reference.target == NODES_NONE)
			return;
		signal.controller = model->nodes[reference.target].offset;
		signal.specifier = reference.arguments;
		signal.count = reference.argument_count;
		add_signal(model, device, name, is_own, signal, reference.index);
	}
}

/* The interrupts of `node`, which is the device or one of its parts. */
static void read_interrupts(const struct model *model, struct device *device, int node)
{
	bool is_own = node == device->node;
	const void *tree = model->tree;
	struct signal signal = {.controller = -1};
	struct tree_cells cells;
	int length = 0;

	signal.unit = fdt_getprop(tree, node, "reg", &length);
	signal.unit_count = length < 0 ? 0 : (size_t)length / 4;
	if (tree_has(tree, node, "interrupts-extended")) {
		read_extended_interrupts(model, device, node, is_own, signal);
		return;
	}
	if (!tree_cells(tree, node, "interrupts", &cells))
		return;
	signal.controller = signal_parent(model, node);
	signal.count = signal.controller < 0 ? 0 : tree_count(tree, signal.controller, "#interrupt-cells", 0);
	if (signal.count == 0 || cells.count % signal.count != 0) {
		if (is_own)
			read_set_unavailable(model, device, "interrupts",
					     signal.count == 0
						     ? "has interrupts that lead to no interrupt controller"
						     : memory_text("has interrupts that are not made of %zu cells "
								   "each",
								   signal.count));
		return;
	}
	for (size_t i = 0; i < cells.count; i += signal.count) {
		signal.specifier = &cells.cell[i];
		add_signal(model, device, "interrupts", is_own, signal, i / signal.count);
	}
}

/* What a bridge's interrupt-map leads to is the bridge's: it raises it for what lies behind. */
static void read_bridged_interrupts(const struct model *model, struct device *device)
{
	struct reference row;

	if (device->register_count == 0 || !reference_begin(&row, model, device->node, "interrupt-map"))
		return;
	while (reference_next(&row)) {
		struct signal signal = {.unit = row.arguments};

		if (row.target == NODES_NONE) {
			read_set_unavailable(model, device, "interrupt-map",
					     "has an interrupt-map that leads to nothing or is cut short");
			return;
		}
		signal.controller = model->nodes[row.target].offset;
		signal.unit_count = tree_count(model->tree, signal.controller, "#address-cells", 0);
		signal.specifier = row.arguments + signal.unit_count;
		signal.count = row.argument_count - signal.unit_count;
		add_signal(model, device, "interrupt-map", false, signal, row.index);
	}
}

/* `bus` holds the node; `self` is the node as a bus of its own. The index of the new device; -1: it is none. */
static int read_device(struct model *model, const struct read_bus *bus, const struct read_bus *self)
{
	struct device device = {
		.path = self->path, .node = self->node, .disabled = self->disabled, .owner = -1, .controller = -1};
	int node = self->node;

	device.name = memory_text("%s", tree_name(model->tree, node));
	device.phandle = fdt_get_phandle(model->tree, node);
	device.location = locate_path(device.path);
	/* By its definition a simple bus has no registers to be driven, though its reg may cover those behind it. */
	if (fdt_node_check_compatible(model->tree, node, "simple-bus") != 0)
		read_registers(model, bus, &device);
	read_windows(model, bus, &device);
	if (!bus->has_functions) /* the four lines of PCI are shared by its functions: they have messages */
		read_interrupts(model, &device, node);
	read_bridged_interrupts(model, &device);
	if (device.register_count == 0 && device.port_count == 0 && device.interrupt_count == 0 &&
	    device.function == NULL && device.unavailable == NULL)
		return -1;
	device.mapped = memory_zeroed(device.register_count, sizeof(*device.mapped));
	for (size_t i = 0; i < device.register_count; i++)
		device.mapped[i] = device.registers[i].base;
	model->devices = memory_append(model->devices, &model->device_count, sizeof(device));
	model->devices[model->device_count - 1] = device;
	return (int)model->device_count - 1;
}

/*
 * `enclosing` is the device that the bus belongs to, -1 = none. What lies where no core can reach it (on an I2C bus,
 * say) is a part of the device that leads there, with its interrupts.
 */
static void walk_bus(struct model *model, const struct read_bus *bus, int enclosing)
{
	int node;

	fdt_for_each_subnode(node, model->tree, bus->node)
	{
		struct node *entry = &model->nodes[nodes_find(model, node)];
		bool is_pci = node == model->board.x86.pci_node;
		struct read_bus self;

		if (entry->reserved != NULL && !is_pci)
			continue;
		self = read_bus_enter(model->tree, bus, node);
		self.has_functions = is_pci;
		self.has_ports =
			model->board.arch == PLAN_ARCH_X86 && fdt_node_check_compatible(model->tree, node, "isa") == 0;
		entry->device = enclosing;
		if (is_pci) {
			/* it is the hypervisor's; below it begin devices */
		} else if (bus->reachable || enclosing < 0) {
			int device = read_device(model, bus, &self);

			entry->device = device < 0 ? enclosing : device;
		} else {
			read_interrupts(model, &model->devices[enclosing], node);
		}
		walk_bus(model, &self, entry->device);
	}
}

void read_devices(struct model *model)
{
	struct read_bus root = read_bus_root(model->tree);

	nodes_read(model);
	if (root.reachable)
		walk_bus(model, &root, -1);
	else
		message_error(locate_whole(), "the board's root must have #address-cells and #size-cells of 1 or 2");
}
