/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the parts of a board that belong to the hypervisor or are dealt out by it: cores, RAM, firmware, timer,
 * interrupt controller. Not here: devices (read_device.c), the node `bulkhead` (read_board.c).
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "planner/align.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_bus.h"
#include "planner/read_parts.h"
#include "planner/x86/machine.h"

/* Affinity fields of MPIDR_EL1 (Arm DDI 0487, D17.2.101): all else in a core's `reg` is a mistake. */
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)
#define GICV2_CORES 8u
#define DISTRIBUTOR_SIZE UINT64_C(0x10000)
#define REDISTRIBUTOR_SIZE UINT64_C(0x20000) /* RD_base and SGI_base: Arm IHI 0069, 12.10 */
#define TIMER_PHYSICAL 1u /* order of the arm,armv8-timer binding: secure, physical, virtual, hypervisor */
#define TIMER_VIRTUAL 2u

void read_shortfall(struct board *board, struct location location, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	*MEMORY_APPEND(board->shortfalls, board->shortfall_count) =
		(struct shortfall){location, memory_text_list(format, arguments)};
	va_end(arguments);
}

static bool has_type(const void *tree, int node, const char *type)
{
	return fdt_stringlist_search(tree, node, "device_type", type) == 0;
}

/* By PSCI or a spin table: Devicetree Specification 0.4, 3.8.1. */
static void read_start(struct model *model, struct core *core)
{
	const char *method = tree_text(model->tree, core->node, "enable-method");
	bool spins = method != NULL && strcmp(method, "spin-table") == 0;
	struct location location = locate_property(model->tree, core->node, "enable-method");

	if (!spins && (method == NULL || strcmp(method, "psci") != 0))
		read_shortfall(&model->board, location, "%s: enable-method must be \"psci\" or \"spin-table\"",
			       core->name);
	if (spins)
		tree_pair(model->tree, core->node, "cpu-release-addr", &core->release);
	if (spins && (core->release == 0 || core->release % 8 != 0))
		read_shortfall(&model->board, locate_property(model->tree, core->node, "cpu-release-addr"),
			       "%s: a spin table needs cpu-release-addr = <HIGH LOW>, a multiple of 8 and not 0",
			       core->name);
	if (model->core_count > 0 && (model->cores[0].release != 0) != (core->release != 0))
		read_shortfall(&model->board, location, "%s is not started as %s is (enable-method, %s)", core->name,
			       model->cores[0].name,
			       locate_property(model->tree, model->cores[0].node, "enable-method").where);
}

/* Devicetree Specification 0.4, 2.3.4 and 3.8.1: one that is disabled can be started. */
static const char *why_unavailable(const void *tree, int node)
{
	const char *status = fdt_stringlist_get(tree, node, "status", 0, NULL);

	if (status == NULL)
		return NULL;
	if (strcmp(status, "reserved") == 0)
		return "is reserved";
	return strcmp(status, "fail") == 0 || strncmp(status, "fail-", 5) == 0 ? "has failed" : NULL;
}

static void read_core(struct model *model, int node, size_t cells_per_address)
{
	struct core core = {.node = node, .owner = -1, .location = locate_node(model->tree, node)};
	struct tree_cells reg;

	core.path = tree_path(model->tree, node);
	core.name = memory_text("%s", tree_name(model->tree, node));
	core.phandle = fdt_get_phandle(model->tree, node);
	core.unavailable = why_unavailable(model->tree, node);
	if (!tree_cells(model->tree, node, "reg", &reg) || reg.count != cells_per_address) {
		read_shortfall(&model->board, locate_property(model->tree, node, "reg"),
			       "%s: reg must hold the core's %s in %zu cell(s)", core.name,
			       model->board.arch == PLAN_ARCH_X86 ? "APIC id" : "MPIDR", cells_per_address);
		return;
	}
	core.mpidr = tree_number(reg.cell, reg.count);
	if (model->board.arch == PLAN_ARCH_X86) {
		x86_machine_core(model, &core);
	} else {
		if ((core.mpidr & ~MPIDR_AFFINITY) != 0)
			read_shortfall(&model->board, locate_property(model->tree, node, "reg"),
				       "%s: reg %#" PRIx64 " has bits outside MPIDR's affinity fields", core.name,
				       core.mpidr);
		read_start(model, &core);
	}
	*MEMORY_APPEND(model->cores, model->core_count) = core;
}

