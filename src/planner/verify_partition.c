/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's partitions: who has what of the board. Not here: what there is (verify_board.c). */
#include <string.h>

#include "planner/file.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"
#include "planner/verify_reader.h"

static void add_window(struct verify_reader *reader, struct verify_claim_window window)
{
	*MEMORY_APPEND(reader->windows, reader->window_count) = window;
}

static void read_own_cores(struct verify_reader *reader, int node, struct verify_claim_partition *partition)
{
	struct verify_cells cpus = verify_tree_cells(&reader->tree, node, "cpus");

	for (size_t i = 0; i < cpus.count && i < PLAN_MAX_CORES; i++) {
		int core = verify_tree_follow(&reader->tree, verify_tree_cell(&cpus, i));
		struct verify_cells reg = verify_tree_cells(&reader->tree, core, "reg");

		partition->cores[partition->core_count++] = verify_tree_number(&reg, 0, reg.count);
	}
}

static void read_own_memory(struct verify_reader *reader, int node, uint16_t index)
{
	struct verify_cells memory = verify_tree_cells(&reader->tree, node, "memory");

	for (size_t i = 0; i + 4 <= memory.count; i += 4) {
		uint64_t base = verify_tree_number(&memory, i, 2);

		add_window(reader,
			   (struct verify_claim_window){.base = base,
							.pa = base,
							.size = verify_tree_number(&memory, i + 2, 2),
							.partition = index,
							.kind = PLAN_WINDOW_RAM,
							.fixed = verify_reader_has(reader, node, "direct-map")});
	}
}

/* How far `device-map` moves the registers of the device whose phandle this is, whose first lie at `base`. */
static uint64_t moved_by(const struct verify_reader *reader, int node, uint32_t phandle, uint64_t base)
{
	struct verify_cells map = verify_tree_cells(&reader->tree, node, "device-map");

	for (size_t i = 0; i + 3 <= map.count; i += 3) {
		if (verify_tree_cell(&map, i) == phandle)
			return verify_tree_number(&map, i + 1, 2) - base;
	}
	return 0;
}

static void add_interrupt(struct verify_reader *reader, uint16_t index, struct verify_interrupt interrupt)
{
	size_t at = 0;

	while (at < reader->interrupt_count &&
	       (reader->interrupts[at].id != interrupt.id || reader->interrupts[at].partition != index))
		at++;
	if (at == reader->interrupt_count)
		reader->interrupts =
			memory_append(reader->interrupts, &reader->interrupt_count, sizeof(*reader->interrupts));
	/* two devices that share one: the planner goes by the last */
	reader->interrupts[at] = (struct verify_claim_interrupt){(uint16_t)interrupt.id, index, interrupt.edge};
}

/* Where the file of a guest lies: absolute, beside the configuration, or in the build folder. */
static const char *guest_path(const struct verify_reader *reader, const char *name)
{
	const char *slash = strrchr(reader->file, '/');
	int length = slash == NULL ? 0 : (int)(slash + 1 - reader->file);
	const char *beside = memory_text("%.*s%s", length, reader->file, name);

	if (*name == '/' || file_exists(beside))
		return *name == '/' ? name : beside;
	return memory_text("%s/%s", read_build_folder(), name);
}

