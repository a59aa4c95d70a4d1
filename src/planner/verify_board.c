/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's board: cores, memory, interrupt controller, console. Not here: its buses and devices (verify_tree.c). */
#include <string.h>

#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/verify_reader.h"
#include "planner/verify_x86.h"

#define BLOCK UINT64_C(0x200000)
#define TIMER_PHYSICAL 1u /* in the order of the arm,armv8-timer binding */
#define TIMER_VIRTUAL 2u

static void read_cores(struct verify_reader *reader)
{
	int cpus = fdt_path_offset(reader->tree.fdt, "/cpus"), node;

	fdt_for_each_subnode(node, reader->tree.fdt, cpus)
	{
		struct verify_cells reg = verify_tree_cells(&reader->tree, node, "reg");
		struct verify_cells release = verify_tree_cells(&reader->tree, node, "cpu-release-addr");
		size_t count = reader->core_count;

		if (!verify_reader_text_is(reader, node, "device_type", "cpu"))
			continue;
		reader->releases = memory_append(reader->releases, &count, sizeof(*reader->releases));
		reader->releases[count - 1] = verify_reader_text_is(reader, node, "enable-method", "spin-table")
						      ? verify_tree_number(&release, 0, 2)
						      : 0;
		*MEMORY_APPEND(reader->cores, reader->core_count) = verify_tree_number(&reg, 0, reg.count);
	}
}

static void add_memory(struct verify_reader *reader, uint64_t base, uint64_t end)
{
	if (base >= end)
		return;
	*MEMORY_APPEND(reader->memory, reader->memory_count) = (struct plan_range){base, end - base};
}

/* Takes the pages of [base, base + size) away: what is left of each range stays in its place. */
static void reserve(struct verify_reader *reader, uint64_t base, uint64_t size)
{
	struct plan_range *before = reader->memory;
	size_t count = reader->memory_count;
	uint64_t first = verify_page_down(base), last = verify_page_up(base + size);

	reader->memory = NULL;
	reader->memory_count = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t end = before[i].base + before[i].size;

		add_memory(reader, before[i].base, first < end ? first : end);
		add_memory(reader, last > before[i].base ? last : before[i].base, end);
	}
}

static void read_ranges(struct verify_reader *reader, int node, bool is_reserved)
{
	uint64_t base = 0, size = 0;
	bool reachable;

	for (size_t i = 0; verify_tree_range(&reader->tree, node, i, &base, &size, &reachable); i++) {
		if (size == 0)
			continue;
		if (!reachable)
			verify_reader_refuse(reader, node, "its memory cannot be followed");
		else if (is_reserved)
			reserve(reader, base, size);
		else
			add_memory(reader, verify_page_up(base), verify_page_down(base + size));
	}
}

/* How far the load address lies above the start of its RAM, from where loaders count whole blocks of 2 MiB. */
static uint64_t text_offset(const struct verify_reader *reader)
{
	uint64_t load = reader->claims.load_address, offset = load % BLOCK;

	for (size_t i = 0; i < reader->memory_count; i++) {
		const struct plan_range *ram = &reader->memory[i];
		uint64_t base = (ram->base + BLOCK - 1) / BLOCK * BLOCK;

		if (load >= base && load - ram->base < ram->size)
			offset = load - base;
	}
	return offset;
}

static void read_memory(struct verify_reader *reader)
{
	int reserved = fdt_path_offset(reader->tree.fdt, "/reserved-memory"), node;

	fdt_for_each_subnode(node, reader->tree.fdt, 0)
	{
		if (verify_reader_text_is(reader, node, "device_type", "memory") &&
		    verify_tree_is_enabled(&reader->tree, node))
			read_ranges(reader, node, false);
	}
	if (verify_tree_compatible(&reader->tree, VERIFY_TREE_IOAPIC) < 0)
		reader->claims.text_offset = text_offset(reader);
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
static void read_private(struct verify_reader *reader)
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
		    (verify_reader_has(reader, node, "status") &&
		     !verify_reader_text_is(reader, node, "status", "okay") &&
		     !verify_reader_text_is(reader, node, "status", "ok")))
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
static void add_controller(struct verify_reader *reader, int node)
{
	uint64_t base, size;
	bool reachable;

	for (size_t i = 0; verify_tree_range(&reader->tree, node, i, &base, &size, &reachable); i++) {
		if (!reachable)
			continue;
		*MEMORY_APPEND(reader->controllers, reader->controller_count) = (struct plan_range){base, size};
	}
}

/* The names of the arm,gic and arm,gic-v3 bindings (Linux, Documentation/devicetree/bindings/interrupt-controller). */
static int find_gic(const struct verify_reader *reader, uint32_t *version)
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

static bool read_apics(struct verify_reader *reader)
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

static bool read_gic(struct verify_reader *reader)
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

static void read_console(struct verify_reader *reader, int node)
{
	struct verify_cells console = verify_tree_cells(&reader->tree, node, "console");
	int uart = verify_tree_follow(&reader->tree, verify_tree_cell(&console, 0));
	uint64_t base, size;
	bool reachable;

	if (console.count == 0 || (uart >= 0 && verify_x86_console(&reader->tree, uart, &reader->claims.console)))
		return;
	if (uart < 0 || !verify_tree_range(&reader->tree, uart, 0, &base, &size, &reachable) || !reachable) {
		verify_reader_refuse(reader, node, "its console cannot be followed");
		return;
	}
	reader->claims.console = base;
	reader->claims.console_size = verify_page_up(base + size) - verify_page_down(base);
}

bool verify_board_read(struct verify_reader *reader)
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
	verify_reader_name(claims->board, name, end == NULL ? strlen(name) : (size_t)(end - name));
	claims->load_address = verify_tree_number(&load, 0, load.count);
	claims->pa_bits = verify_tree_cell(&bits, 0);
	read_cores(reader);
	claims->when_all_off = PLAN_ALL_OFF_PARK;
	if (reader->core_count > 0 && reader->releases[0] == 0 &&
	    fdt_subnode_offset(reader->tree.fdt, node, "qemu") >= 0 &&
	    (verify_tree_compatible(&reader->tree, VERIFY_TREE_IOAPIC) < 0 ||
	     verify_reader_has(reader, node, "power-off")))
		claims->when_all_off = PLAN_ALL_OFF_POWER_OFF;
	if (verify_reader_has(reader, node, "when-all-off"))
		claims->when_all_off = verify_reader_text_is(reader, node, "when-all-off", "power-off")
					       ? PLAN_ALL_OFF_POWER_OFF
					       : PLAN_ALL_OFF_PARK;
	read_memory(reader);
	if (reader->core_count == 0 || !read_gic(reader))
		return false;
	reader->devices = verify_devices_read(&reader->tree, reader->gic);
	if (reader->claims.gic != PLAN_GIC_NONE)
		read_private(reader);
	read_console(reader, node);
	return true;
}