static void read_cores(struct model *model)
{
	int cpus = fdt_path_offset(model->tree, "/cpus"), node;
	int cells_per_address = cpus < 0 ? -1 : fdt_address_cells(model->tree, cpus);

	if (cells_per_address < 1 || cells_per_address > 2) {
		read_shortfall(&model->board, locate_whole(), "the board has no /cpus with #address-cells of 1 or 2");
		return;
	}
	fdt_for_each_subnode(node, model->tree, cpus)
	{
		if (has_type(model->tree, node, "cpu"))
			read_core(model, node, (size_t)cells_per_address);
	}
	if (model->core_count == 0)
		read_shortfall(&model->board, locate_node(model->tree, cpus),
			       "the board has no core: a node with device_type = \"cpu\"");
}

static void add_memory(struct board *board, uint64_t base, uint64_t end)
{
	if (base >= end)
		return;
	*MEMORY_APPEND(board->memory, board->memory_count) = (struct range){base, end - base};
}

/* Takes [base, base + size), in whole pages, out of the RAM. */
static void reserve_memory(struct board *board, uint64_t base, uint64_t size)
{
	struct range *before = board->memory;
	size_t count = board->memory_count;
	uint64_t end = align_up(base + size, PAGE_SIZE);

	base = align_down(base, PAGE_SIZE);
	board->memory = NULL;
	board->memory_count = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t first = before[i].base, last = first + before[i].size;

		if (end <= first || base >= last) {
			add_memory(board, first, last);
			continue;
		}
		add_memory(board, first, base);
		add_memory(board, end, last);
	}
}

static void use_range(struct board *board, struct location location, const char *name, const struct range *range,
		      void (*use)(struct board *board, uint64_t base, uint64_t size))
{
	if (range_wraps(range->base, range->size))
		read_shortfall(board, location, "%s: %#" PRIx64 " + %#" PRIx64 " is beyond 64 bits", name, range->base,
			       range->size);
	else
		use(board, range->base, range->size);
}

void read_ranges(struct board *board, const void *tree, int node,
		 void (*use)(struct board *board, uint64_t base, uint64_t size))
{
	const struct read_bus *bus = read_bus_above(tree, node);
	size_t row = bus->address_cells + bus->size_cells;
	struct location location = locate_property(tree, node, "reg");
	struct tree_cells reg;

	if (!tree_cells(tree, node, "reg", &reg))
		return;
	if (!bus->reachable || reg.count % row != 0) {
		read_shortfall(board, location,
			       "%s: reg does not fit its parent's #address-cells and #size-cells (1 or 2 each)",
			       tree_name(tree, node));
		return;
	}
	for (size_t i = 0; i < reg.count; i += row) {
		struct range range = {tree_number(&reg.cell[i], bus->address_cells),
				      tree_number(&reg.cell[i + bus->address_cells], bus->size_cells)};

		if (!read_bus_translate(tree, bus, &range.base, range.size))
			read_shortfall(board, location, "%s: %#" PRIx64 " lies outside the `ranges` of its bus",
				       tree_name(tree, node), range.base);
		else
			use_range(board, location, tree_name(tree, node), &range, use);
	}
}

static void use_memory(struct board *board, uint64_t base, uint64_t size)
{
	add_memory(board, align_up(base, PAGE_SIZE), align_down(base + size, PAGE_SIZE));
}

/* RAM that is disabled is the secure world's. Static reservations, of either kind, are firmware's: to the planner that RAM does not exist. */
static void read_memory(struct model *model)
{
	int node, reserved = fdt_path_offset(model->tree, "/reserved-memory");

	fdt_for_each_subnode(node, model->tree, 0)
	{
		if (has_type(model->tree, node, "memory") && tree_is_enabled(model->tree, node))
			read_ranges(&model->board, model->tree, node, use_memory);
	}
	if (model->board.memory_count == 0)
		read_shortfall(&model->board, locate_whole(),
			       "the board has no RAM: a node with device_type = \"memory\"");
	model->board.ram = model->board.memory; /* a reservation makes another list */
	model->board.ram_count = model->board.memory_count;
	for (int i = 0; i < fdt_num_mem_rsv(model->tree); i++) {
		struct range range;

		if (fdt_get_mem_rsv(model->tree, i, &range.base, &range.size) == 0)
			use_range(&model->board, locate_whole(), "/memreserve/", &range, reserve_memory);
	}
	if (reserved < 0)
		return;
	fdt_for_each_subnode(node, model->tree, reserved)
	{
		read_ranges(&model->board, model->tree, node, reserve_memory);
	}
}

static void read_psci(struct model *model)
{
	static const char *const names[] = {"arm,psci-1.0", "arm,psci-0.2", NULL};
	int node = tree_find_compatible(model->tree, names);
	const char *method;

	model->board.psci_node = node;
	if (model->core_count > 0 && model->cores[0].release != 0)
		return;
	if (node < 0) {
		read_shortfall(&model->board, locate_whole(),
			       "the board has no PSCI firmware (\"arm,psci-1.0\" or \"arm,psci-0.2\")");
		return;
	}
	method = tree_text(model->tree, node, "method");
	if (method == NULL || strcmp(method, "smc") != 0)
		read_shortfall(&model->board, locate_property(model->tree, node, "method"),
			       "%s: method must be \"smc\": the hypervisor itself calls the firmware",
			       tree_name(model->tree, node));
}

