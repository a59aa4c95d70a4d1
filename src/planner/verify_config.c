/* SPDX-License-Identifier: Apache-2.0 */
/* Makes claims of what a configuration says. Not here: what its nodes say (verify_board.c, verify_partition.c). */
#include "planner/verify_config.h"

#include <stdlib.h>
#include <string.h>

#include "planner/dtc.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"
#include "planner/verify_reader.h"

void verify_reader_refuse(const struct verify_reader *reader, int node, const char *what)
{
	const char *name = fdt_get_name(reader->tree.fdt, node, NULL);

	message_error(locate_node(reader->tree.fdt, node), "verify: %s: %s", name == NULL || *name == '\0' ? "/" : name,
		      what);
}

bool verify_reader_has(const struct verify_reader *reader, int node, const char *name)
{
	return fdt_getprop(reader->tree.fdt, node, name, NULL) != NULL;
}

bool verify_reader_text_is(const struct verify_reader *reader, int node, const char *name, const char *text)
{
	return fdt_stringlist_search(reader->tree.fdt, node, name, text) == 0;
}

void verify_reader_name(char to[PLAN_NAME], const char *from, size_t length)
{
	memcpy(to, from, length < PLAN_NAME - 1 ? length : PLAN_NAME - 1);
}

static bool read_hypervisor(struct verify_reader *reader)
{
	const char *path = getenv("BULKHEAD_ELF"), *refusal;

	if (path == NULL || *path == '\0')
		path = memory_text("%s/bulkhead-%s.elf", read_build_folder(), reader->claims.board);
	refusal = verify_images_hypervisor(&reader->images, path);
	if (refusal != NULL)
		message_error(locate_whole(), "verify: the hypervisor %s: %s", path, refusal);
	return refusal == NULL;
}

const struct verify_claims *verify_config_read(const char *file, const char *const *folders, size_t folder_count)
{
	struct verify_reader *reader = memory_zeroed(1, sizeof(*reader));
	struct verify_claims *claims = &reader->claims;
	const void *tree;

	reader->file = file;
	locate_file(file);
	tree = dtc_compile(file, folders, folder_count);
	if (tree == NULL)
		return NULL;
	reader->tree = verify_tree_open(tree);
	if (!verify_board_read(reader) || !read_hypervisor(reader))
		return NULL;
	verify_partitions_read(reader);
	claims->core_count = (uint32_t)reader->core_count;
	claims->partition_count = (uint32_t)reader->partition_count;
	claims->memory_count = (uint32_t)reader->memory_count;
	claims->window_count = (uint32_t)reader->window_count;
	claims->interrupt_count = (uint32_t)reader->interrupt_count;
	claims->cores = reader->cores;
	claims->releases = reader->releases;
	claims->partitions = reader->partitions;
	claims->memory = reader->memory;
	claims->windows = reader->windows;
	claims->interrupts = reader->interrupts;
	claims->controllers = reader->controllers;
	claims->controller_count = (uint32_t)reader->controller_count;
	claims->ports = reader->ports;
	claims->port_count = (uint32_t)reader->port_count;
	claims->functions = reader->functions;
	claims->function_count = (uint32_t)reader->function_count;
	claims->images = reader->images.images;
	claims->image_count = (uint32_t)reader->images.image_count;
	claims->segments = reader->images.segments;
	claims->segment_count = (uint32_t)reader->images.segment_count;
	return message_errors() == 0 ? claims : NULL;
}
