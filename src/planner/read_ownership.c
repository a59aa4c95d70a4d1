/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the properties of a partition that make it the owner of cores and devices, and refuses a second owner. Not
 * here: `take` (read_take.c), all other properties (read_partition.c).
 */
#include "planner/read_ownership.h"

#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_bus.h"
#include "planner/read_parts.h"

struct tree_cells read_names(const struct property_reading *reading, const char *what)
{
	struct tree_cells cells = {0};

	if (tree_cells(reading->model->tree, reading->node, reading->property->name, &cells) && cells.count == 0)
		property_refuse(reading, " names no %s", what);
	return cells;
}

static int own_index(const struct property_reading *reading)
{
	return (int)((struct partition *)reading->target - reading->model->partitions);
}

/* Whether the thing `name` is still to be had: refuses a second owner, and the same one's second claim. */
static bool is_free(const struct property_reading *reading, const char *name, int owner, struct location taken)
{
	if (owner == own_index(reading))
		property_refuse(reading, " names %s twice", name);
	else if (owner >= 0)
		message_error(reading->location, "%s and partition '%s' both own %s (also %s); give it to one of them",
			      reading->what, reading->model->partitions[owner].name, name, taken.where);
	return owner < 0;
}

/* Whether the node is where cores are, though read_machine may have found it to be none. */
static bool is_board_core(const struct model *model, int node)
{
	int cpus = fdt_path_offset(model->tree, "/cpus");

	return cpus >= 0 && fdt_parent_offset(model->tree, node) == cpus &&
	       fdt_stringlist_search(model->tree, node, "device_type", "cpu") == 0;
}

static void claim_core(const struct property_reading *reading, int node)
{
	struct partition *partition = reading->target;
	struct model *model = reading->model;
	size_t index = 0;
	struct core *core;

	while (index < model->core_count && model->cores[index].node != node)
		index++;
	if (index == model->core_count) {
		if (model->core_count == 0 || is_board_core(model, node)) /* reported as the board's mistake */
			return;
		message_error(reading->location, "%s: %s is no core; a device belongs into `access`", reading->what,
			      tree_name(model->tree, node));
		return;
	}
	core = &model->cores[index];
	if (core->unavailable != NULL) {
		message_error(reading->location, "%s: %s %s (status, %s); take another core", reading->what, core->name,
			      core->unavailable, locate_property(model->tree, node, "status").where);
		return;
	}
	if (!is_free(reading, core->name, core->owner,
		     core->owner < 0 ? reading->location
				     : locate_property(model->tree, model->partitions[core->owner].node, "cpus")))
		return;
	core->owner = own_index(reading);
	core->vcpu = partition->core_count;
	*MEMORY_APPEND(partition->cores, partition->core_count) = index;
}

/* Does something with each node that the property names. */
static void for_each_name(const struct property_reading *reading, const char *what,
			  void (*use)(const struct property_reading *reading, int node))
{
	struct tree_cells cells = read_names(reading, what);

	for (size_t i = 0; i < cells.count; i++) {
		int node = tree_follow(reading->model, fdt32_ld(&cells.cell[i]), reading->location,
				       reading->property->name);

		if (node >= 0)
			use(reading, node);
	}
}

void read_cpus(const struct property_reading *reading)
{
	for_each_name(reading, "core", claim_core);
}

/* `node` is nothing that can be owned: says why. */
static void refuse_node(const struct property_reading *reading, int node)
{
	const struct model *model = reading->model;
	const char *name = tree_name(model->tree, node), *reserved = read_why_reserved(model, node);

	if (reserved != NULL)
		message_error(reading->location, "%s: %s %s", reading->what, name, reserved);
	else if (tree_has(model->tree, node, "reg") && !read_bus_above(model->tree, node)->reachable)
		message_error(reading->location,
			      "%s: %s has no address that a core can reach; own the controller of its bus, %s",
			      reading->what, name, tree_name(model->tree, fdt_parent_offset(model->tree, node)));
	else
		message_error(reading->location, "%s: %s has neither registers nor interrupts: there is nothing to own",
			      reading->what, name);
}

struct device *read_device_at(const struct model *model, int node)
{
	for (size_t i = 0; i < model->device_count; i++) {
		if (model->devices[i].node == node)
			return &model->devices[i];
	}
	return NULL;
}

void read_own_device(struct model *model, size_t index, struct device *device, struct location location)
{
	struct partition *partition = &model->partitions[index];

	device->owner = (int)index;
	device->taken = location;
	*MEMORY_APPEND(partition->devices, partition->device_count) = (size_t)(device - model->devices);
}

static void claim_device(const struct property_reading *reading, int node)
{
	struct device *device = read_device_at(reading->model, node);

	if (device == NULL)
		refuse_node(reading, node);
	else if (is_free(reading, device->name, device->owner, device->taken))
		read_own_device(reading->model, (size_t)own_index(reading), device, reading->location);
}

void read_access(const struct property_reading *reading)
{
	for_each_name(reading, "device", claim_device);
}

/* Moves the device's first registers to `base`, and the others along with them. */
static void move_device(const struct property_reading *reading, uint32_t phandle, uint64_t base)
{
	int node = tree_follow(reading->model, phandle, reading->location, "device-map");
	struct device *device = node < 0 ? NULL : read_device_at(reading->model, node);

	if (node < 0)
		return;
	if (device == NULL || (device->register_count == 0 && device->unavailable == NULL))
		property_refuse(reading, ": %s has no registers to be mapped", tree_name(reading->model->tree, node));
	else if (device->owner != own_index(reading))
		property_refuse(reading, ": %s is not its own; name it in `access`, too", device->name);
	else if (device->moved.where != NULL)
		property_refuse(reading, " names %s twice", device->name);
	else {
		device->moved = reading->location;
		for (size_t i = 0; i < device->register_count; i++)
			device->mapped[i] = base + (device->registers[i].base - device->registers[0].base);
	}
}

void read_device_map(const struct property_reading *reading)
{
	struct tree_cells cells = property_cells(reading, 3, "<&DEVICE HIGH LOW>");

	for (size_t i = 0; i < cells.count; i += 3)
		move_device(reading, fdt32_ld(&cells.cell[i]), tree_number(&cells.cell[i + 1], 2));
}
