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
	return device->register_count == 0 && device->port_count == 0;
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

/* Why a device that nobody owns is not taken; NULL = it is, "" = that goes without saying. */
static const char *why_left(const struct model *model, const struct device *device, const struct tree_cells *except,
			    size_t taker)
{
	if (is_excepted(device, except) || is_private(device))
		return "";
	if (device->disabled != 0)
		return "is disabled";
	if (device->unavailable != NULL)
		return device->unavailable;
	return is_shared(model, device, taker) ? "shares a page or an interrupt with another owner's device" : NULL;
}

static void take_devices(struct model *model, size_t taker, struct location location, const struct tree_cells *except)
{
	const char *left = "";

	for (size_t i = 0; i < model->node_count; i++) {
		const char *reserved = model->nodes[i].reserved;
		bool is_part = model->nodes[i].parent > 0 && model->nodes[model->nodes[i].parent].reserved == reserved;

		if (reserved != NULL && !is_part && strncmp(reserved, "belongs to the hypervisor", 25) == 0)
			left = memory_text("%s; %s is the hypervisor's", left,
					   tree_name(model->tree, model->nodes[i].offset));
	}
	for (size_t i = 0; i < model->device_count; i++) {
		struct device *device = &model->devices[i];
		const char *reason = device->owner >= 0 ? "" : why_left(model, device, except, taker);

		if (reason == NULL)
			read_own_device(model, taker, device, location);
		else if (*reason != '\0')
			left = memory_text("%s; %s %s", left, device->name, reason);
	}
	if (*left != '\0')
		message_note(location, "partition '%s' takes all but what was named or excepted%s",
			     model->partitions[taker].name, left);
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
