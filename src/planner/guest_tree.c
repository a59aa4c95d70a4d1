/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partition's device tree, node by node, and its place in the partition's memory. Not here: owned devices
 * (guest_device.c).
 */
#include "planner/guest_tree.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

#include "planner/guest_audit.h"
#include "planner/guest_file.h"
#include "planner/guest_writer.h"
#include "planner/layout.h"
#include "planner/load.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/nodes.h"
#include "planner/pmu.h"
#include "planner/read_parts.h"
#include "planner/tree.h"
#include "planner/uart.h"

#define ALL SIZE_MAX         /* partitions */
#define ROOM 0x10000u        /* for all nodes that are not the board's */
#define LINUX_BOOTARGS 2047u /* characters: arm64's COMMAND_LINE_SIZE, less the zero behind them */

static void header_write(struct guest *guest)
{
	guest_cell(guest, "#address-cells", 2);
	guest_cell(guest, "#size-cells", 2);
	guest_copy(guest, 0, "compatible");
	guest_copy(guest, 0, "model");
	guest_cell(guest, "interrupt-parent", guest->gic_phandle);
}

/* The number of the device among the partition's serial ports, as it names them; SIZE_MAX = it is none of them. */
static size_t serial_number(const struct guest *guest, const struct device *wanted)
{
	size_t number = 0;

	for (size_t i = 0; i < guest->partition->device_count; i++) {
		const struct device *device = &guest->model->devices[guest->partition->devices[i]];

		if (!uart_is(guest->model->tree, device))
			continue;
		if (device == wanted)
			return number;
		number++;
	}
	return SIZE_MAX;
}

/*
 * Serial ports are numbered from 0 in each partition, so that `console=ttyAMA0` is its own first one. Other devices
 * keep the board's aliases.
 */
static void aliases_write(struct guest *guest)
{
	const struct model *model = guest->model;
	int aliases = fdt_path_offset(model->tree, "/aliases"), property;
	unsigned int number = 0;

	guest_node(guest, "aliases");
	for (size_t i = 0; i < guest->partition->device_count; i++) {
		const struct device *device = &model->devices[guest->partition->devices[i]];

		if (uart_is(model->tree, device))
			guest_text(guest, memory_text("serial%u", number++),
				   guest_path(guest, nodes_find(model, device->node)));
	}
	fdt_for_each_property_offset(property, model->tree, aliases)
	{
		const char *name = NULL, *path = NULL;
		size_t node = NODES_NONE;

		if (fdt_getprop_by_offset(model->tree, property, &name, NULL) != NULL &&
		    strncmp(name, "serial", 6) != 0)
			path = fdt_stringlist_get(model->tree, aliases, name, 0, NULL);
		if (path != NULL)
			node = nodes_find(model, fdt_path_offset(model->tree, path));
		if (node != NODES_NONE && guest->keep[node] == GUEST_WHOLE)
			guest_text(guest, name, guest_path(guest, node));
	}
	guest_end(guest);
}

/* "serialN", with the options (":115200n8") of the board's own; NULL when the partition has no serial port. */
static const char *stdout_text(const struct guest *guest)
{
	const struct model *model = guest->model;
	int chosen = fdt_path_offset(model->tree, "/chosen"), length, target;
	const char *path = chosen < 0 ? NULL : fdt_stringlist_get(model->tree, chosen, "stdout-path", 0, NULL);
	size_t number = SIZE_MAX, node;

	if (path != NULL) {
		length = (int)strcspn(path, ":");
		target = fdt_path_offset_namelen(model->tree, path, length);
		node = target < 0 ? NODES_NONE : nodes_find(model, target);
		if (node != NODES_NONE && model->nodes[node].device >= 0)
			number = serial_number(guest, &model->devices[model->nodes[node].device]);
		path += length;
	}
	for (size_t i = 0; number == SIZE_MAX && i < guest->partition->device_count; i++)
		number = serial_number(guest, &model->devices[guest->partition->devices[i]]);
	return number == SIZE_MAX ? NULL : memory_text("serial%zu%s", number, path == NULL ? "" : path);
}

/* The owner of clocks and power that others depend on must not turn off what it does not use itself. */
static const char *bootargs_text(const struct partition *partition)
{
	static const char keep_on[] = "clk_ignore_unused pd_ignore_unused";

	if (!partition->provides || partition->bootargs == NULL)
		return partition->provides ? keep_on : partition->bootargs;
	return memory_text("%s %s", partition->bootargs, keep_on);
}

