/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's nodes and properties that say who owns what. Not here: the board's buses (verify_tree.c). */
#include "planner/verify_config.h"

#include <stdlib.h>
#include <string.h>

#include "planner/dtc.h"
#include "planner/file.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"
#include "planner/verify_device.h"
#include "planner/verify_images.h"
#include "planner/verify_tree.h"
#include "planner/verify_x86.h"

#define PAGE UINT64_C(4096)
#define TIMER_PHYSICAL 1u /* in the order of the arm,armv8-timer binding */
#define TIMER_VIRTUAL 2u

/* The claims while they grow. */
struct reader {
	struct verify_tree tree;
	int gic;
	struct verify_claims claims;
	uint64_t *cores, *releases;
	struct verify_claim_partition *partitions;
	struct plan_range *memory;
	struct verify_claim_window *windows;
	struct verify_claim_interrupt *interrupts;
	struct plan_range *controllers;
	struct verify_claim_ports *ports;
	struct verify_claim_function *functions;
	struct verify_devices devices;
	size_t core_count, partition_count, memory_count, window_count, interrupt_count, controller_count, port_count;
	size_t function_count;
	struct verify_images images;
	const char *file;
	int *nodes; /* of partitions */
	size_t node_count;
};

static void refuse(const struct reader *reader, int node, const char *what)
{
	const char *name = fdt_get_name(reader->tree.fdt, node, NULL);

	message_error(locate_node(reader->tree.fdt, node), "verify: %s: %s", name == NULL || *name == '\0' ? "/" : name,
		      what);
}

static bool has(const struct reader *reader, int node, const char *name)
{
	return fdt_getprop(reader->tree.fdt, node, name, NULL) != NULL;
}

static bool text_is(const struct reader *reader, int node, const char *name, const char *text)
{
	return fdt_stringlist_search(reader->tree.fdt, node, name, text) == 0;
}

/* ---- the board ---------------------------------------------------------------------------------------------------- */

static void read_cores(struct reader *reader)
{
	int cpus = fdt_path_offset(reader->tree.fdt, "/cpus"), node;

	fdt_for_each_subnode(node, reader->tree.fdt, cpus)
	{
		struct verify_cells reg = verify_tree_cells(&reader->tree, node, "reg");
		struct verify_cells release = verify_tree_cells(&reader->tree, node, "cpu-release-addr");
		size_t count = reader->core_count;

		if (!text_is(reader, node, "device_type", "cpu"))
			continue;
		reader->releases = memory_append(reader->releases, &count, sizeof(*reader->releases));
		reader->releases[count - 1] =
			text_is(reader, node, "enable-method", "spin-table") ? verify_tree_number(&release, 0, 2) : 0;
		reader->cores = memory_append(reader->cores, &reader->core_count, sizeof(*reader->cores));
		reader->cores[reader->core_count - 1] = verify_tree_number(&reg, 0, reg.count);
	}
}

static void add_memory(struct reader *reader, uint64_t base, uint64_t end)
{
	if (base >= end)
		return;
	reader->memory = memory_append(reader->memory, &reader->memory_count, sizeof(*reader->memory));
	reader->memory[reader->memory_count - 1] = (struct plan_range){base, end - base};
}

/* Takes the pages of [base, base + size) away: what is left of each range stays in its place. */
static void reserve(struct reader *reader, uint64_t base, uint64_t size)
{
	struct plan_range *before = reader->memory;
	size_t count = reader->memory_count;
	uint64_t first = base & ~(PAGE - 1), last = (base + size + PAGE - 1) & ~(PAGE - 1);

	reader->memory = NULL;
	reader->memory_count = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t end = before[i].base + before[i].size;

		add_memory(reader, before[i].base, first < end ? first : end);
		add_memory(reader, last > before[i].base ? last : before[i].base, end);
	}
}

static void read_ranges(struct reader *reader, int node, bool is_reserved)
{
	uint64_t base = 0, size = 0;
	bool reachable;

	for (size_t i = 0; verify_tree_range(&reader->tree, node, i, &base, &size, &reachable); i++) {
		if (size == 0)
			continue;
		if (!reachable)
			refuse(reader, node, "its memory cannot be followed");
		else if (is_reserved)
			reserve(reader, base, size);
		else
			add_memory(reader, (base + PAGE - 1) & ~(PAGE - 1), (base + size) & ~(PAGE - 1));
	}
}

