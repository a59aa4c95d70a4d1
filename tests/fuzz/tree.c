/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flattened trees through every pass of the planner, the image included; dtc and disks stay out of it. What an intact
 * planner makes, the verifier calls intact. Bytes behind the tree are the content of guest images that are neither ELF nor
 * Linux.
 */
#include "planner/emit.c" /* for its steps: only the file is not written */

#include <libfdt.h>

#include "mutate.h"
#include "plan/check/verify.h"
#include "planner/build.h"
#include "planner/verify_text.h"
#include "stand_in.h"

#define IMAGE_MOST (UINT64_C(64) << 20)
#define ROOM 4096u /* for a mutation to make the tree larger */
#define ENDLESS_LOOP 0x14000000u
#define MACHINE_AARCH64 183u
#define MACHINE_ARM 40u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

struct input {
	const uint8_t *data;
	size_t size;
	struct model model;
	uint8_t *image;
	size_t image_size;
};

static struct input *input;

/* ---- the files that a system names ---- */

static void put(uint8_t *at, uint64_t value, size_t width)
{
	for (size_t i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* An executable with a page of text, one of constants and two of data, as ELF's 64-bit form has it. */
static const uint8_t *executable(uint64_t address, size_t *size)
{
	static uint8_t elf[0x400];
	static const uint64_t flags[] = {5, 4, 6};

	memset(elf, 0, sizeof(elf));
	memcpy(elf,
	       "\x7f"
	       "ELF\2\1\1",
	       7);
	put(elf + 16, 2, 2);
	put(elf + 18, MACHINE_AARCH64, 2);
	put(elf + 20, 1, 4);
	put(elf + 24, address, 8);
	put(elf + 32, 64, 8);
	put(elf + 52, 64, 2);
	put(elf + 54, 56, 2);
	put(elf + 56, 3, 2);
	for (size_t i = 0; i < 3; i++) {
		uint8_t *segment = elf + 64 + 56 * i;

		put(segment, 1, 4);
		put(segment + 4, flags[i], 4);
		put(segment + 8, 0x200 + i * 0x80, 8);
		put(segment + 16, address + i * PAGE_SIZE, 8);
		put(segment + 24, address + i * PAGE_SIZE, 8);
		put(segment + 32, 0x80, 8);
		put(segment + 40, i == 2 ? 0x1800 : 0x80, 8);
		put(segment + 48, 8, 8);
	}
	put(elf + 0x200, ENDLESS_LOOP, 4);
	memcpy(elf + 0x200 + 56, "ARM\x64", 4);
	*size = sizeof(elf);
	return elf;
}

/* The same for AArch32, one segment. */
static const uint8_t *executable32(uint32_t address, size_t *size)
{
	static uint8_t elf[0x100];

	memset(elf, 0, sizeof(elf));
	memcpy(elf,
	       "\x7f"
	       "ELF\1\1\1",
	       7);
	put(elf + 16, 2, 2);
	put(elf + 18, MACHINE_ARM, 2);
	put(elf + 20, 1, 4);
	put(elf + 24, address, 4);
	put(elf + 28, 52, 4);
	put(elf + 36, 0x05000000, 4);
	put(elf + 40, 52, 2);
	put(elf + 42, 32, 2);
	put(elf + 44, 1, 2);
	put(elf + 52, 1, 4);
	put(elf + 56, 0x80, 4);
	put(elf + 60, address, 4);
	put(elf + 64, address, 4);
	put(elf + 68, 0x80, 4);
	put(elf + 72, 0x1000, 4);
	put(elf + 76, 7, 4);
	put(elf + 80, 4, 4);
	*size = sizeof(elf);
	return elf;
}

static const uint8_t *linux_kernel(size_t *size)
{
	static uint8_t kernel[0x400];

	put(kernel, ENDLESS_LOOP, 4);
	put(kernel + 16, 0x20000, 8);
	put(kernel + 24, 0xa, 8);
	memcpy(kernel + 56, "ARM\x64", 4);
	*size = sizeof(kernel);
	return kernel;
}

static size_t tree_size(const uint8_t *data, size_t size)
{
	return size >= sizeof(struct fdt_header) && fdt_totalsize(data) <= size ? fdt_totalsize(data) : size;
}

static const uint8_t *other_file(size_t *size)
{
	size_t tree = tree_size(input->data, input->size);

	*size = input->size - tree;
	return input->data + tree;
}

const uint8_t *stand_in_file(const char *path, size_t *size)
{
	const char *name = message_base_name(path);

	if (strcmp(path, "system.dtb") == 0) {
		*size = input->size;
		return input->data;
	}
	if (input->image != NULL && strcmp(path, "image") == 0) {
		*size = input->image_size;
		return input->image;
	}
	if (strncmp(name, "bulkhead-", 9) == 0)
		return executable(input->model.board.load_address, size);
	if (strstr(name, "32") != NULL)
		return executable32(0x40000000, size);
	if (strstr(name, ".elf") != NULL)
		return executable(0x40000000, size);
	if (strncmp(name, "Image", 5) == 0)
		return linux_kernel(size);
	return strncmp(name, "missing", 7) == 0 ? NULL : other_file(size);
}

/* ---- the passes ---- */

#define CONSOLE_MOST 0x10000u /* bytes of registers: the verifier takes what goes on behind them for something else */

static struct verify verify;

static void image_check(const struct emission *emission)
{
	FILE *stream;

	if (emission->file_size > IMAGE_MOST)
		return;
	input->image_size = emission->file_size;
	input->image = memory_zeroed(input->image_size, 1);
	stream = fmemopen(input->image, input->image_size, "r+b");
	if (stream == NULL || !image_write(emission, stream) || fclose(stream) != 0)
		abort();
	if (emission->layout.console_size > CONSOLE_MOST)
		return;
	verify_image(&verify, input->image, input->image_size, NULL);
	for (uint32_t i = 0; i < verify.kept; i++)
		fprintf(stderr, "%s\n", verify_text(&verify, &verify.violations[i]));
	if (verify.violation_count != 0)
		abort();
}

static void plan_tree(void *context)
{
	struct emission emission = {.model = &input->model};

	(void)context;
	if (!build_check("system.dtb", &input->model))
		return;
	emission.layout.elf = &emission.elf;
	if (hypervisor_read(&emission) && sizes_settle(&emission) && memory_build(&emission))
		image_check(&emission);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stand_in_start();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input current = {.data = data, .size = size};

	if (size < sizeof(struct fdt_header) || fdt_magic(data) != FDT_MAGIC)
		return 0; /* a source: dtc's work */
	input = &current;
	stand_in_run(plan_tree, NULL);
	return 0;
}

/* ---- mutations of nodes and properties ---- */

struct place {
	int node, property; /* offsets; property -1: the node has none */
};

static struct place place_choose(const void *tree, uint64_t *state)
{
	struct place place = {0, -1};
	int nodes = 0, properties = 0, at;

	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL)) {
		nodes++;
		if (mutate_random(state) % (uint64_t)nodes == 0)
			place.node = node;
	}
	fdt_for_each_property_offset(at, tree, place.node)
	{
		properties++;
		if (mutate_random(state) % (uint64_t)properties == 0)
			place.property = at;
	}
	return place;
}

