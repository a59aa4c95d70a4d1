/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partition's device tree, node by node, and its place in the partition's memory. Not here: owned devices
 * (guest_device.c).
 */
#include "planner/guest_tree.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

#include "planner/guest_writer.h"
#include "planner/layout.h"
#include "planner/load.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/pmu.h"
#include "planner/tree.h"

#define ROOM 0x10000u /* for all nodes that are not the board's */

static void header_write(struct guest_writer *writer)
{
	guest_cell(writer, "#address-cells", 2);
	guest_cell(writer, "#size-cells", 2);
	guest_copy(writer, 0, "compatible");
	guest_copy(writer, 0, "model");
	guest_cell(writer, "interrupt-parent", fdt_get_phandle(writer->model->tree, writer->model->board.gic.node));
}

/* Serial ports are numbered from 0 in each partition, so that `console=ttyAMA0` is its own first one. */
static void aliases_write(struct guest_writer *writer)
{
	unsigned int number = 0;

	guest_node(writer, "aliases");
	for (size_t i = 0; i < writer->partition->device_count; i++) {
		const struct device *device = &writer->model->devices[writer->partition->devices[i]];

		if (guest_is_serial(device))
			guest_text(writer, memory_text("serial%u", number++),
				   memory_text("/%s", guest_device_name(writer->model, device)));
	}
	guest_end(writer);
}

static void chosen_write(struct guest_writer *writer)
{
	const struct partition *partition = writer->partition;

	guest_node(writer, "chosen");
	if (partition->bootargs)
		guest_text(writer, "bootargs", partition->bootargs);
	for (size_t i = 0; i < partition->device_count; i++) {
		if (guest_is_serial(&writer->model->devices[partition->devices[i]])) {
			guest_text(writer, "stdout-path", "serial0");
			break;
		}
	}
	for (size_t i = 0; i < partition->image_count; i++) {
		const struct image *image = &partition->images[i];

		if (image->kind == PLAN_IMAGE_RAMDISK) {
			guest_number(writer, "linux,initrd-start", image->base);
			guest_number(writer, "linux,initrd-end", image->base + image->size);
		}
	}
	guest_end(writer);
}

static void memory_write(struct guest_writer *writer)
{
	for (size_t i = 0; i < writer->partition->memory_count; i++) {
		const struct window *window = &writer->partition->memory[i];
		struct range range = {window->base, window->size};

		guest_node(writer, memory_text("memory@%" PRIx64, window->base));
		guest_text(writer, "device_type", "memory");
		guest_ranges(writer, "reg", &range, 1);
		guest_end(writer);
	}
}

/* Virtual numbers as in plan_vcpu.virtual_id: 16 cores to a value of Aff1. */
static void cpus_write(struct guest_writer *writer)
{
	guest_node(writer, "cpus");
	guest_cell(writer, "#address-cells", 1);
	guest_cell(writer, "#size-cells", 0);
	for (uint32_t i = 0; i < writer->partition->core_count; i++) {
		const struct core *core = &writer->model->cores[writer->partition->cores[i]];
		uint32_t id = (i & 15u) | (i >> 4 << 8);

		guest_node(writer, memory_text("cpu@%x", id));
		guest_text(writer, "device_type", "cpu");
		guest_copy(writer, core->node, "compatible");
		guest_cell(writer, "reg", id);
		guest_text(writer, "enable-method", "psci");
		guest_copy(writer, core->node, "capacity-dmips-mhz");
		guest_end(writer);
	}
	guest_end(writer);
}

static void psci_write(struct guest_writer *writer)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	guest_node(writer, "psci");
	guest_bytes(writer, "compatible", compatible, sizeof(compatible));
	guest_text(writer, "method", "hvc");
	guest_end(writer);
}

/* Each core's own timer and monitor: the board's nodes, errata and all, less what refers to other nodes. */
static void private_write(struct guest_writer *writer, int node, const char *name)
{
	const void *tree = writer->model->tree;
	int property;

	guest_node(writer, name);
	fdt_for_each_property_offset(property, tree, node)
	{
		const char *key;
		int size;
		const void *bytes = fdt_getprop_by_offset(tree, property, &key, &size);

		if (strcmp(key, "interrupt-parent") != 0 && strcmp(key, "interrupt-affinity") != 0 &&
		    !strstr(key, "phandle"))
			guest_bytes(writer, key, bytes, (size_t)size);
	}
	guest_end(writer);
}

static void gic_write(struct guest_writer *writer)
{
	const struct gic *gic = &writer->model->board.gic;
	struct range registers[2];

	layout_gic_seen(gic, writer->partition->core_count, registers);
	guest_node(writer, memory_text("interrupt-controller@%" PRIx64, gic->distributor.base));
	guest_text(writer, "compatible", gic->version == PLAN_GIC_V2 ? "arm,gic-400" : "arm,gic-v3");
	guest_cell(writer, "#interrupt-cells", guest_interrupt_cells(writer->model));
	guest_flag(writer, "interrupt-controller");
	guest_cell(writer, "#address-cells", 0);
	guest_ranges(writer, "reg", registers, sizeof(registers) / sizeof(registers[0]));
	guest_cell(writer, "phandle", fdt_get_phandle(writer->model->tree, gic->node));
	guest_end(writer);
}

static void nodes_write(struct guest_writer *writer)
{
	const struct device *pmu = pmu_find(writer->model);

	guest_node(writer, "");
	header_write(writer);
	aliases_write(writer);
	chosen_write(writer);
	memory_write(writer);
	cpus_write(writer);
	psci_write(writer);
	private_write(writer, writer->model->board.timer_node, "timer");
	if (pmu)
		private_write(writer, pmu->node, "pmu");
	gic_write(writer);
	guest_devices(writer);
	guest_end(writer);
}

/* The tree's bytes; NULL, reported, when there are none. */
static void *tree_write(const struct model *model, const struct partition *partition)
{
	size_t room = ROOM + fdt_totalsize(model->tree) + (partition->bootargs ? strlen(partition->bootargs) : 0);
	struct guest_writer writer = {memory_zeroed(room, 1), 0, model, partition};
	size_t errors = message_errors();

	writer.error = fdt_create(writer.tree, (int)room);
	if (writer.error == 0)
		writer.error = fdt_finish_reservemap(writer.tree);
	if (writer.error == 0)
		nodes_write(&writer);
	if (writer.error == 0)
		writer.error = fdt_finish(writer.tree);
	if (writer.error != 0)
		message_error(partition->location, "cannot write the device tree of partition '%s': %s",
			      partition->name, fdt_strerror(writer.error));
	return message_errors() == errors ? writer.tree : NULL;
}

static void partition_tree(const struct model *model, struct partition *partition)
{
	void *tree = tree_write(model, partition);
	struct image *image;
	uint64_t base;

	if (!tree)
		return;
	base = load_find(partition, fdt_totalsize(tree));
	if (base == UINT64_MAX) {
		message_error(partition->location,
			      "no room for a device tree of %u bytes in the memory of partition '%s'; enlarge 'memory'",
			      fdt_totalsize(tree), partition->name);
		return;
	}
	image = load_add(partition, PLAN_IMAGE_DTB);
	image->file = "device tree";
	image->location = partition->location;
	image->data = tree;
	image->size = fdt_totalsize(tree);
	image->base = base;
	partition->argument = base;
}

void guest_tree_build(struct model *model)
{
	for (size_t i = 0; i < model->partition_count; i++) {
		struct partition *partition = &model->partitions[i];

		if (partition->dtb_given ? partition->wants_dtb : partition->is_linux)
			partition_tree(model, partition);
	}
}