static void read_memory(struct reader *reader)
{
	int reserved = fdt_path_offset(reader->tree.fdt, "/reserved-memory"), node;

	fdt_for_each_subnode(node, reader->tree.fdt, 0)
	{
		if (text_is(reader, node, "device_type", "memory"))
			read_ranges(reader, node, false);
	}
	for (int i = 0; i < fdt_num_mem_rsv(reader->tree.fdt); i++) {
		uint64_t base, size;

		if (fdt_get_mem_rsv(reader->tree.fdt, i, &base, &size) == 0)
			reserve(reader, base, size);
	}
	if (reserved < 0)
		return;
	fdt_for_each_subnode(node, reader->tree.fdt, reserved)
	{
		read_ranges(reader, node, true);
	}
}

/* Every partition has the timers of its cores, and their performance monitors where the board has them. */
static void read_private(struct reader *reader)
{
	int timer = verify_tree_compatible(&reader->tree, "arm,armv8-timer"), depth = 0, node = 0;
	struct verify_interrupt interrupt;

	for (size_t i = TIMER_PHYSICAL; i <= TIMER_VIRTUAL; i++) {
		if (timer >= 0 &&
		    verify_tree_interrupt(&reader->tree, timer, reader->gic, i, &interrupt) == VERIFY_FOUND)
			reader->claims.private_interrupts |= UINT32_C(1) << (interrupt.id % 32);
	}
	for (; node >= 0 && depth >= 0; node = fdt_next_node(reader->tree.fdt, node, &depth)) {
		const char *name = fdt_stringlist_get(reader->tree.fdt, node, "compatible", 0, NULL);
		const char *end = name == NULL ? NULL : strstr(name, "-pmu");

		if (end == NULL || strncmp(name, "arm,", 4) != 0 ||
		    (strcmp(end, "-pmu") != 0 && strcmp(end, "-pmuv3") != 0) ||
		    (has(reader, node, "status") && !text_is(reader, node, "status", "okay") &&
		     !text_is(reader, node, "status", "ok")))
			continue;
		if (verify_tree_interrupt(&reader->tree, node, reader->gic, 1, &interrupt) == VERIFY_END &&
		    verify_tree_interrupt(&reader->tree, node, reader->gic, 0, &interrupt) == VERIFY_FOUND &&
		    interrupt.id < 32) {
			reader->claims.private_interrupts |= UINT32_C(1) << interrupt.id;
			break;
		}
	}
}

/* All registers of the node belong to the interrupt controller: nobody's, whatever `access` says. */
static void add_controller(struct reader *reader, int node)
{
	uint64_t base, size;
	bool reachable;

	for (size_t i = 0; verify_tree_range(&reader->tree, node, i, &base, &size, &reachable); i++) {
		if (!reachable)
			continue;
		reader->controllers =
			memory_append(reader->controllers, &reader->controller_count, sizeof(*reader->controllers));
		reader->controllers[reader->controller_count - 1] = (struct plan_range){base, size};
	}
}

/* The names of the arm,gic and arm,gic-v3 bindings (Linux, Documentation/devicetree/bindings/interrupt-controller). */
static int find_gic(const struct reader *reader, uint32_t *version)
{
	static const char *const names[] = {"arm,gic-v3",        "arm,gic-400",       "arm,cortex-a15-gic",
					    "arm,cortex-a7-gic", "arm,cortex-a9-gic", "qcom,msm-qgic2"};
	int node = -1;

	for (size_t i = 0; node < 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		node = verify_tree_compatible(&reader->tree, names[i]);
		*version = i == 0 ? PLAN_GIC_V3 : PLAN_GIC_V2;
	}
	return node;
}

static bool read_apics(struct reader *reader)
{
	int node = fdt_path_offset(reader->tree.fdt, "/bulkhead");

	reader->gic = verify_tree_compatible(&reader->tree, VERIFY_TREE_IOAPIC);
	reader->claims.gic = PLAN_GIC_NONE;
	if (reader->gic >= 0 && verify_x86_read(&reader->tree, node, reader->gic, &reader->claims)) {
		add_controller(reader, reader->gic);
		add_controller(reader, verify_tree_compatible(&reader->tree, VERIFY_TREE_LAPIC));
		return true;
	}
	message_error(locate_whole(), "verify: no interrupt controller that can be followed");
	return false;
}

