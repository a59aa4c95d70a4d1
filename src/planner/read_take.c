/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads `take` and `except`: one partition gets all devices that no other one names. Not here: devices given by name
 * (read_ownership.c).
 */
#include <string.h>

#include "planner/check_parts.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_ownership.h"
#include "planner/read_parts.h"

/* Why a device that nobody owns is left; the order is that of the notes. */
enum left {
	LEFT_NOT,
	LEFT_EXCEPTED,
	LEFT_PRIVATE,
	LEFT_HYPERVISOR,
	LEFT_DISABLED,
	LEFT_UNAVAILABLE,
	LEFT_SHARED,
	LEFT_KINDS
};

static const char *const left_texts[LEFT_KINDS] = {
	[LEFT_HYPERVISOR] = "the hypervisor's",
	[LEFT_DISABLED] = "disabled on this board (status)",
	[LEFT_UNAVAILABLE] = "with registers or interrupts that cannot be reached",
	[LEFT_SHARED] = "in a page, or with an interrupt, of somebody else's device",
};

static bool is_excepted(const struct device *device, const struct tree_cells *except)
{
	for (size_t i = 0; i < except->count; i++) {
		if (device->phandle != 0 && device->phandle == fdt32_ld(&except->cell[i]))
			return true;
	}
	return false;
}

/* Only with interrupts of the cores' own (a performance monitor): it comes with the cores. */
static bool is_private(const struct device *device)
{
	for (size_t i = 0; i < device->interrupt_count; i++) {
		if (device->interrupts[i].id >= 32)
			return false;
	}
	return device->register_count == 0;
}

/* Whether it touches the interrupt controller, or what another partition named. */
static bool is_shared(const struct model *model, const struct device *device, size_t taker)
{
	const struct gic *gic = &model->board.gic;
	struct range ranges[] = {gic->distributor, gic->redistributors, gic->cpu_interface};
	const struct device controller = {.registers = ranges, .register_count = 3};
	bool shared = check_devices_touch(device, &controller);

	for (size_t i = 0; !shared && i < model->device_count; i++) {
		const struct device *other = &model->devices[i];

		shared = other->owner >= 0 && other->owner != (int)taker && check_devices_touch(device, other);
	}
	return shared;
}

static enum left why_left(const struct model *model, const struct device *device, const struct tree_cells *except,
			  size_t taker)
{
	if (is_excepted(device, except))
		return LEFT_EXCEPTED;
	if (is_private(device))
		return LEFT_PRIVATE;
	if (device->disabled)
		return LEFT_DISABLED;
	if (device->unavailable != NULL)
		return LEFT_UNAVAILABLE;
	return is_shared(model, device, taker) ? LEFT_SHARED : LEFT_NOT;
}

static void add_name(const char **names, const char *name)
{
	*names = *names == NULL ? name : memory_text("%s, %s", *names, name);
}

static void take_devices(struct model *model, size_t taker, struct location location, const struct tree_cells *except)
{
	const struct partition *partition = &model->partitions[taker];
	const char *names[LEFT_KINDS] = {NULL};

	for (size_t i = 0; i < model->device_count; i++) {
		struct device *device = &model->devices[i];
		enum left left;

		if (device->owner >= 0)
			continue;
		left = why_left(model, device, except, taker);
		if (left == LEFT_NOT)
			read_own_device(model, taker, device, location);
		else
			add_name(&names[left], device->name);
	}
	for (size_t i = 0; i < model->node_count; i++) {
		const char *reserved = model->nodes[i].reserved;

		if (reserved != NULL && strncmp(reserved, "belongs to the hypervisor", 25) == 0)
			add_name(&names[LEFT_HYPERVISOR], tree_name(model->tree, model->nodes[i].offset));
	}
	for (size_t i = 0; i < LEFT_KINDS; i++) {
		if (left_texts[i] != NULL && names[i] != NULL)
			message_note(location, "partition '%s': take leaves what is %s: %s", partition->name,
				     left_texts[i], names[i]);
	}
}

/* What `except` names: devices that the partition does not name itself. */
static struct tree_cells read_except(struct model *model, size_t index)
{
	static const struct property except = {.name = "except"};
	struct partition *partition = &model->partitions[index];
	struct property_reading reading = {
		model,     partition->node, memory_text("partition '%s'", partition->name),
		partition, &except,         locate_property(model->tree, partition->node, "except")};
	struct tree_cells cells = read_names(&reading, "device");

	if (!tree_has(model->tree, partition->node, "take") && tree_has(model->tree, partition->node, "except"))
		property_refuse(&reading, " is for take = \"everything\", which is missing");
	for (size_t i = 0; i < cells.count; i++) {
		int node = tree_follow(model, fdt32_ld(&cells.cell[i]), reading.location, "except");
		const struct device *device = node < 0 ? NULL : read_device_at(model, node);

		if (node >= 0 && device == NULL)
			property_refuse(&reading, ": %s is no device that could be taken",
					tree_name(model->tree, node));
		else if (device != NULL && device->owner == (int)index)
			property_refuse(&reading, ": %s is named in `access`, too; remove it from one of them",
					device->name);
	}
	return cells;
}

void read_take(struct model *model)
{
	const struct partition *taker = NULL;

	for (size_t i = 0; i < model->partition_count; i++) {
		const struct partition *partition = &model->partitions[i];
		struct tree_cells except = read_except(model, i);
		struct location location = locate_property(model->tree, partition->node, "take");

		if (partition->take != NULL && taker != NULL)
			message_error(location,
				      "partition '%s' and partition '%s' both take everything (also %s); only one can",
				      partition->name, taker->name,
				      locate_property(model->tree, taker->node, "take").where);
		else if (partition->take != NULL) {
			taker = partition;
			take_devices(model, i, location, &except);
		}
	}
}
