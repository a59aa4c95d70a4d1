/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of the board's nodes, written as the partition sees them: at guest-physical addresses, of two cells each
 * on all buses, with interrupts at its own interrupt controller. Not here: what is kept (guest_prune.c).
 */
#include <inttypes.h>
#include <string.h>

#include "planner/guest_writer.h"
#include "planner/memory.h"
#include "planner/nodes.h"
#include "planner/signal.h"

/* The device that the node is, not merely a part of; or NULL. */
static const struct device *own_device(const struct guest *guest, size_t node)
{
	const struct node *entry = &guest->model->nodes[node];
	const struct device *device = entry->device < 0 ? NULL : &guest->model->devices[entry->device];

	return device != NULL && device->node == entry->offset ? device : NULL;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* The registers of all devices that are kept below a bus, as the partition sees them. */
static struct range *ranges_below(const struct guest *guest, size_t bus, size_t *count)
{
	const struct model *model = guest->model;
	struct range *ranges = NULL;

	*count = 0;
	for (size_t i = bus + 1; i < model->node_count && model->nodes[i].parent >= (int)bus; i++) {
		const struct device *device = guest->keep[i] == GUEST_WHOLE ? own_device(guest, i) : NULL;

		for (size_t j = 0; device != NULL && j < device->register_count; j++) {
			ranges = memory_append(ranges, count, sizeof(*ranges));
			ranges[*count - 1] = (struct range){device->mapped[j], device->registers[j].size};
		}
	}
	return ranges;
}

/* Devices that have an address and a name in common (bits of one register, say) are told apart by a number. */
static const char *twin_suffix(const struct model *model, const struct device *device, int length)
{
	size_t twins = 0;

	for (const struct device *other = model->devices; other < device; other++)
		twins += other->owner == device->owner && other->reg_count > 0 &&
			 other->mapped[0] == device->mapped[0] &&
			 strncmp(other->name, device->name, (size_t)length + 1) == 0;
	return twins == 0 ? "" : memory_text(",%zu", twins);
}

const char *guest_name(const struct guest *guest, size_t node)
{
	const char *name = tree_name(guest->model->tree, guest->model->nodes[node].offset), *unit = strchr(name, '@');
	const struct device *device = own_device(guest, node);
	int length = (int)strcspn(name, "@");
	const struct range *ranges;
	size_t count;

	if (device != NULL && device->reg_count > 0)
		return memory_text("%.*s@%" PRIx64 "%s", length, name, device->mapped[0],
				   twin_suffix(guest->model, device, length));
	if (unit == NULL || guest->keep[node] != GUEST_BUS)
		return name;
	ranges = ranges_below(guest, node, &count);
	return count == 0 ? memory_text("%.*s", length, name)
			  : memory_text("%.*s@%" PRIx64, length, name, ranges[0].base);
}

const char *guest_path(const struct guest *guest, size_t node)
{
	const char *path = "";

	for (; node > 0; node = (size_t)guest->model->nodes[node].parent) {
		if (guest->keep[node] != GUEST_PASSED)
			path = memory_text("/%s%s", guest_name(guest, node), path);
	}
	return path;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static size_t put_number(fdt32_t *out, uint64_t number)
{
	fdt64_st(out, number);
	return 2;
}

static size_t put_cells(fdt32_t *out, const fdt32_t *cells, size_t count)
{
	memcpy(out, cells, count * sizeof(*out));
	return count;
}

/*
 * `ranges` and `dma-ranges` have rows of a child's and a parent's address, and a size. The parent's become two cells;
 * the others stay as they are where no core can reach the children (their addresses may be more than numbers: PCI's).
 */
static void mapping_write(struct guest *guest, const struct read_bus *self, const char *name, bool is_dma)
{
	const void *tree = guest->model->tree;
	size_t child = tree_count(tree, self->node, "#address-cells", 2), count = 0;
	size_t size = tree_count(tree, self->node, "#size-cells", 1);
	size_t parent = self->parent->address_cells, row = child + parent + size;
	struct tree_cells cells = {0};
	fdt32_t *out;

	if (!tree_cells(tree, self->node, name, &cells) || row == 0 || cells.count % row != 0 || size > 2)
		return;
	out = memory_zeroed(2 * cells.count + 6, 2 * sizeof(*out));
	for (const fdt32_t *cell = cells.cell; cell < cells.cell + cells.count; cell += row) {
		uint64_t address = tree_number(cell + child, parent);
		uint64_t extent = tree_number(cell + child + parent, size);

		if (!is_dma && !read_bus_translate(tree, self->parent, &address, extent))
			continue;
		count += self->reachable ? put_number(&out[count], tree_number(cell, child))
					 : put_cells(&out[count], cell, child);
		count += put_number(&out[count], address);
		count += self->reachable ? put_number(&out[count], extent)
					 : put_cells(&out[count], cell + child + parent, size);
	}
	guest_bytes(guest, name, out, count * sizeof(*out));
}

/* A bus whose children the cores reach: what they see there is where they see it, whatever the board's bus does. */
static void bus_write(struct guest *guest, size_t node, const struct read_bus *self)
{
	size_t count = 0;
	const struct range *ranges = guest->keep[node] == GUEST_BUS ? ranges_below(guest, node, &count) : NULL;
	uint64_t *numbers = memory_zeroed(3 * count, sizeof(*numbers));

	for (size_t i = 0; i < count; i++) {
		numbers[3 * i] = numbers[3 * i + 1] = ranges[i].base;
		numbers[3 * i + 2] = ranges[i].size;
	}
	guest_cell(guest, "#address-cells", 2);
	guest_cell(guest, "#size-cells", 2);
	/* dtc wants a bus with a unit address to have ranges that begin there, and one without to have none. */
	guest_numbers(guest, "ranges", numbers,
		      strchr(tree_name(guest->model->tree, self->node), '@') == NULL ? 0 : 3 * count);
	mapping_write(guest, self, "dma-ranges", true);
}

static void addresses_write(struct guest *guest, size_t node, const struct read_bus *bus, const struct read_bus *self)
{
	static const char *const names[] = {"#address-cells", "#size-cells", "ranges", "dma-ranges"};
	const struct device *device = own_device(guest, node);
	struct range *registers;

	if (device != NULL && device->reg_count > 0) {
		registers = memory_zeroed(device->reg_count, sizeof(*registers));
		for (size_t i = 0; i < device->reg_count; i++)
			registers[i] = (struct range){device->mapped[i], device->registers[i].size};
		guest_ranges(guest, "reg", registers, device->reg_count);
	} else if (!bus->reachable) {
		guest_copy(guest, self->node, "reg");
	}
	if (self->reachable) {
		bus_write(guest, node, self);
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (bus->reachable && i >= 2)
			mapping_write(guest, self, names[i], i == 3);
		else
			guest_copy(guest, self->node, names[i]);
	}
}

/* ---- interrupts -------------------------------------------------------------------------------------------------- */

/* Without this property a node's interrupts would go to the next controller above it, or to the root's. */
static void parent_write(struct guest *guest, size_t node, uint32_t controller)
{
	const struct model *model = guest->model;
	bool is_needed = controller != guest->gic_phandle ||
			 tree_has(model->tree, model->nodes[node].offset, "interrupt-parent");

	for (int at = model->nodes[node].parent; at > 0; at = model->nodes[at].parent)
		is_needed = is_needed || (guest->keep[at] == GUEST_WHOLE &&
					  tree_has(model->tree, model->nodes[at].offset, "#interrupt-cells"));
	if (is_needed)
		guest_cell(guest, "interrupt-parent", controller);
}

/* A device's own interrupts, as they arrive at the interrupt controller, with the names of those. */
static void own_interrupts_write(struct guest *guest, size_t node, const struct device *device)
{
	char *names = NULL;
	size_t size = 0;

	parent_write(guest, node, guest->gic_phandle);
	guest_interrupts(guest, device->interrupts, device->own_interrupt_count);
	for (size_t i = 0; i < device->own_interrupt_count; i++) {
		const char *name = fdt_stringlist_get(guest->model->tree, device->node, "interrupt-names",
						      device->interrupts[i].place, NULL);

		for (size_t length = name == NULL ? 0 : strlen(name) + 1; length > 0; length--) {
			names = memory_append(names, &size, 1);
			names[size - 1] = *name++;
		}
	}
	if (size > 0)
		guest_bytes(guest, "interrupt-names", names, size);
}

/* `controller` is where the node's `interrupts` go on the board. */
static void interrupts_write(struct guest *guest, size_t node, int controller)
{
	const struct model *model = guest->model;
	const struct device *device = own_device(guest, node);
	size_t target = controller < 0 ? NODES_NONE : nodes_find(model, controller);
	int offset = model->nodes[node].offset;
	bool is_extended = tree_has(model->tree, offset, "interrupts-extended");

	if (is_extended && !guest_loses(guest, offset, "interrupts-extended")) {
		guest_copy(guest, offset, "interrupts-extended");
		guest_copy(guest, offset, "interrupt-names");
	} else if (device != NULL && device->own_interrupt_count > 0) {
		own_interrupts_write(guest, node, device);
	} else if (!is_extended && tree_has(model->tree, offset, "interrupts") && target != NODES_NONE &&
		   guest_has(guest, target)) {
		bool is_gic = controller == model->board.gic.node;

		parent_write(guest, node, is_gic ? guest->gic_phandle : model->nodes[target].phandle);
		if (is_gic)
			guest_copy_interrupts(guest, offset);
		else
			guest_copy(guest, offset, "interrupts");
		guest_copy(guest, offset, "interrupt-names");
	} else if (tree_has(model->tree, offset, "#interrupt-cells") &&
		   !guest_loses(guest, offset, "interrupt-parent")) {
		guest_copy(guest, offset, "interrupt-parent");
	}
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

static void clocks_write(struct guest *guest, int offset)
{
	struct reference reference;
	fdt32_t *cells = NULL;
	size_t count = 0, index = 0;

	for (reference_begin(&reference, guest->model, offset, "clocks"); reference_next(&reference); index++) {
		uint32_t clock = guest_clock(guest, offset, &reference);
		size_t arguments = clock == 0 ? reference.argument_count : 0;

		for (; index < reference.index; index++) /* an optional clock that is not there */
			cells = memory_append(cells, &count, sizeof(*cells));
		for (size_t i = 0; i <= arguments; i++) {
			cells = memory_append(cells, &count, sizeof(*cells));
			cells[count - 1] = clock == 0 ? reference.arguments[(ptrdiff_t)i - 1] : cpu_to_fdt32(clock);
		}
	}
	guest_bytes(guest, "clocks", cells, count * sizeof(*cells));
}

/* Properties that are written by other means, or mean nothing in another tree. */
static bool is_rewritten(const char *name)
{
	static const char *const names[] = {
		"#address-cells",      "#size-cells",      "ranges",          "dma-ranges",          "reg",
		"interrupts",          "interrupt-parent", "interrupt-names", "interrupts-extended", "linux,phandle",
		"bulkhead,clock-rates"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static void properties_write(struct guest *guest, int offset)
{
	const void *tree = guest->model->tree;
	int property;

	fdt_for_each_property_offset(property, tree, offset)
	{
		const char *name = NULL;
		int size;
		const void *bytes = fdt_getprop_by_offset(tree, property, &name, &size);

		if (bytes == NULL || is_rewritten(name) || guest_loses(guest, offset, name))
			continue;
		if (strcmp(name, "clocks") == 0)
			clocks_write(guest, offset);
		else
			guest_bytes(guest, name, bytes, (size_t)size);
	}
}

void guest_nodes(struct guest *guest, const struct read_bus *bus)
{
	const struct model *model = guest->model;
	int offset;

	fdt_for_each_subnode(offset, model->tree, bus->node)
	{
		size_t node = nodes_find(model, offset);
		struct read_bus self;

		if (guest->keep[node] == GUEST_NOTHING)
			continue;
		self = read_bus_enter(model->tree, bus, offset);
		if (guest->keep[node] == GUEST_PASSED) {
			guest_nodes(guest, &self);
			continue;
		}
		guest_node(guest, guest_name(guest, node));
		addresses_write(guest, node, bus, &self);
		if (guest->keep[node] == GUEST_WHOLE) {
			interrupts_write(guest, node, signal_parent(model, offset));
			properties_write(guest, offset);
		} else {
			guest_copy(guest, offset, "compatible");
		}
		guest_nodes(guest, &self);
		guest_end(guest);
	}
}
