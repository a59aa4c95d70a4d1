/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the properties of a partition that make it the owner of cores and devices, and refuses a second owner. Not
 * here: all other properties (read_partition.c).
 */
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_parts.h"
#include "planner/read_property.h"

struct tree_cells read_property_cells(const struct reading *reading)
{
	struct tree_cells cells = {0};

	tree_cells(reading->model->tree, reading->partition->node, reading->property->name, &cells);
	return cells;
}

bool read_property_names(const struct reading *reading, const struct tree_cells *cells, const char *what)
{
	if (cells->count == 0)
		message_error(reading->location, "partition '%s': %s names no %s", reading->partition->name,
			      reading->property->name, what);
	return cells->count != 0;
}

/* One message for everything that two partitions claim. */
static void refuse_shared(const struct reading *reading, const char *name, int owner, struct location taken)
{
	message_error(reading->location,
		      "partition '%s' and partition '%s' both own %s (also %s); give it to one of them",
		      reading->partition->name, reading->model->partitions[owner].name, name, taken.where);
}

static void claim_core(const struct reading *reading, uint32_t phandle)
{
	struct partition *partition = reading->partition;
	struct model *model = reading->model;
	int node = tree_follow(model->tree, phandle, reading->location, "cpus");
	struct core *core = NULL;

	if (node < 0)
		return;
	for (size_t i = 0; i < model->core_count; i++) {
		if (model->cores[i].node == node)
			core = &model->cores[i];
	}
	if (core == NULL) {
		message_error(reading->location, "partition '%s': %s is no core; a device belongs into `access`",
			      partition->name, tree_name(model->tree, node));
	} else if (core->owner == (int)reading->index) {
		message_error(reading->location, "partition '%s': cpus names %s twice", partition->name, core->name);
	} else if (core->owner >= 0) {
		refuse_shared(reading, core->name, core->owner, core->taken);
	} else {
		core->owner = (int)reading->index;
		core->taken = reading->location;
		core->vcpu = partition->core_count;
		partition->cores = memory_append(partition->cores, &partition->core_count, sizeof(size_t));
		partition->cores[partition->core_count - 1] = (size_t)(core - model->cores);
	}
}

void read_cpus(const struct reading *reading)
{
	struct tree_cells cells = read_property_cells(reading);

	if (!read_property_names(reading, &cells, "core"))
		return;
	for (size_t i = 0; i < cells.count; i++)
		claim_core(reading, fdt32_ld(&cells.cell[i]));
}

static struct device *find_device(const struct model *model, int node)
{
	for (size_t i = 0; i < model->device_count; i++) {
		if (model->devices[i].node == node)
			return &model->devices[i];
	}
	return NULL;
}

/* `node` is nothing that can be owned: says why. */
static void refuse_node(const struct reading *reading, int node)
{
	const struct model *model = reading->model;
	const char *name = tree_name(model->tree, node), *partition = reading->partition->name;
	const char *reserved = read_why_reserved(model, node);

	if (reserved != NULL)
		message_error(reading->location, "partition '%s': %s %s", partition, name, reserved);
	else if (tree_has(model->tree, node, "reg"))
		message_error(reading->location,
			      "partition '%s': %s has no address that a core can reach; own the controller "
			      "of its bus, %s",
			      partition, name, tree_name(model->tree, fdt_parent_offset(model->tree, node)));
	else
		message_error(reading->location,
			      "partition '%s': %s has neither registers nor interrupts: there is nothing to "
			      "own",
			      partition, name);
}

static void claim_device(const struct reading *reading, uint32_t phandle)
{
	struct partition *partition = reading->partition;
	struct model *model = reading->model;
	int node = tree_follow(model->tree, phandle, reading->location, "access");
	struct device *device = node < 0 ? NULL : find_device(model, node);

	if (node < 0)
		return;
	if (device == NULL) {
		refuse_node(reading, node);
	} else if (device->owner == (int)reading->index) {
		message_error(reading->location, "partition '%s': access names %s twice", partition->name,
			      device->name);
	} else if (device->owner >= 0) {
		refuse_shared(reading, device->name, device->owner, device->taken);
	} else {
		device->owner = (int)reading->index;
		device->taken = reading->location;
		partition->devices = memory_append(partition->devices, &partition->device_count, sizeof(size_t));
		partition->devices[partition->device_count - 1] = (size_t)(device - model->devices);
	}
}

void read_access(const struct reading *reading)
{
	struct tree_cells cells = read_property_cells(reading);

	if (!read_property_names(reading, &cells, "device"))
		return;
	for (size_t i = 0; i < cells.count; i++)
		claim_device(reading, fdt32_ld(&cells.cell[i]));
}

/* Moves the device's first registers to `base`, and the others along with them. */
static void move_device(const struct reading *reading, uint32_t phandle, uint64_t base)
{
	const char *partition = reading->partition->name;
	int node = tree_follow(reading->model->tree, phandle, reading->location, "device-map");
	struct device *device = node < 0 ? NULL : find_device(reading->model, node);

	if (node < 0)
		return;
	if (device == NULL || (device->register_count == 0 && device->unavailable == NULL))
		message_error(reading->location, "partition '%s': device-map: %s has no registers to be mapped",
			      partition, tree_name(reading->model->tree, node));
	else if (device->owner != (int)reading->index)
		message_error(reading->location,
			      "partition '%s': device-map: %s is not its own; name it in `access`, too", partition,
			      device->name);
	else if (device->moved.where != NULL)
		message_error(reading->location, "partition '%s': device-map names %s twice", partition, device->name);
	else {
		device->moved = reading->location;
		for (size_t i = 0; i < device->register_count; i++)
			device->mapped[i] = base + (device->registers[i].base - device->registers[0].base);
	}
}

void read_device_map(const struct reading *reading)
{
	struct tree_cells cells = read_property_cells(reading);

	if (cells.count == 0 || cells.count % 3 != 0) {
		message_error(reading->location, "partition '%s': device-map must be made of <&DEVICE HIGH LOW>",
			      reading->partition->name);
		return;
	}
	for (size_t i = 0; i < cells.count; i += 3)
		move_device(reading, fdt32_ld(&cells.cell[i]), tree_number(&cells.cell[i + 1], 2));
}