static void chosen_write(struct guest *guest)
{
	const struct partition *partition = guest->partition;
	const char *bootargs = bootargs_text(partition), *console = stdout_text(guest);

	guest_node(guest, "chosen");
	if (bootargs)
		guest_text(guest, "bootargs", bootargs);
	if (console)
		guest_text(guest, "stdout-path", console);
	for (size_t i = 0; i < partition->image_count; i++) {
		const struct image *image = &partition->images[i];

		if (image->kind == PLAN_IMAGE_RAMDISK) {
			guest_number(guest, "linux,initrd-start", image->base);
			guest_number(guest, "linux,initrd-end", image->base + image->size);
		}
	}
	guest_end(guest);
}

static void memory_write(struct guest *guest)
{
	for (size_t i = 0; i < guest->partition->memory_count; i++) {
		const struct window *window = &guest->partition->memory[i];
		struct range range = {window->base, window->size};

		guest_node(guest, memory_text("memory@%" PRIx64, window->base));
		guest_text(guest, "device_type", "memory");
		guest_ranges(guest, "reg", &range, 1);
		guest_end(guest);
	}
}

/* Virtual numbers as in plan_vcpu.virtual_id: 16 cores to a value of Aff1. */
static void cpus_write(struct guest *guest)
{
	guest_node(guest, "cpus");
	guest_cell(guest, "#address-cells", 1);
	guest_cell(guest, "#size-cells", 0);
	for (uint32_t i = 0; i < guest->partition->core_count; i++) {
		const struct core *core = &guest->model->cores[guest->partition->cores[i]];
		uint32_t id = (i & 15u) | (i >> 4 << 8);

		guest_node(guest, memory_text("cpu@%x", id));
		guest_text(guest, "device_type", "cpu");
		guest_copy(guest, core->node, "compatible");
		guest_cell(guest, "reg", id);
		guest_text(guest, "enable-method", "psci");
		guest_copy(guest, core->node, "capacity-dmips-mhz");
		guest_end(guest);
	}
	guest_end(guest);
}

static void psci_write(struct guest *guest)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	guest_node(guest, "psci");
	guest_bytes(guest, "compatible", compatible, sizeof(compatible));
	guest_text(guest, "method", "hvc");
	guest_end(guest);
}

/* Each core's own timer and monitor: the board's nodes, errata and all, less what refers to other nodes. */
static void private_write(struct guest *guest, int node, const char *name)
{
	const void *tree = guest->model->tree;
	const char *interrupts = read_interrupts_name(tree, node);
	int property;

	guest_node(guest, name);
	fdt_for_each_property_offset(property, tree, node)
	{
		const char *key = NULL;
		int size;
		const void *bytes = fdt_getprop_by_offset(tree, property, &key, &size);

		if (bytes != NULL && strcmp(key, interrupts) == 0)
			guest_copy_interrupts(guest, node);
		else if (bytes != NULL && strcmp(key, "interrupts") != 0 && !reference_find(key) &&
			 !strstr(key, "phandle"))
			guest_bytes(guest, key, bytes, (size_t)size);
	}
	guest_end(guest);
}

static void gic_write(struct guest *guest)
{
	const struct model *model = guest->model;
	const struct gic *gic = &model->board.gic;
	struct range registers[2];

	layout_gic_seen(gic, guest->partition->core_count, registers);
	guest_node(guest, memory_text("interrupt-controller@%" PRIx64, gic->distributor.base));
	guest_text(guest, "compatible", gic->version == PLAN_GIC_V2 ? "arm,gic-400" : "arm,gic-v3");
	guest_cell(guest, "#interrupt-cells", (uint32_t)guest_interrupt_cells(model));
	guest_flag(guest, "interrupt-controller");
	/* Rows of interrupt-maps hold as many cells as the board says here. */
	guest_cell(guest, "#address-cells", (uint32_t)tree_count(model->tree, gic->node, "#address-cells", 0));
	guest_ranges(guest, "reg", registers, sizeof(registers) / sizeof(registers[0]));
	guest_cell(guest, "phandle", guest->gic_phandle);
	guest_end(guest);
}

static void clocks_write(struct guest *guest)
{
	for (size_t i = 0; i < guest->clock_count; i++) {
		guest_node(guest, memory_text("clock-%u-hz", guest->clocks[i].rate));
		guest_text(guest, "compatible", "fixed-clock");
		guest_cell(guest, "#clock-cells", 0);
		guest_cell(guest, "clock-frequency", guest->clocks[i].rate);
		guest_cell(guest, "phandle", guest->clocks[i].phandle);
		guest_end(guest);
	}
}

