/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the board: whatever a partition file says, these hold. Not here: devices that somebody owns (check_device.c).
 */
#include <inttypes.h>

#include "planner/align.h"
#include "planner/check_parts.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/tree.h"
#include "planner/x86/check.h"

#define GIC_FRAME UINT64_C(0x10000)          /* all of a GICv3 starts at multiples: Arm IHI 0069, 12.8-12.10 */
#define REDISTRIBUTOR_SIZE UINT64_C(0x20000) /* RD_base and SGI_base: Arm IHI 0069, 12.10 */
#define PA_BITS_LEAST 32u
#define PA_BITS_MOST 48u /* 52 need FEAT_LPA and another descriptor format */

bool check_is_ram(const struct board *board, uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < board->memory_count; i++) {
		if (range_inside(base, size, board->memory[i].base, board->memory[i].size))
			return true;
	}
	return false;
}

bool check_touches_ram(const struct board *board, uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < board->memory_count; i++) {
		if (range_overlaps(base, size, board->memory[i].base, board->memory[i].size))
			return true;
	}
	return false;
}

bool check_is_addressable(const struct board *board, uint64_t base, uint64_t size)
{
	/* A wrong pa-bits has been reported: nothing more follows from it. */
	if (board->pa_bits < PA_BITS_LEAST || board->pa_bits > PA_BITS_MOST)
		return true;
	return range_inside(base, size, 0, UINT64_C(1) << board->pa_bits);
}

/* Where `property` of the node `bulkhead` was written; false when it was not, or so badly that it has been reported. */
static bool was_read(const struct model *model, const char *property, int size, struct location *location)
{
	int length = -1;

	if (model->board.node >= 0)
		(void)fdt_getprop(model->tree, model->board.node, property, &length);
	if (length == size)
		*location = locate_property(model->tree, model->board.node, property);
	return length == size;
}

static void check_load_address(const struct model *model)
{
	const struct board *board = &model->board;
	struct location location;

	if (!was_read(model, "load-address", 8, &location))
		return;
	if (board->load_address % BLOCK_SIZE != 0)
		message_error(location, "load-address %#" PRIx64 " is not a multiple of 2 MiB", board->load_address);
	else if (board->memory_count != 0 && !check_is_ram(board, board->load_address, BLOCK_SIZE))
		message_error(location, "load-address %#" PRIx64 " is not in the board's RAM", board->load_address);
}

static void check_pa_bits(const struct model *model)
{
	const struct board *board = &model->board;
	struct location location;

	if (!was_read(model, "pa-bits", 4, &location))
		return;
	if (board->pa_bits < PA_BITS_LEAST || board->pa_bits > PA_BITS_MOST)
		message_error(location, "pa-bits is %u; it can be %u to %u", board->pa_bits, PA_BITS_LEAST,
			      PA_BITS_MOST);
	for (size_t i = 0; i < board->memory_count; i++) {
		if (!check_is_addressable(board, board->memory[i].base, board->memory[i].size))
			message_error(location, "pa-bits is %u, but there is RAM at %#" PRIx64, board->pa_bits,
				      board->memory[i].base);
	}
}

static void check_ram(const struct model *model)
{
	const struct board *board = &model->board;

	for (size_t i = 0; i < board->memory_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (range_overlaps(board->memory[i].base, board->memory[i].size, board->memory[j].base,
					   board->memory[j].size))
				message_error(locate_whole(),
					      "the board's RAM at %#" PRIx64 " overlaps that at %#" PRIx64,
					      board->memory[i].base, board->memory[j].base);
		}
	}
}

/* The hypervisor writes there: nobody else may have it. */
static void check_release(const struct model *model, const struct core *core)
{
	struct location location = locate_property(model->tree, core->node, "cpu-release-addr");

	if (!check_is_addressable(&model->board, core->release, sizeof(uint64_t)))
		message_error(location, "%s: cpu-release-addr %#" PRIx64 " is beyond the board's %u address bits",
			      core->name, core->release, model->board.pa_bits);
	if (check_touches_ram(&model->board, core->release, sizeof(uint64_t)))
		message_error(location,
			      "%s: cpu-release-addr %#" PRIx64
			      " lies in RAM that partitions can get; reserve it (/memreserve/, reserved-memory)",
			      core->name, core->release);
}