static void property_mutate(void *tree, struct place place, uint64_t *state)
{
	const char *name;
	int length;
	uint8_t *value = (uint8_t *)(uintptr_t)fdt_getprop_by_offset(tree, place.property, &name, &length);
	uint32_t cell;
	size_t slot;

	if (value == NULL || length < 4) {
		if (value != NULL && length > 0)
			value[0] ^= (uint8_t)(1u << mutate_random(state) % 8u);
		return;
	}
	slot = mutate_random(state) % (size_t)(length / 4) * 4;
	cell = fdt32_ld((const fdt32_t *)(const void *)(value + slot));
	fdt32_st(value + slot, (uint32_t)mutate_number(state, cell));
}

/* The property of one place into the node of another, under its own name or that one's. */
static void property_copy(void *tree, struct place to, struct place from, uint64_t *state)
{
	const char *name, *other;
	uint8_t copy[512];
	int length;
	const void *value = fdt_getprop_by_offset(tree, from.property, &name, &length);

	if (value == NULL || (size_t)length > sizeof(copy))
		return;
	memcpy(copy, value, (size_t)length);
	if (to.property >= 0 && mutate_random(state) % 2u == 0 &&
	    fdt_getprop_by_offset(tree, to.property, &other, NULL) != NULL)
		name = other;
	if (mutate_random(state) % 4u == 0) /* shorter, longer */
		length = (int)((mutate_random(state) % 2u == 0 ? (size_t)length / 2 : (size_t)length * 2) %
			       sizeof(copy));
	(void)fdt_setprop(tree, to.node, memory_text("%s", name), copy, length);
}