bool read_interrupt(const struct tree_cells *cells, size_t first, struct interrupt *interrupt)
{
	uint32_t type = fdt32_ld(&cells->cell[first]), number = fdt32_ld(&cells->cell[first + 1]);
	uint32_t flags = fdt32_ld(&cells->cell[first + 2]);
	uint32_t offset = type == 0 ? 32 : 16, limit = type == 0 ? 1020 : 32;

	if (type > 1 || number >= limit - offset)
		return false;
	*interrupt = (struct interrupt){.id = (uint16_t)(number + offset), .edge = (flags & 3u) != 0, .flags = flags};
	return true;
}

static size_t interrupt_cells(const void *tree, int controller)
{
	uint32_t count = 0;

	if (controller < 0 || !tree_cell(tree, controller, "#interrupt-cells", &count) || count < 3 || count > 4)
		return 3;
	return count;
}

const char *read_interrupts_name(const void *tree, int node)
{
	return tree_has(tree, node, "interrupts-extended") ? "interrupts-extended" : "interrupts";
}

struct interrupt *read_gic_interrupts(const struct model *model, int node, size_t *count)
{
	const char *name = read_interrupts_name(model->tree, node);
	size_t before = strcmp(name, "interrupts") == 0 ? 0 : 1; /* the GIC's phandle */
	size_t row = before + interrupt_cells(model->tree, model->board.gic.node);
	struct interrupt *interrupts = NULL;
	struct tree_cells cells = {0};

	*count = 0;
	tree_cells(model->tree, node, name, &cells);
	for (size_t i = 0; i + row <= cells.count; i += row) {
		struct interrupt interrupt = {0};

		if (before == 0 || fdt32_ld(&cells.cell[i]) == fdt_get_phandle(model->tree, model->board.gic.node))
			read_interrupt(&cells, i + before, &interrupt);
		*MEMORY_APPEND(interrupts, *count) = interrupt;
	}
	return interrupts;
}

static uint32_t read_timer_interrupt(struct model *model, size_t index)
{
	int node = model->board.timer_node;
	size_t count;
	const struct interrupt *interrupts = read_gic_interrupts(model, node, &count);

	if (index < count && interrupts[index].id != 0 && interrupts[index].id < 32)
		return interrupts[index].id;
	read_shortfall(&model->board, locate_property(model->tree, node, read_interrupts_name(model->tree, node)),
		       "timer: interrupt %zu must be a PPI: <1 N FLAGS>", index);
	return 0;
}

static void read_timer(struct model *model)
{
	static const char *const names[] = {"arm,armv8-timer", NULL};
	int node = tree_find_compatible(model->tree, names);

	model->board.timer_node = node;
	if (node < 0) {
		read_shortfall(&model->board, locate_whole(), "the board has no generic timer (\"arm,armv8-timer\")");
		return;
	}
	model->board.physical_timer = read_timer_interrupt(model, TIMER_PHYSICAL);
	model->board.virtual_timer = read_timer_interrupt(model, TIMER_VIRTUAL);
	if (model->board.physical_timer != 0 && model->board.physical_timer == model->board.virtual_timer)
		read_shortfall(&model->board,
			       locate_property(model->tree, node, read_interrupts_name(model->tree, node)),
			       "timer: interrupts %u and %u are one PPI", TIMER_PHYSICAL, TIMER_VIRTUAL);
}

static void use_gic_range(struct board *board, uint64_t base, uint64_t size)
{
	struct gic *gic = &board->gic;
	struct range *second = gic->version == PLAN_GIC_V3 ? &gic->redistributors : &gic->cpu_interface;
	struct range *range = gic->distributor.size == 0 ? &gic->distributor : second;

	if (range->size == 0)
		*range = (struct range){base, size};
	else
		*MEMORY_APPEND(gic->others, gic->other_count) = (struct range){base, size};
}