static void read_images(struct verify_reader *reader, int node, uint16_t index)
{
	struct verify_claim_partition *partition = &reader->partitions[index];
	const char *name = fdt_stringlist_get(reader->tree.fdt, node, "kernel", 0, NULL);
	const char *ramdisk = fdt_stringlist_get(reader->tree.fdt, node, "ramdisk", 0, NULL);
	struct verify_cells load = verify_tree_cells(&reader->tree, node, "load-address");
	struct verify_cells entry = verify_tree_cells(&reader->tree, node, "entry");
	struct verify_kernel kernel = {
		.partition = index,
		.has_load = load.count != 0,
		.has_entry = entry.count != 0,
		.load = verify_tree_number(&load, 0, load.count),
		.entry = verify_tree_number(&entry, 0, entry.count),
		.is_aarch32 = verify_reader_text_is(reader, node, "execution-state", "aarch32"),
	};
	const char *refusal = NULL;

	if (name != NULL) {
		kernel.path = guest_path(reader, name);
		refusal = verify_images_kernel(&reader->images, &kernel, partition);
	}
	if (refusal == NULL && ramdisk != NULL) {
		name = ramdisk;
		refusal = verify_images_ramdisk(&reader->images, guest_path(reader, name), index);
	}
	if (refusal != NULL)
		verify_reader_refuse(reader, node, memory_text("%s %s", name, refusal));
	/* Linux has one unless told otherwise, others only when told so */
	if (reader->claims.gic == PLAN_GIC_NONE) {
		partition->has_tree = true; /* a start block */
		verify_images_reset(&reader->images, index);
	} else if (verify_reader_has(reader, node, "dtb")) {
		partition->has_tree = !verify_reader_text_is(reader, node, "dtb", "none");
	}
}

static bool is_controllers(const struct verify_reader *reader, const struct plan_range *range)
{
	for (size_t i = 0; i < reader->controller_count; i++) {
		if (reader->controllers[i].base < range->base + range->size &&
		    range->base < reader->controllers[i].base + reader->controllers[i].size)
			return true;
	}
	return false;
}

/* Registers in whole pages, and interrupts that are not each core's own. */
static void give_device(struct verify_reader *reader, int partition, uint16_t index, struct verify_device *device)
{
	uint32_t phandle = fdt_get_phandle(reader->tree.fdt, device->node);
	uint64_t moved = 0;

	device->owner = index;
	for (size_t i = 0; i < device->range_count; i++) {
		uint64_t base = device->ranges[i].base, size = device->ranges[i].size;

		moved = i == 0 ? moved_by(reader, partition, phandle, base) : moved;
		add_window(reader,
			   (struct verify_claim_window){.base = verify_page_down(base + moved),
							.pa = verify_page_down(base),
							.size = verify_page_up(base + size) - verify_page_down(base),
							.partition = index,
							.kind = PLAN_WINDOW_DEVICE,
							.fixed = 1});
	}
	for (size_t i = 0; i < device->port_count; i++)
		*MEMORY_APPEND(reader->ports, reader->port_count) = (struct verify_claim_ports){
			(uint32_t)device->ports[i].base, (uint32_t)device->ports[i].size, index};
	if (device->is_function)
		*MEMORY_APPEND(reader->functions, reader->function_count) =
			(struct verify_claim_function){device->function, index, device->messages, device->table};
	for (size_t i = 0; i < device->interrupt_count; i++) {
		if (device->interrupts[i].id >= 32)
			add_interrupt(reader, index, device->interrupts[i]);
	}
}

static void read_access(struct verify_reader *reader, uint16_t index)
{
	int node = reader->nodes[index];
	struct verify_cells access = verify_tree_cells(&reader->tree, node, "access");

	for (size_t i = 0; i < access.count; i++) {
		int named = verify_tree_follow(&reader->tree, verify_tree_cell(&access, i));
		struct verify_device *device = verify_devices_find(&reader->devices, named);

		if (device == NULL) {
			verify_reader_refuse(reader, node, "access names what is no device, or nobody's");
			continue;
		}
		if (device->lost != NULL)
			verify_reader_refuse(reader, device->node, device->lost);
		for (size_t j = 0; j < device->range_count; j++) {
			if (is_controllers(reader, &device->ranges[j]))
				verify_reader_refuse(reader, device->node,
						     "it is the interrupt controller's, which no partition may have");
		}
		give_device(reader, node, index, device);
	}
}