static void property_add(void *tree, int node, uint64_t *state)
{
	static const char *const names[] = {
		"cpus",
		"memory",
		"access",
		"device-map",
		"kernel",
		"ramdisk",
		"bootargs",
		"dtb",
		"entry",
		"load-address",
		"take",
		"except",
		"supervises",
		"on-watchdog",
		"execution-state",
		"direct-map",
		"load",
		"wfi",
		"observes",
		"criticality",
		"reg",
		"ranges",
		"interrupts",
		"interrupt-parent",
		"interrupts-extended",
		"interrupt-map",
		"interrupt-map-mask",
		"#address-cells",
		"#size-cells",
		"#interrupt-cells",
		"status",
		"compatible",
		"dma-ranges",
		"iommus",
		"phandle",
		"spare-interrupts",
		"interrupt-controller",
		"device_type",
		"no-map",
		"enable-method",
		"console",
		"physical-address-bits",
	};
	fdt32_t cells[8];
	size_t count = mutate_random(state) % 9u;

	for (size_t i = 0; i < count; i++)
		fdt32_st(&cells[i], (uint32_t)mutate_number(state, 1));
	(void)fdt_setprop(tree, node, names[mutate_random(state) % (sizeof(names) / sizeof(names[0]))], cells,
			  (int)(count * sizeof(cells[0])));
}

static void tree_mutate(void *tree, uint64_t *state)
{
	struct place place = place_choose(tree, state);

	switch (mutate_random(state) % 16u) {
	case 0:
		if (place.node != 0)
			(void)fdt_del_node(tree, place.node);
		break;
	case 1:
		(void)fdt_add_subnode(tree, place.node, mutate_random(state) % 2u == 0 ? "another" : "another@1000");
		break;
	case 2: {
		const char *name;

		if (place.property >= 0 && fdt_getprop_by_offset(tree, place.property, &name, NULL) != NULL)
			(void)fdt_delprop(tree, place.node, name);
		break;
	}
	case 3:
	case 4:
		property_add(tree, place.node, state);
		break;
	case 5:
	case 6:
	case 7: {
		struct place from = place_choose(tree, state);

		if (from.property >= 0)
			property_copy(tree, place, from, state);
		break;
	}
	default:
		if (place.property >= 0)
			property_mutate(tree, place, state);
		break;
	}
}

struct mutation {
	uint8_t *data;
	size_t size, max_size;
	uint64_t state;
};

static void mutation_run(void *context)
{
	struct mutation *mutation = context;
	size_t tree = tree_size(mutation->data, mutation->size), tail = mutation->size - tree;
	uint8_t *copy = memory_zeroed(mutation->size + 2 * ROOM, 1);

	if (fdt_open_into(mutation->data, copy, (int)(tree + ROOM)) != 0)
		return;
	for (uint64_t count = 1u + mutate_random(&mutation->state) % 3u; count != 0; count--)
		tree_mutate(copy, &mutation->state);
	if (fdt_pack(copy) != 0 || fdt_totalsize(copy) + tail > mutation->max_size)
		return;
	memcpy(copy + fdt_totalsize(copy), mutation->data + tree, tail);
	mutation->size = fdt_totalsize(copy) + tail;
	memcpy(mutation->data, copy, mutation->size);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct mutation mutation = {data, size, max_size, seed + 1u};

	if (mutate_random(&mutation.state) % 16u == 0 || size < sizeof(struct fdt_header) ||
	    fdt_check_full(data, size) != 0)
		return LLVMFuzzerMutate(data, size, max_size);
	stand_in_run(mutation_run, &mutation);
	return mutation.size;
}
