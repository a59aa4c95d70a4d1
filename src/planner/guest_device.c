/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owned devices in a partition's tree: the board's nodes, at the addresses that the partition sees, with the fixed
 * clocks that they name. Not here: providers other than fixed clocks, which are refused.
 */
#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

#include "planner/guest_writer.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/tree.h"

/* Written anew from the model, or meaningless in another tree. */
static const char *const replaced[] = {"reg",           "interrupts", "interrupts-extended", "interrupt-parent",
				       "linux,phandle", "ranges",     "dma-ranges"};

/* Properties that name nodes which the partition does not have; a '*' stands for any text. */
static const char *const references[] = {
	"resets",          "power-domains",       "pinctrl-*",       "dmas",           "phys",        "phy-handle",
	"iommus",          "msi-parent",          "mboxes",          "gpios",          "*-gpios",     "*-gpio",
	"*-supply",        "nvmem-cells",         "interconnects",   "memory-region",  "io-channels", "hwlocks",
	"assigned-clocks", "operating-points-v2", "thermal-sensors", "cooling-device", "syscon",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool matches(const char *name, const char *pattern)
{
	const char *star = strchr(pattern, '*');
	size_t before, behind;

	if (!star)
		return strcmp(name, pattern) == 0;
	before = (size_t)(star - pattern);
	behind = strlen(star + 1);
	return strlen(name) > before + behind && strncmp(name, pattern, before) == 0 &&
	       strcmp(name + strlen(name) - behind, star + 1) == 0;
}

static bool is_one_of(const char *name, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (matches(name, patterns[i]))
			return true;
	}
	return false;
}

bool guest_is_serial(const struct device *device)
{
	return strncmp(device->name, "serial", 6) == 0 || strncmp(device->name, "uart", 4) == 0;
}

const char *guest_device_name(const struct model *model, const struct device *device)
{
	const char *name = tree_name(model->tree, device->node);

	if (device->register_count == 0)
		return name;
	return memory_text("%.*s@%" PRIx64, (int)strcspn(name, "@"), name, device->mapped[0]);
}

/* ---- clocks ------------------------------------------------------------------------------------------------------ */

struct clocks {
	int *nodes;
	size_t count;
};

static void clock_add(struct clocks *clocks, int node)
{
	for (size_t i = 0; i < clocks->count; i++) {
		if (clocks->nodes[i] == node)
			return;
	}
	clocks->nodes = memory_append(clocks->nodes, &clocks->count, sizeof(*clocks->nodes));
	clocks->nodes[clocks->count - 1] = node;
}

/* A fixed clock has no cells of its own, so that `clocks` is then a plain list of phandles. */
static void clocks_collect(const struct guest_writer *writer, int node, struct clocks *clocks)
{
	static const char *const fixed[] = {"fixed-clock", NULL};
	const void *tree = writer->model->tree;
	struct location location = locate_property(tree, node, "clocks");
	struct tree_cells cells;

	if (!tree_cells(tree, node, "clocks", &cells))
		return;
	for (size_t i = 0; i < cells.count; i++) {
		int clock = tree_follow(tree, fdt32_ld(&cells.cell[i]), location, "clocks");

		if (clock < 0)
			return;
		if (!tree_is_compatible(tree, clock, fixed)) {
			message_error(location,
				      "partition '%s': %s takes a clock from %s; clocks other than fixed-clock are not "
				      "available yet",
				      writer->partition->name, tree_name(tree, node), tree_name(tree, clock));
			return;
		}
		clock_add(clocks, clock);
	}
}

/*
 * Clocks of the guest's tree all lie under its root: a unit address, or a name taken before, gives way to the phandle.
 */
static void clock_write(struct guest_writer *writer, int node)
{
	const void *tree = writer->model->tree;
	const char *name = tree_name(tree, node);
	uint32_t phandle = fdt_get_phandle(tree, node);
	int property;

	guest_node(writer, memory_text("%.*s-%u", (int)strcspn(name, "@"), name, phandle));
	fdt_for_each_property_offset(property, tree, node)
	{
		const char *key;
		int size;
		const void *bytes = fdt_getprop_by_offset(tree, property, &key, &size);

		if (!is_one_of(key, replaced, COUNT(replaced)))
			guest_bytes(writer, key, bytes, (size_t)size);
	}
	guest_end(writer);
}

/* ---- devices ----------------------------------------------------------------------------------------------------- */

static void refuse_reference(const struct guest_writer *writer, int node, const char *property)
{
	message_error(locate_property(writer->model->tree, node, property),
		      "partition '%s': '%s' of %s refers to a node that the partition does not have; this is not "
		      "available yet",
		      writer->partition->name, property, tree_name(writer->model->tree, node));
}

/*
 * All that is written as the board has it. `reg` of the device itself is not, that of its parts (on an I2C bus, say)
 * is.
 */
static void properties_copy(struct guest_writer *writer, int node, bool is_part)
{
	const void *tree = writer->model->tree;
	int property;

	fdt_for_each_property_offset(property, tree, node)
	{
		const char *key;
		int size;
		const void *bytes = fdt_getprop_by_offset(tree, property, &key, &size);

		if (is_one_of(key, references, COUNT(references)))
			refuse_reference(writer, node, key);
		else if (is_part && strncmp(key, "interrupt", 9) == 0)
			refuse_reference(writer, node, key);
		else if (!is_one_of(key, replaced, COUNT(replaced)) || (is_part && strcmp(key, "reg") == 0))
			guest_bytes(writer, key, bytes, (size_t)size);
	}
}

static void parts_copy(struct guest_writer *writer, int parent)
{
	const void *tree = writer->model->tree;
	int node;

	fdt_for_each_subnode(node, tree, parent)
	{
		guest_node(writer, tree_name(tree, node));
		properties_copy(writer, node, true);
		parts_copy(writer, node);
		guest_end(writer);
	}
}

static void clocks_collect_under(const struct guest_writer *writer, int parent, struct clocks *clocks)
{
	int node;

	clocks_collect(writer, parent, clocks);
	fdt_for_each_subnode(node, writer->model->tree, parent)
	{
		clocks_collect_under(writer, node, clocks);
	}
}

static void device_write(struct guest_writer *writer, const struct device *device)
{
	struct range *registers = memory_zeroed(device->register_count, sizeof(*registers));

	guest_node(writer, guest_device_name(writer->model, device));
	for (size_t i = 0; i < device->register_count; i++)
		registers[i] = (struct range){device->mapped[i], device->registers[i].size};
	if (device->register_count)
		guest_ranges(writer, "reg", registers, device->register_count);
	if (device->interrupt_count)
		guest_interrupts(writer, device->interrupts, device->interrupt_count);
	properties_copy(writer, device->node, false);
	/* What lies behind a bus with `ranges` are devices in their own right, with owners of their own. */
	if (!tree_has(writer->model->tree, device->node, "ranges"))
		parts_copy(writer, device->node);
	guest_end(writer);
}

void guest_devices(struct guest_writer *writer)
{
	const struct model *model = writer->model;
	struct clocks clocks = {0};

	for (size_t i = 0; i < writer->partition->device_count; i++)
		clocks_collect_under(writer, model->devices[writer->partition->devices[i]].node, &clocks);
	for (size_t i = 0; i < clocks.count; i++)
		clock_write(writer, clocks.nodes[i]);
	for (size_t i = 0; i < writer->partition->device_count; i++)
		device_write(writer, &model->devices[writer->partition->devices[i]]);
}