static bool is_excepted(const struct verify_reader *reader, int taker, int device)
{
	struct verify_cells except = verify_tree_cells(&reader->tree, taker, "except");
	bool found = false;

	for (size_t i = 0; i < except.count; i++)
		found = found || verify_tree_follow(&reader->tree, verify_tree_cell(&except, i)) == device;
	return found;
}

/* One partition gets what no other one names: once it is known who names what. */
static void read_take(struct verify_reader *reader)
{
	size_t taker = reader->node_count;

	for (size_t i = 0; i < reader->node_count; i++) {
		if (!verify_reader_has(reader, reader->nodes[i], "take"))
			continue;
		if (taker != reader->node_count ||
		    !verify_reader_text_is(reader, reader->nodes[i], "take", "everything"))
			verify_reader_refuse(reader, reader->nodes[i],
					     "its `take` is none that verify knows, or not the only one");
		taker = i;
	}
	for (size_t i = 0; taker != reader->node_count && i < reader->devices.count; i++) {
		struct verify_device *device = &reader->devices.devices[i];
		bool is_taken = verify_device_is_taken(&reader->devices, device, (uint16_t)taker) &&
				!is_excepted(reader, reader->nodes[taker], device->node);

		for (size_t j = 0; j < device->range_count; j++)
			is_taken = is_taken && !is_controllers(reader, &device->ranges[j]);
		if (is_taken)
			give_device(reader, reader->nodes[taker], (uint16_t)taker, device);
	}
}

static void read_partition(struct verify_reader *reader, uint16_t index)
{
	static const char *const beyond[] = {"smc-allow", "supervises"};
	struct verify_claim_partition *partition = &reader->partitions[index];
	int node = reader->nodes[index];
	struct verify_cells observes = verify_tree_cells(&reader->tree, node, "observes");
	const char *name = fdt_get_name(reader->tree.fdt, node, NULL);

	verify_reader_name(partition->name, name, strlen(name));
	partition->wfi_trap = verify_reader_text_is(reader, node, "wfi", "trap");
	partition->observes = UINT64_C(1) << index;
	for (size_t i = 0; i < observes.count; i++) {
		int other = verify_tree_follow(&reader->tree, verify_tree_cell(&observes, i));

		for (size_t j = 0; j < reader->node_count; j++)
			partition->observes |= reader->nodes[j] == other ? UINT64_C(1) << j : 0;
	}
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		if (verify_reader_has(reader, node, beyond[i]))
			verify_reader_refuse(reader, node,
					     memory_text("'%s' gives rights that verify cannot read yet", beyond[i]));
	}
	read_own_cores(reader, node, partition);
	read_own_memory(reader, node, index);
	read_images(reader, node, index);
	if (reader->claims.gic == PLAN_GIC_V2)
		add_window(reader, (struct verify_claim_window){.base = reader->claims.gicr,
								.pa = reader->claims.gicr,
								.size = verify_page_up(reader->claims.gicr_size),
								.partition = index,
								.kind = PLAN_WINDOW_INTERFACE,
								.fixed = 1});
	read_access(reader, index);
}

void verify_partitions_read(struct verify_reader *reader)
{
	int domains = fdt_path_offset(reader->tree.fdt, "/domains"), node;

	fdt_for_each_subnode(node, reader->tree.fdt, domains)
	{
		if (fdt_node_check_compatible(reader->tree.fdt, node, "bulkhead,partition") != 0) {
			verify_reader_refuse(reader, node, "it is no partition, and verify cannot read it yet");
			continue;
		}
		*MEMORY_APPEND(reader->nodes, reader->node_count) = node;
	}
	if (reader->node_count == 0 || reader->node_count > PLAN_MAX_PARTITIONS) {
		message_error(locate_whole(), "verify: it has %zu partitions", reader->node_count);
		return;
	}
	reader->partitions = memory_zeroed(reader->node_count, sizeof(*reader->partitions));
	reader->partition_count = reader->node_count;
	for (size_t i = 0; i < reader->node_count; i++)
		read_partition(reader, (uint16_t)i);
	read_take(reader);
}