static void nodes_write(struct guest *guest)
{
	const struct model *model = guest->model;
	const struct device *pmu = pmu_find(model);
	struct read_bus root = read_bus_root(model->tree);

	guest_node(guest, "");
	header_write(guest);
	aliases_write(guest);
	chosen_write(guest);
	memory_write(guest);
	cpus_write(guest);
	psci_write(guest);
	if (model->board.timer_node >= 0)
		private_write(guest, model->board.timer_node, "timer");
	if (pmu && pmu->owner != (int)guest->index)
		private_write(guest, pmu->node, "pmu");
	gic_write(guest);
	clocks_write(guest);
	guest_nodes(guest, &root);
	guest_end(guest);
}

/* The tree's bytes; NULL, reported, when there are none or they say what they must not. */
static void *tree_write(struct guest *guest)
{
	const char *bootargs = guest->partition->bootargs;
	size_t room = ROOM + 2 * fdt_totalsize(guest->model->tree) + (bootargs ? strlen(bootargs) : 0);
	size_t errors = message_errors();

	guest->tree = memory_zeroed(room, 1);
	guest->error = fdt_create(guest->tree, (int)room);
	if (guest->error == 0)
		guest->error = fdt_finish_reservemap(guest->tree);
	if (guest->error == 0)
		nodes_write(guest);
	if (guest->error == 0)
		guest->error = fdt_finish(guest->tree);
	if (guest->error != 0)
		message_error(guest->partition->location, "cannot write the device tree of partition '%s': %s",
			      guest->partition->name, fdt_strerror(guest->error));
	else
		guest_audit(guest->model, guest->index, guest->tree, false);
	return message_errors() == errors ? guest->tree : NULL;
}

static void tree_load(struct partition *partition, void *tree)
{
	uint64_t base = load_find(partition, fdt_totalsize(tree));

	if (base == UINT64_MAX) {
		message_error(partition->location,
			      "no room for a device tree of %u bytes in the memory of partition '%s'; enlarge 'memory'",
			      fdt_totalsize(tree), partition->name);
		return;
	}
	load_add(partition, (struct image){.kind = PLAN_IMAGE_DTB,
					   .file = "device tree",
					   .location = partition->location,
					   .data = tree,
					   .size = fdt_totalsize(tree),
					   .base = base});
	partition->argument = base;
}

static bool has_file(const struct partition *partition)
{
	return partition->dtb && strcmp(partition->dtb, "auto") != 0 && strcmp(partition->dtb, "none") != 0;
}

/* What each partition keeps, of which one is `wanted`, or all. Whose clocks others depend on is known only after it. */
static struct guest *prune_all(struct model *model, size_t wanted)
{
	struct guest *guests = memory_zeroed(model->partition_count, sizeof(*guests));

	for (size_t i = 0; i < model->partition_count; i++) {
		struct partition *partition = &model->partitions[i];

		guests[i] = (struct guest){.model = model, .partition = partition, .index = i};
		guests[i].is_judged = wanted == ALL || wanted == i;
		guests[i].has_tree = wanted == i || (wanted == ALL && partition->wants_tree && !has_file(partition));
		guest_prune(&guests[i]);
	}
	return guests;
}

/* What is longer Linux cuts off without a word. */
static void check_bootargs(const struct model *model, const struct partition *partition)
{
	const char *text = bootargs_text(partition);

	if (partition->is_linux && text != NULL && strlen(text) > LINUX_BOOTARGS)
		message_partition(model, partition, "bootargs", ": bootargs have %zu characters; %u are the most",
				  strlen(text), LINUX_BOOTARGS);
}

void guest_tree_build(struct model *model)
{
	size_t errors = message_errors();
	struct guest *guests = model->board.arch == PLAN_ARCH_X86 ? NULL : prune_all(model, ALL);

	for (size_t i = 0; guests != NULL && i < model->partition_count && message_errors() == errors; i++) {
		void *tree = guests[i].has_tree ? tree_write(&guests[i]) : NULL;

		check_bootargs(model, guests[i].partition);
		if (has_file(guests[i].partition))
			tree = guest_file_read(model, i);
		if (tree)
			tree_load(guests[i].partition, tree);
	}
}

void *guest_tree_alone(struct model *model, size_t partition)
{
	size_t errors = message_errors();
	struct guest *guests;

	if (has_file(&model->partitions[partition]))
		return guest_file_read(model, partition);
	guests = prune_all(model, partition);
	return message_errors() == errors ? tree_write(&guests[partition]) : NULL;
}
