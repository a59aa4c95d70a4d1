/* SPDX-License-Identifier: Apache-2.0 */
/* `bulkhead tree`: a look at what a partition boots with. Not here: making it (guest_tree.c). */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "planner/check_parts.h"
#include "planner/dtc.h"
#include "planner/file.h"
#include "planner/guest_tree.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"
#include "planner/suggest.h"

/* The partition's index; reports that there is none of that name. */
static size_t find_partition(const struct model *model, const char *name)
{
	const char **names = memory_zeroed(model->partition_count + 1, sizeof(*names));

	for (size_t i = 0; i < model->partition_count; i++) {
		names[i] = model->partitions[i].name;
		if (strcmp(names[i], name) == 0)
			return i;
	}
	message_error((struct location){0}, "there is no partition '%s' in %s%s", name, message_base_name(model->file),
		      model->partition_count == 0 ? "" : suggest_text(name, names, model->partition_count));
	return SIZE_MAX;
}

static bool write_source(void *tree)
{
	const char *source = dtc_decompile(tree, fdt_totalsize(tree));

	if (source != NULL)
		fputs(source, stdout);
	return source != NULL;
}

static bool write_flattened(const void *tree, FILE *stream)
{
	return fwrite(tree, fdt_totalsize(tree), 1, stream) == 1;
}

int guest_tree_show(const char *file, const char *partition, const char *output)
{
	struct model model;
	size_t index;
	void *tree;

	if (!read_description(&model, file) || message_errors() != 0)
		return 1;
	index = find_partition(&model, partition);
	if (index == SIZE_MAX)
		return 1;
	if (model.board.arch == PLAN_ARCH_X86) {
		message_error((struct location){0},
			      "partitions of %s have no device tree: on x86 guests get ACPI tables",
			      message_base_name(file));
		return 1;
	}
	if (model.board.gic.version == PLAN_GIC_NONE) {
		message_error((struct location){0}, "%s has no interrupt controller that is known (a GICv2 or GICv3)",
			      message_base_name(file));
		return 1;
	}
	for (size_t i = 0; i < model.partitions[index].device_count; i++)
		check_device_is_there(&model, &model.partitions[index],
				      &model.devices[model.partitions[index].devices[i]]);
	tree = message_errors() == 0 ? guest_tree_alone(&model, index) : NULL;
	if (tree == NULL)
		return 1;
	return (output == NULL ? write_source(tree) : file_write(output, write_flattened, tree)) ? 0 : 1;
}
