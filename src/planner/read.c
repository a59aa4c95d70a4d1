/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first pass, and the folders that files are sought in. Not here: the nodes (read_machine.c, read_device.c,
 * read_board.c, read_partition.c).
 */
#include "planner/read.h"

#include <errno.h>
#include <libfdt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "planner/dtc.h"
#include "planner/file.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_parts.h"

#define DEPTH_MOST 62 /* of nodes below the root; Linux leaves out what lies deeper (its drivers/of/fdt.c) */

static const char **folders;
static size_t folder_count;

void read_add_folder(const char *folder)
{
	*MEMORY_APPEND(folders, folder_count) = folder;
}

static const char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	return slash == path ? "/" : memory_text("%.*s", (int)(slash - path), path);
}

const char *read_build_folder(void)
{
	const char *given = getenv("BULKHEAD_BUILD");
	char path[PATH_MAX];
	ssize_t length;

	if (given != NULL && *given != '\0')
		return given;
	length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (length < 0) {
		message_error((struct location){0},
			      "cannot find my own folder (/proc/self/exe: %s); set BULKHEAD_BUILD", strerror(errno));
		exit(1);
	}
	path[length] = '\0';
	return folder_of(memory_text("%s", path));
}

char *read_path(const struct model *model, const char *name)
{
	char *path;

	if (*name == '/')
		return file_exists(name) ? memory_text("%s", name) : NULL;
	path = memory_text("%s/%s", folder_of(model->file), name);
	if (file_exists(path))
		return path;
	path = memory_text("%s/%s", read_build_folder(), name);
	return file_exists(path) ? path : NULL;
}

const char *read_boards_folder(void)
{
	const char *given = getenv("BULKHEAD_BOARDS");

	return given != NULL && *given != '\0' ? given : memory_text("%s/../config/boards", read_build_folder());
}

/* Boards lie in the source tree; build/vendor has the decompiled trees of vendors. */
static void add_usual_folders(void)
{
	read_add_folder(read_boards_folder());
	read_add_folder(read_build_folder());
}

/* A flattened tree, perhaps cut short or damaged; or NULL, reported. */
static void *check_flattened(const struct file *file)
{
	int result = fdt_check_full(file->data, file->size);

	if (result != 0) {
		message_error(locate_whole(), "not a whole devicetree: %s; make it anew from its source",
			      fdt_strerror(result));
		return NULL;
	}
	return file->data;
}

static void *load_tree(const char *name)
{
	struct file file = file_read(name);

	if (file.data == NULL) {
		message_error((struct location){0}, "cannot read %s: %s", name,
			      errno == EISDIR ? "it is not a file" : strerror(errno));
		return NULL;
	}
	if (file.size >= sizeof(fdt32_t) && fdt32_ld((const fdt32_t *)(const void *)file.data) == FDT_MAGIC)
		return check_flattened(&file);
	add_usual_folders();
	return dtc_compile(name, folders, folder_count);
}

/*
 * A board's file is no whole source: compiles one in memory that includes nothing but the board. Made without
 * MFD_CLOEXEC: dtc inherits it and opens it by its number.
 */
static void *load_board(const char *file)
{
	char path[PATH_MAX];
	int wrapper = realpath(file, path) == NULL ? -1 : memfd_create("board", 0);

	if (wrapper < 0 || dprintf(wrapper, "/dts-v1/;\n/include/ \"%s\"\n", path) < 0) {
		message_error((struct location){0}, "cannot read %s: %s", file, strerror(errno));
		return NULL;
	}
	add_usual_folders();
	return dtc_compile(memory_text("/proc/self/fd/%d", wrapper), folders, folder_count);
}

/* The passes go down a tree by recursion. */
static bool check_depth(const void *tree)
{
	int depth = 0;

	for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(tree, node, &depth)) {
		if (depth > DEPTH_MOST) {
			message_error(locate_node(tree, node),
				      "nodes lie in each other too deep for Linux, too: at most %d can", DEPTH_MOST);
			return false;
		}
	}
	return true;
}

/* What exists; what keeps the hypervisor from running there is reported unless `any_board` will do. */
static bool read_hardware(struct model *model, const char *file, bool is_board, bool any_board)
{
	*model = (struct model){.file = file};
	locate_file(file);
	model->tree = is_board ? load_board(file) : load_tree(file);
	if (model->tree == NULL || !check_depth(model->tree))
		return false;
	read_machine(model);
	if (!any_board)
		read_machine_report(model);
	read_devices(model);
	return true;
}

bool read_description(struct model *model, const char *file)
{
	size_t length = strlen(file);

	if (!read_hardware(model, file, length > 5 && strcmp(file + length - 5, ".dtsi") == 0, true))
		return false;
	if (fdt_path_offset(model->tree, "/domains") >= 0)
		read_partitions(model);
	return true;
}

bool read_board_alone(struct model *model, const char *file)
{
	if (!read_hardware(model, file, true, false))
		return false;
	read_board(model);
	return true;
}

bool read_model(struct model *model, const char *file)
{
	if (!read_hardware(model, file, false, false))
		return false;
	read_board(model);
	read_partitions(model);
	return true;
}