static bool read_gic(struct reader *reader)
{
	struct verify_claims *claims = &reader->claims;
	uint64_t size;
	bool reachable, right;

	reader->gic = find_gic(reader, &claims->gic);
	if (reader->gic < 0)
		return read_apics(reader);
	right = verify_tree_range(&reader->tree, reader->gic, 0, &claims->gicd, &size, &reachable) && reachable &&
		verify_tree_range(&reader->tree, reader->gic, 1, &claims->gicr, &claims->gicr_size, &reachable) &&
		reachable;
	if (right)
		add_controller(reader, reader->gic);
	for (int its = verify_tree_compatible(&reader->tree, "arm,gic-v3-its"); its >= 0;
	     its = fdt_node_offset_by_compatible(reader->tree.fdt, its, "arm,gic-v3-its"))
		add_controller(reader, its);
	if (!right)
		message_error(locate_whole(), "verify: no interrupt controller that can be followed");
	return right;
}

static void read_console(struct reader *reader, int node)
{
	struct verify_cells console = verify_tree_cells(&reader->tree, node, "console");
	int uart = verify_tree_follow(&reader->tree, verify_tree_cell(&console, 0));
	uint64_t base, size;
	bool reachable;

	if (console.count == 0 || (uart >= 0 && verify_x86_console(&reader->tree, uart, &reader->claims.console)))
		return;
	if (uart < 0 || !verify_tree_range(&reader->tree, uart, 0, &base, &size, &reachable) || !reachable) {
		refuse(reader, node, "its console cannot be followed");
		return;
	}
	reader->claims.console = base;
	reader->claims.console_size = ((base % PAGE) + size + PAGE - 1) & ~(PAGE - 1);
}

static void copy_name(char to[PLAN_NAME], const char *from, size_t length)
{
	memcpy(to, from, length < PLAN_NAME - 1 ? length : PLAN_NAME - 1);
}

static bool read_hypervisor(struct reader *reader)
{
	const char *path = getenv("BULKHEAD_ELF"), *refusal;

	if (path == NULL || *path == '\0')
		path = memory_text("%s/bulkhead-%s.elf", read_build_folder(), reader->claims.board);
	refusal = verify_images_hypervisor(&reader->images, path);
	if (refusal != NULL)
		message_error(locate_whole(), "verify: the hypervisor %s: %s", path, refusal);
	return refusal == NULL;
}

static bool read_board(struct reader *reader)
{
	struct verify_claims *claims = &reader->claims;
	int node = fdt_path_offset(reader->tree.fdt, "/bulkhead");
	struct verify_cells load = verify_tree_cells(&reader->tree, node, "load-address");
	struct verify_cells bits = verify_tree_cells(&reader->tree, node, "pa-bits");
	const char *name, *end;

	if (node < 0) {
		message_error(locate_whole(), "verify: the board has no node /bulkhead");
		return false;
	}
	name = fdt_stringlist_get(reader->tree.fdt, node, "board", 0, NULL);
	name = name == NULL ? locate_node(reader->tree.fdt, node).where : name;
	end = strstr(name, ".dtsi");
	copy_name(claims->board, name, end == NULL ? strlen(name) : (size_t)(end - name));
	claims->load_address = verify_tree_number(&load, 0, load.count);
	claims->pa_bits = verify_tree_cell(&bits, 0);
	read_cores(reader);
	claims->when_all_off = PLAN_ALL_OFF_PARK;
	if (reader->core_count > 0 && reader->releases[0] == 0 &&
	    fdt_subnode_offset(reader->tree.fdt, node, "qemu") >= 0 &&
	    (verify_tree_compatible(&reader->tree, VERIFY_TREE_IOAPIC) < 0 || has(reader, node, "power-off")))
		claims->when_all_off = PLAN_ALL_OFF_POWER_OFF;
	if (has(reader, node, "when-all-off"))
		claims->when_all_off =
			text_is(reader, node, "when-all-off", "power-off") ? PLAN_ALL_OFF_POWER_OFF : PLAN_ALL_OFF_PARK;
	read_memory(reader);
	if (reader->core_count == 0 || !read_gic(reader))
		return false;
	reader->devices = verify_devices_read(&reader->tree, reader->gic);
	if (reader->claims.gic != PLAN_GIC_NONE)
		read_private(reader);
	read_console(reader, node);
	return read_hypervisor(reader);
}

/* ---- partitions --------------------------------------------------------------------------------------------------- */

static void add_window(struct reader *reader, struct verify_claim_window window)
{
	reader->windows = memory_append(reader->windows, &reader->window_count, sizeof(*reader->windows));
	reader->windows[reader->window_count - 1] = window;
}