static void check_cores(const struct model *model)
{
	const struct range *redistributors = &model->board.gic.redistributors;

	if (model->core_count > PLAN_MAX_CORES)
		message_error(model->cores[PLAN_MAX_CORES].location, "the board has %zu cores; %u are the most",
			      model->core_count, PLAN_MAX_CORES);
	for (size_t i = 0; i < model->core_count; i++) {
		const struct core *core = &model->cores[i];

		if (core->release != 0)
			check_release(model, core);
		for (size_t j = 0; j < i; j++) {
			const struct core *other = &model->cores[j];
			const char *same = core->mpidr == other->mpidr ? "reg" : "cpu-release-addr";

			if (core->mpidr == other->mpidr || (core->release != 0 && core->release == other->release))
				message_error(locate_property(model->tree, core->node, same),
					      "%s and %s have the same %s (also %s)", core->name, other->name, same,
					      locate_property(model->tree, other->node, same).where);
		}
	}
	if (model->board.gic.version == PLAN_GIC_V3 && redistributors->size != 0 &&
	    redistributors->size / REDISTRIBUTOR_SIZE < model->core_count)
		message_error(locate_property(model->tree, model->board.gic.node, "reg"),
			      "%s: reg holds %" PRIu64 " redistributors, but the board has %zu cores",
			      model->board.gic.path, redistributors->size / REDISTRIBUTOR_SIZE, model->core_count);
}

/* Registers that the hypervisor maps for itself. */
static void check_registers(const struct board *board, struct location location, const char *name,
			    const struct range *range)
{
	if (!check_is_addressable(board, range->base, range->size))
		message_error(location,
			      "%s: registers at %#" PRIx64 ", size %#" PRIx64 " are beyond the board's %u address bits",
			      name, range->base, range->size, board->pa_bits);
	else if (check_touches_ram(board, range->base, range->size))
		message_error(location, "%s: registers at %#" PRIx64 " lie in the board's RAM", name, range->base);
}

static void check_gic_range(const struct model *model, const struct range *range)
{
	const struct board *board = &model->board;
	struct location location = locate_property(model->tree, board->gic.node, "reg");
	uint64_t unit = board->gic.version == PLAN_GIC_V2 ? PAGE_SIZE : GIC_FRAME;

	if (range->base % unit != 0)
		message_error(location, "%s: reg holds %#" PRIx64 ", which is not a multiple of %" PRIu64 " KiB",
			      board->gic.path, range->base, unit / 1024);
	check_registers(board, location, board->gic.path, range);
}

static void check_gic(const struct model *model)
{
	const struct gic *gic = &model->board.gic;
	const struct range *second = gic->version == PLAN_GIC_V2 ? &gic->cpu_interface : &gic->redistributors;
	uint64_t least = gic->version == PLAN_GIC_V2 ? PAGE_SIZE : GIC_FRAME;

	/* Too small ones have been reported. */
	if (gic->version == PLAN_GIC_NONE || gic->distributor.size < least || second->size < least)
		return;
	check_gic_range(model, &gic->distributor);
	check_gic_range(model, second);
	if (range_overlaps(gic->distributor.base, gic->distributor.size, second->base, second->size))
		message_error(locate_property(model->tree, gic->node, "reg"),
			      "%s: reg holds %s that overlap%s the distributor", gic->path,
			      gic->version == PLAN_GIC_V2 ? "a CPU interface" : "redistributors",
			      gic->version == PLAN_GIC_V2 ? "s" : "");
}

/* Of one that a partition owns, check_devices tells. */
static void check_console(const struct model *model)
{
	const struct board *board = &model->board;
	const struct device *console = board->console < 0 ? NULL : &model->devices[board->console];
	struct location location;

	if (console == NULL || console->owner >= 0)
		return;
	location = locate_property(model->tree, board->node, "console");
	if (console->disabled != 0)
		message_error(location,
			      "console: %s is disabled (status, %s); if the board has it, say status = \"okay\"",
			      console->name, locate_property(model->tree, console->disabled, "status").where);
	if (console->register_count > 0)
		check_registers(board, location, memory_text("console: %s", console->name), &console->registers[0]);
}

static void check_spare_interrupts(const struct model *model)
{
	const struct board *board = &model->board;

	for (size_t i = 0; i < model->device_count; i++) {
		const struct device *device = &model->devices[i];

		for (size_t j = 0; j < device->interrupt_count; j++) {
			uint32_t id = device->interrupts[j].id;

			if (id >= board->spare_first && id - board->spare_first < board->spare_count)
				message_error(locate_property(model->tree, board->node, "spare-interrupts"),
					      "spare-interrupts: SPI %u is not spare: %s has it (%s)", id - 32,
					      device->name, device->location.where);
		}
	}
}

void check_board(const struct model *model)
{
	check_load_address(model);
	check_pa_bits(model);
	check_ram(model);
	check_cores(model);
	if (model->board.arch == PLAN_ARCH_X86)
		x86_check_board(model);
	else
		check_gic(model);
	check_console(model);
	check_spare_interrupts(model);
}
