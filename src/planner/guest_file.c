/* SPDX-License-Identifier: Apache-2.0 */
/* A partition's own device tree. Not here: its place in memory (guest_tree.c). */
#include "planner/guest_file.h"

#include <errno.h>
#include <libfdt.h>
#include <string.h>

#include "planner/file.h"
#include "planner/guest_audit.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"

#define ROOM 256u /* for /chosen and the names of its properties */

/* The first error, or 0. */
static int fill_chosen(void *tree, const struct partition *partition)
{
	int chosen = fdt_path_offset(tree, "/chosen"), error = 0;

	if (chosen == -FDT_ERR_NOTFOUND)
		chosen = fdt_add_subnode(tree, 0, "chosen");
	if (chosen < 0)
		return chosen;
	if (partition->bootargs)
		error = fdt_setprop(tree, chosen, "bootargs", partition->bootargs,
				    (int)strlen(partition->bootargs) + 1);
	for (size_t i = 0; error == 0 && i < partition->image_count; i++) {
		const struct image *image = &partition->images[i];

		if (image->kind != PLAN_IMAGE_RAMDISK)
			continue;
		error = fdt_setprop_u64(tree, chosen, "linux,initrd-start", image->base);
		if (error == 0)
			error = fdt_setprop_u64(tree, chosen, "linux,initrd-end", image->base + image->size);
	}
	return error;
}

void *guest_file_read(const struct model *model, size_t index)
{
	const struct partition *partition = &model->partitions[index];
	const char *path = read_path(model, partition->dtb);
	struct file file = {0};
	size_t room;
	void *tree;
	int error;

	errno = ENOENT;
	if (path)
		file = file_read(path);
	if (!file.data) {
		message_partition(model, partition, "dtb", ": cannot read %s: %s", partition->dtb, strerror(errno));
		return NULL;
	}
	room = file.size + ROOM + (partition->bootargs ? strlen(partition->bootargs) : 0);
	tree = memory_zeroed(room, 1);
	error = fdt_check_full(file.data, file.size);
	if (error == 0)
		error = fdt_open_into(file.data, tree, (int)room);
	if (error == 0)
		error = fill_chosen(tree, partition);
	if (error == 0)
		error = fdt_pack(tree);
	if (error == 0) {
		size_t errors = message_errors();

		guest_audit(model, index, tree, true);
		return message_errors() == errors ? tree : NULL;
	}
	message_partition(model, partition, "dtb", ": %s is not a whole flattened device tree: %s; compile it by dtc",
			  partition->dtb, fdt_strerror(error));
	return NULL;
}