static void read_own_cores(struct reader *reader, int node, struct verify_claim_partition *partition)
{
	struct verify_cells cpus = verify_tree_cells(&reader->tree, node, "cpus");

	for (size_t i = 0; i < cpus.count && i < PLAN_MAX_CORES; i++) {
		int core = verify_tree_follow(&reader->tree, verify_tree_cell(&cpus, i));
		struct verify_cells reg = verify_tree_cells(&reader->tree, core, "reg");

		partition->cores[partition->core_count++] = verify_tree_number(&reg, 0, reg.count);
	}
}

static void read_own_memory(struct reader *reader, int node, uint16_t index)
{
	struct verify_cells memory = verify_tree_cells(&reader->tree, node, "memory");

	for (size_t i = 0; i + 4 <= memory.count; i += 4) {
		uint64_t base = verify_tree_number(&memory, i, 2);

		add_window(reader, (struct verify_claim_window){.base = base,
								.pa = base,
								.size = verify_tree_number(&memory, i + 2, 2),
								.partition = index,
								.kind = PLAN_WINDOW_RAM,
								.fixed = has(reader, node, "direct-map")});
	}
}

/* How far `device-map` moves the registers of the device whose phandle this is, whose first lie at `base`. */
static uint64_t moved_by(const struct reader *reader, int node, uint32_t phandle, uint64_t base)
{
	struct verify_cells map = verify_tree_cells(&reader->tree, node, "device-map");

	for (size_t i = 0; i + 3 <= map.count; i += 3) {
		if (verify_tree_cell(&map, i) == phandle)
			return verify_tree_number(&map, i + 1, 2) - base;
	}
	return 0;
}

static void add_interrupt(struct reader *reader, uint16_t index, struct verify_interrupt interrupt)
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
static const char *guest_path(const struct reader *reader, const char *name)
{
	const char *slash = strrchr(reader->file, '/');
	int length = slash == NULL ? 0 : (int)(slash + 1 - reader->file);
	const char *beside = memory_text("%.*s%s", length, reader->file, name);

	if (*name == '/' || file_exists(beside))
		return *name == '/' ? name : beside;
	return memory_text("%s/%s", read_build_folder(), name);
}

static void read_images(struct reader *reader, int node, uint16_t index)
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
		.is_aarch32 = text_is(reader, node, "execution-state", "aarch32"),
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
		refuse(reader, node, memory_text("%s %s", name, refusal));
	/* Linux has one unless told otherwise, others only when told so */
	if (reader->claims.gic == PLAN_GIC_NONE) {
		partition->has_tree = true; /* a start block */
		verify_images_reset(&reader->images, index);
	} else if (has(reader, node, "dtb")) {
		partition->has_tree = !text_is(reader, node, "dtb", "none");
	}
}

static bool is_controllers(const struct reader *reader, const struct plan_range *range)
{
	for (size_t i = 0; i < reader->controller_count; i++) {
		if (reader->controllers[i].base < range->base + range->size &&
		    range->base < reader->controllers[i].base + reader->controllers[i].size)
			return true;
	}
	return false;
}

/* Registers in whole pages, and interrupts that are not each core's own. */
static void give_device(struct reader *reader, int partition, uint16_t index, struct verify_device *device)
{
	uint32_t phandle = fdt_get_phandle(reader->tree.fdt, device->node);
	uint64_t moved = 0;

	device->owner = index;
	for (size_t i = 0; i < device->range_count; i++) {
		uint64_t base = device->ranges[i].base, size = device->ranges[i].size;

		moved = i == 0 ? moved_by(reader, partition, phandle, base) : moved;
		add_window(reader, (struct verify_claim_window){.base = (base + moved) & ~(PAGE - 1),
								.pa = base & ~(PAGE - 1),
								.size = ((base % PAGE) + size + PAGE - 1) & ~(PAGE - 1),
								.partition = index,
								.kind = PLAN_WINDOW_DEVICE,
								.fixed = 1});
	}
	for (size_t i = 0; i < device->port_count; i++)
		*MEMORY_APPEND(reader->ports, reader->port_count) = (struct verify_claim_ports){
			(uint32_t)device->ports[i].base, (uint32_t)device->ports[i].size, index};
	if (device->is_function)
		*MEMORY_APPEND(reader->functions, reader->function_count) =
			(struct verify_claim_function){device->function, index};
	for (size_t i = 0; i < device->interrupt_count; i++) {
		if (device->interrupts[i].id >= 32)
			add_interrupt(reader, index, device->interrupts[i]);
	}
}