/* What a node below the controller has is nobody's either, but nothing that a board must have: what cannot be read is left out. */
static void read_gic_below(struct model *model, int node)
{
	const struct read_bus *bus = read_bus_above(model->tree, node);
	size_t row = bus->address_cells + bus->size_cells;
	struct gic *gic = &model->board.gic;
	struct tree_cells reg;

	if (!bus->reachable || !tree_cells(model->tree, node, "reg", &reg) || reg.count % row != 0)
		return;
	for (size_t i = 0; i < reg.count; i += row) {
		struct range range = {tree_number(&reg.cell[i], bus->address_cells),
				      tree_number(&reg.cell[i + bus->address_cells], bus->size_cells)};

		if (read_bus_translate(model->tree, bus, &range.base, range.size) &&
		    !range_wraps(range.base, range.size))
			*MEMORY_APPEND(gic->others, gic->other_count) = range;
	}
}

static void read_gic_ranges(struct model *model, int node)
{
	int below;

	read_ranges(&model->board, model->tree, node, use_gic_range);
	fdt_for_each_subnode(below, model->tree, node)
	{
		read_gic_below(model, below);
	}
}

static void read_gic_v3(struct model *model, int node)
{
	struct gic *gic = &model->board.gic;
	uint32_t regions = 1, cells = 0;
	uint64_t stride = REDISTRIBUTOR_SIZE;

	gic->version = PLAN_GIC_V3;
	tree_cell(model->tree, node, "#redistributor-regions", &regions);
	if (regions != 1)
		read_shortfall(&model->board, locate_property(model->tree, node, "#redistributor-regions"),
			       "%s: %u redistributor regions are not available yet, only one", gic->path, regions);
	tree_pair(model->tree, node, "redistributor-stride", &stride);
	if (stride != REDISTRIBUTOR_SIZE)
		read_shortfall(&model->board, locate_property(model->tree, node, "redistributor-stride"),
			       "%s: a redistributor-stride other than 128 KiB is not available yet", gic->path);
	if (!tree_cell(model->tree, node, "#interrupt-cells", &cells) || cells < 3 || cells > 4)
		read_shortfall(&model->board, locate_property(model->tree, node, "#interrupt-cells"),
			       "%s: #interrupt-cells must be 3 or 4", gic->path);
	read_gic_ranges(model, node);
	if (gic->distributor.size < DISTRIBUTOR_SIZE || gic->redistributors.size < REDISTRIBUTOR_SIZE)
		read_shortfall(&model->board, locate_property(model->tree, node, "reg"),
			       "%s: reg must hold the distributor (64 KiB) and the redistributors", gic->path);
}

static void read_gic_v2(struct model *model, int node)
{
	struct gic *gic = &model->board.gic;
	uint32_t cells = 0;

	gic->version = PLAN_GIC_V2;
	if (!tree_cell(model->tree, node, "#interrupt-cells", &cells) || cells != 3)
		read_shortfall(&model->board, locate_property(model->tree, node, "#interrupt-cells"),
			       "%s: #interrupt-cells must be 3", gic->path);
	read_gic_ranges(model, node);
	if (gic->distributor.size < PAGE_SIZE || gic->cpu_interface.size < PAGE_SIZE)
		read_shortfall(&model->board, locate_property(model->tree, node, "reg"),
			       "%s: reg must hold the distributor and the CPU interface (4 KiB each)", gic->path);
	if (model->core_count > GICV2_CORES)
		read_shortfall(&model->board, locate_node(model->tree, node),
			       "%s: a GICv2 has %u cores at most, but the board has %zu", gic->path, GICV2_CORES,
			       model->core_count);
}

static void read_gic(struct model *model)
{
	static const char *const version_3[] = {"arm,gic-v3", NULL};
	static const char *const version_2[] = {"arm,gic-400",       "arm,cortex-a15-gic", "arm,cortex-a7-gic",
						"arm,cortex-a9-gic", "qcom,msm-qgic2",     NULL};
	int node = tree_find_compatible(model->tree, version_3), old = tree_find_compatible(model->tree, version_2);

	model->board.gic.node = node >= 0 ? node : old;
	if (model->board.gic.node < 0) {
		read_shortfall(&model->board, locate_whole(),
			       "the board has no interrupt controller that is known (\"arm,gic-v3\")");
		return;
	}
	model->board.gic.path = tree_path(model->tree, model->board.gic.node);
	if (node >= 0) {
		read_gic_v3(model, node);
		return;
	}
	read_gic_v2(model, old);
}

void read_machine(struct model *model)
{
	model->board.arch = x86_machine_is(model->tree) ? PLAN_ARCH_X86 : PLAN_ARCH_ARMV8;
	read_cores(model);
	read_memory(model);
	if (model->board.arch == PLAN_ARCH_X86) {
		x86_machine_read(model);
		return;
	}
	read_psci(model);
	read_gic(model);
	read_timer(model);
}

void read_machine_report(const struct model *model)
{
	for (size_t i = 0; i < model->board.shortfall_count; i++)
		message_error(model->board.shortfalls[i].location, "%s", model->board.shortfalls[i].text);
}
