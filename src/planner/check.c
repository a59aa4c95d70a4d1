/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second pass, and what a partition must have. Not here: its pieces (check_aarch32.c, check_board.c,
 * check_device.c, check_memory.c).
 */
#include "planner/check.h"

#include <string.h>

#include "planner/check_parts.h"
#include "planner/locate.h"
#include "planner/message.h"
#include "planner/read.h"
#include "planner/tree.h"

static void check_image_exists(const struct model *model, const struct partition *partition, const char *property,
			       const char *name, struct location location)
{
	if (name == NULL || read_path(model, name) != NULL)
		return;
	if (*name == '/')
		message_error(location, "partition '%s': %s: there is no file %s", partition->name, property, name);
	else
		message_error(location,
			      "partition '%s': %s: there is no file '%s', neither beside %s nor in the build folder",
			      partition->name, property, name, message_base_name(model->file));
}

/* A property that was written but is wrong has been reported: only its absence counts here. */
static void check_required(const struct model *model, const struct partition *partition, const char *property,
			   const char *example)
{
	if (!tree_has(model->tree, partition->node, property))
		message_error(partition->location, "partition '%s' has no '%s'; for example: %s", partition->name,
			      property, example);
}

static bool owns_uart(const struct model *model, const struct partition *partition)
{
	for (size_t i = 0; i < partition->device_count; i++) {
		const char *name = model->devices[partition->devices[i]].name;

		/* The generic name of a UART: Devicetree Specification 0.4, section 2.2.2. */
		if (strncmp(name, "serial", 6) == 0 || strncmp(name, "uart", 4) == 0)
			return true;
	}
	return false;
}

static void check_partition(const struct model *model, const struct partition *partition)
{
	check_required(model, partition, "cpus", "cpus = <&cpu0>");
	check_required(model, partition, "memory", "memory = <0x0 0x40000000 0x0 0x8000000>");
	check_required(model, partition, "kernel", "kernel = \"linux/Image\"");
	check_image_exists(model, partition, "kernel", partition->kernel, partition->kernel_location);
	check_image_exists(model, partition, "ramdisk", partition->ramdisk, partition->ramdisk_location);
	if (!tree_has(model->tree, partition->node, "criticality"))
		message_warning(partition->location,
				"partition '%s' has no criticality; say \"QM\" or \"ASIL-A\" .. \"ASIL-D\"",
				partition->name);
	if (tree_has(model->tree, partition->node, "console") && !owns_uart(model, partition))
		message_error(locate_property(model->tree, partition->node, "console"),
			      "partition '%s' has console = \"device\", but owns no UART; name one in `access`",
			      partition->name);
}

void check_model(const struct model *model)
{
	check_board(model);
	for (size_t i = 0; i < model->partition_count; i++)
		check_partition(model, &model->partitions[i]);
	check_memory(model);
	check_devices(model);
}

void check_loaded(struct model *model)
{
	for (size_t i = 0; i < model->partition_count; i++) {
		const struct partition *partition = &model->partitions[i];
		bool wants_tree = partition->dtb_given ? partition->wants_dtb : partition->is_linux;

		if (partition->bootargs != NULL && !wants_tree)
			message_error(partition->bootargs_location,
				      "partition '%s': bootargs go into the device tree, but it gets none%s",
				      partition->name,
				      partition->dtb_given ? " (dtb = \"none\"); remove one of them"
							   : ", being no Linux; remove them, or add dtb = \"auto\"");
	}
	check_aarch32(model);
}