static void read_access(struct reader *reader, uint16_t index)
{
	int node = reader->nodes[index];
	struct verify_cells access = verify_tree_cells(&reader->tree, node, "access");

	for (size_t i = 0; i < access.count; i++) {
		int named = verify_tree_follow(&reader->tree, verify_tree_cell(&access, i));
		struct verify_device *device = verify_devices_find(&reader->devices, named);

		if (device == NULL) {
			refuse(reader, node, "access names what is no device, or nobody's");
			continue;
		}
		if (device->lost != NULL)
			refuse(reader, device->node, device->lost);
		for (size_t j = 0; j < device->range_count; j++) {
			if (is_controllers(reader, &device->ranges[j]))
				refuse(reader, device->node,
				       "it is the interrupt controller's, which no partition may have");
		}
		give_device(reader, node, index, device);
	}
}

static bool is_excepted(const struct reader *reader, int taker, int device)
{
	struct verify_cells except = verify_tree_cells(&reader->tree, taker, "except");
	bool found = false;

	for (size_t i = 0; i < except.count; i++)
		found = found || verify_tree_follow(&reader->tree, verify_tree_cell(&except, i)) == device;
	return found;
}

/* One partition gets what no other one names: once it is known who names what. */
static void read_take(struct reader *reader)
{
	size_t taker = reader->node_count;

	for (size_t i = 0; i < reader->node_count; i++) {
		if (!has(reader, reader->nodes[i], "take"))
			continue;
		if (taker != reader->node_count || !text_is(reader, reader->nodes[i], "take", "everything"))
			refuse(reader, reader->nodes[i], "its `take` is none that verify knows, or not the only one");
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

static void read_partition(struct reader *reader, uint16_t index)
{
	static const char *const beyond[] = {"smc-allow", "supervises"};
	struct verify_claim_partition *partition = &reader->partitions[index];
	int node = reader->nodes[index];
	struct verify_cells observes = verify_tree_cells(&reader->tree, node, "observes");
	const char *name = fdt_get_name(reader->tree.fdt, node, NULL);

	copy_name(partition->name, name, strlen(name));
	partition->wfi_trap = text_is(reader, node, "wfi", "trap");
	partition->observes = UINT64_C(1) << index;
	for (size_t i = 0; i < observes.count; i++) {
		int other = verify_tree_follow(&reader->tree, verify_tree_cell(&observes, i));

		for (size_t j = 0; j < reader->node_count; j++)
			partition->observes |= reader->nodes[j] == other ? UINT64_C(1) << j : 0;
	}
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		if (has(reader, node, beyond[i]))
			refuse(reader, node, memory_text("'%s' gives rights that verify cannot read yet", beyond[i]));
	}
	read_own_cores(reader, node, partition);
	read_own_memory(reader, node, index);
	read_images(reader, node, index);
	if (reader->claims.gic == PLAN_GIC_V2)
		add_window(reader,
			   (struct verify_claim_window){.base = reader->claims.gicr,
							.pa = reader->claims.gicr,
							.size = (reader->claims.gicr_size + PAGE - 1) & ~(PAGE - 1),
							.partition = index,
							.kind = PLAN_WINDOW_INTERFACE,
							.fixed = 1});
	read_access(reader, index);
}

static void read_partitions(struct reader *reader)
{
	int domains = fdt_path_offset(reader->tree.fdt, "/domains"), node;

	fdt_for_each_subnode(node, reader->tree.fdt, domains)
	{
		if (fdt_node_check_compatible(reader->tree.fdt, node, "bulkhead,partition") != 0) {
			refuse(reader, node, "it is no partition, and verify cannot read it yet");
			continue;
		}
		reader->nodes = memory_append(reader->nodes, &reader->node_count, sizeof(*reader->nodes));
		reader->nodes[reader->node_count - 1] = node;
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

const struct verify_claims *verify_config_read(const char *file, const char *const *folders, size_t folder_count)
{
	struct reader *reader = memory_zeroed(1, sizeof(*reader));
	struct verify_claims *claims = &reader->claims;
	const void *tree;

	reader->file = file;
	locate_file(file);
	tree = dtc_compile(file, folders, folder_count);
	if (tree == NULL)
		return NULL;
	reader->tree = verify_tree_open(tree);
	if (!read_board(reader))
		return NULL;
	read_partitions(reader);
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
