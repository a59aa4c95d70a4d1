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
#include "planner/property.h"
#include "planner/read.h"
#include "planner/tree.h"
#include "planner/uart.h"

static void check_file(const struct model *model, const struct partition *partition, const char *property,
		       const char *name)
{
	if (name == NULL || read_path(model, name) != NULL)
		return;
	if (*name == '/')
		message_partition(model, partition, property, ": %s: there is no file %s", property, name);
	else
		message_partition(model, partition, property,
				  ": %s: there is no file '%s', neither beside %s nor in the build folder", property,
				  name, message_base_name(model->file));
}

static bool owns_uart(const struct model *model, const struct partition *partition)
{
	for (size_t i = 0; i < partition->device_count; i++) {
		if (uart_is(model->tree, &model->devices[partition->devices[i]]))
			return true;
	}
	return false;
}

static const char *text_of(const struct model *model, const struct partition *partition, const char *property)
{
	return fdt_stringlist_get(model->tree, partition->node, property, 0, NULL);
}

/* What a policy needs, whether it is available or not. */
static void check_policies(const struct model *model, const struct partition *partition)
{
	static const char *const policies[] = {"on-fault", "on-reset", "on-watchdog"};
	size_t index = (size_t)(partition - model->partitions), supervisors = 0;
	const char *load = text_of(model, partition, "load");

	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		const char *policy = text_of(model, partition, policies[i]);

		if (policy != NULL && property_is(load, "in-place") &&
		    (strcmp(policy, "restart") == 0 || strncmp(policy, "restart ", 8) == 0))
			message_partition(model, partition, policies[i],
					  ": %s = \"%s\" needs a golden image, but load = \"in-place\" keeps none "
					  "(%s); change one of them",
					  policies[i], policy,
					  locate_property(model->tree, partition->node, "load").where);
	}
	for (size_t i = 0; i < model->partition_count; i++)
		supervisors += model->partitions[i].supervises >> index & 1;
	if (tree_has(model->tree, partition->node, "on-watchdog") && supervisors == 0)
		message_partition(model, partition, "on-watchdog",
				  ": on-watchdog needs a partition that `supervises` this one, for the hypervisor has "
				  "no timer; remove it");
}

static void check_partition(const struct model *model, const struct partition *partition)
{
	check_file(model, partition, "kernel", partition->kernel);
	check_file(model, partition, "ramdisk", partition->ramdisk);
	if (partition->dtb != NULL && strpbrk(partition->dtb, "./") != NULL)
		check_file(model, partition, "dtb", partition->dtb);
	if (!tree_has(model->tree, partition->node, "criticality"))
		message_warning(partition->location,
				"partition '%s' has no criticality; say \"QM\" or \"ASIL-A\" .. \"ASIL-D\"",
				partition->name);
	if (tree_has(model->tree, partition->node, "console") && !owns_uart(model, partition))
		message_partition(model, partition, "console",
				  " has console = \"device\", but owns no UART; name one in `access`");
	check_policies(model, partition);
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

		if (partition->bootargs != NULL && !partition->wants_tree && model->board.arch != PLAN_ARCH_X86)
			message_partition(
				model, partition, "bootargs", ": bootargs go into the device tree, but it gets none%s",
				partition->dtb != NULL ? " (dtb = \"none\"); remove one of them"
						       : ", being no Linux; remove them, or add dtb = \"auto\"");
	}
	check_aarch32(model);
}
