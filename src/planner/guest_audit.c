/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of a guest's tree: it is read as a board's is, without a look at how it was written, and held against what
 * the partition owns. Not here: what the partition really reaches (stage2.h).
 */
#include "planner/guest_audit.h"

#include <inttypes.h>
#include <stdarg.h>

#include "planner/align.h"
#include "planner/check_parts.h"
#include "planner/layout.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/nodes.h"
#include "planner/pmu.h"
#include "planner/read_parts.h"
#include "planner/reference.h"

struct audit {
	const struct model *board; /* with its owners */
	const struct partition *partition;
	int owner;
	bool is_own; /* the partition's own tree, not the planner's */
	struct model guest;
};

static void __attribute__((format(printf, 2, 3))) complain(const struct audit *audit, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (audit->is_own)
		message_partition(audit->board, audit->partition, "dtb", ": %s: %s", audit->partition->dtb,
				  memory_text_list(format, arguments));
	else
		message_error(audit->partition->location,
			      "partition '%s': its device tree would be wrong, by the board's fault or the planner's: "
			      "%s",
			      audit->partition->name, memory_text_list(format, arguments));
	va_end(arguments);
}

static bool owns_range(const struct audit *audit, const struct range *range)
{
	for (size_t i = 0; i < audit->partition->device_count; i++) {
		const struct device *device = &audit->board->devices[audit->partition->devices[i]];

		for (size_t j = 0; j < device->register_count; j++) {
			if (range_inside(range->base, range->size, device->mapped[j], device->registers[j].size))
				return true;
		}
	}
	return false;
}

static bool has_interrupt(const struct device *device, uint16_t id)
{
	for (size_t i = 0; i < device->interrupt_count; i++) {
		if (device->interrupts[i].id == id)
			return true;
	}
	return false;
}

/* Each core's own monitor is everybody's. */
static bool owns_interrupt(const struct audit *audit, uint16_t id)
{
	const struct device *pmu = pmu_find(audit->board);

	for (size_t i = 0; i < audit->partition->device_count; i++) {
		if (has_interrupt(&audit->board->devices[audit->partition->devices[i]], id))
			return true;
	}
	return pmu != NULL && has_interrupt(pmu, id);
}

/* Who has the board's device whose registers or interrupt a tree names; NULL = there is none. */
static const char *whose(const struct audit *audit, const struct device *device)
{
	if (device == NULL)
		return "which no device of the board has";
	if (device->owner == audit->owner)
		return memory_text("where its own %s is not (%s)", device->name, device->moved.where);
	if (device->owner < 0)
		return memory_text("which nobody owns (%s, %s)", device->name, device->location.where);
	return memory_text("which partition '%s' owns (%s, %s)", audit->board->partitions[device->owner].name,
			   device->name, device->taken.where);
}

/* The same of registers that are not all the partition's. */
static const char *whose_registers(const struct audit *audit, const struct range *range)
{
	const struct device *found = NULL;

	for (size_t i = 0; i < audit->board->device_count; i++) {
		const struct device *device = &audit->board->devices[i];

		for (size_t j = 0; j < device->register_count; j++) {
			uint64_t size = device->registers[j].size;

			if (device->owner == audit->owner &&
			    range_overlaps(range->base, range->size, device->mapped[j], size))
				return memory_text("which go beyond its %s, %#" PRIx64 " +%#" PRIx64, device->name,
						   device->mapped[j], size);
			if (range_overlaps(range->base, range->size, device->registers[j].base, size))
				found = device;
		}
	}
	return whose(audit, found);
}

static const struct device *device_with(const struct model *board, uint16_t id)
{
	size_t i = 0;

	while (i < board->device_count && !has_interrupt(&board->devices[i], id))
		i++;
	return i < board->device_count ? &board->devices[i] : NULL;
}

static void audit_device(const struct audit *audit, const struct device *device)
{
	if (audit->is_own && device->disabled != 0)
		return;
	if (device->unavailable != NULL)
		complain(audit, "%s %s", device->path, device->unavailable);
	for (size_t i = 0; i < device->register_count; i++) {
		if (!owns_range(audit, &device->registers[i]))
			complain(audit, "%s has registers at %#" PRIx64 ", %s", device->path, device->registers[i].base,
				 whose_registers(audit, &device->registers[i]));
	}
	for (size_t i = 0; i < device->interrupt_count; i++) {
		uint16_t id = device->interrupts[i].id;

		if (!owns_interrupt(audit, id))
			complain(audit, "%s has interrupt %u, %s", device->path, id,
				 whose(audit, device_with(audit->board, id)));
	}
}

static void audit_memory(const struct audit *audit, const struct range *range)
{
	for (size_t i = 0; i < audit->partition->memory_count; i++) {
		const struct window *window = &audit->partition->memory[i];

		if (range_inside(range->base, range->size, window->base, window->size))
			return;
	}
	complain(audit, "it has %s of memory at %#" PRIx64 ", not all of which is its own",
		 check_size_text(range->size), range->base);
}

/* Cores are numbered as in plan_vcpu.virtual_id. */
static void audit_core(const struct audit *audit, const struct core *core)
{
	uint64_t number = (core->mpidr & 15) | (core->mpidr >> 8 << 4);

	if ((core->mpidr & 0xf0) != 0 || number >= audit->partition->core_count)
		complain(audit, "%s is none of its cores, of which it has %zu, numbered from 0", core->path,
			 audit->partition->core_count);
}

/* What every partition has, if its tree tells of it: an interrupt controller and timers. */
static void audit_machine(const struct audit *audit)
{
	const struct board *board = &audit->board->board, *guest = &audit->guest.board;
	bool is_v3 = board->gic.version == PLAN_GIC_V3;
	const struct range *second = is_v3 ? &guest->gic.redistributors : &guest->gic.cpu_interface;
	struct range seen[2];

	layout_gic_seen(&board->gic, audit->partition->core_count, seen);
	if (guest->gic.version != PLAN_GIC_NONE && guest->gic.version != board->gic.version)
		complain(audit, "%s is a GICv%d, but the board's is a GICv%d", guest->gic.path, is_v3 ? 2 : 3,
			 is_v3 ? 3 : 2);
	else if (guest->gic.version != PLAN_GIC_NONE && (guest->gic.distributor.base != seen[0].base ||
							 second->base != seen[1].base || second->size > seen[1].size))
		complain(audit,
			 "%s has registers at %#" PRIx64 " and %#" PRIx64 " +%#" PRIx64
			 ", but the partition's lie at %#" PRIx64 " and %#" PRIx64 " +%#" PRIx64,
			 guest->gic.path, guest->gic.distributor.base, second->base, second->size, seen[0].base,
			 seen[1].base, seen[1].size);
	if (guest->timer_node >= 0 &&
	    (guest->physical_timer != board->physical_timer || guest->virtual_timer != board->virtual_timer))
		complain(audit, "its timers have interrupts %u and %u, but the cores' have %u and %u",
			 guest->physical_timer, guest->virtual_timer, board->physical_timer, board->virtual_timer);
}

static void audit_references(const struct audit *audit, const struct node *node)
{
	struct reference reference;

	for (reference_begin(&reference, &audit->guest, node->offset, NULL); reference_next(&reference);) {
		if (reference.target == NODES_NONE)
			complain(audit, "%s of %s leads to nothing", reference.property,
				 tree_path(audit->guest.tree, node->offset));
	}
}

/* Phandles are the board's: by its phandle a node tells where it comes from. */
static void audit_origin(const struct audit *audit, size_t index)
{
	const struct node *node = &audit->guest.nodes[index];
	size_t origin = nodes_follow(audit->board, node->phandle);
	int device = origin == NODES_NONE ? -1 : audit->board->nodes[origin].device;

	if (device >= 0 && audit->board->devices[device].owner != audit->owner)
		complain(audit, "%s is not its own", tree_path(audit->guest.tree, node->offset));
	if (node->phandle != 0 && nodes_follow(&audit->guest, node->phandle) != index)
		complain(audit, "phandle %#x is given twice", node->phandle);
}

void guest_audit(const struct model *model, size_t partition, void *tree, bool is_own)
{
	struct audit audit = {.board = model, .partition = &model->partitions[partition], .owner = (int)partition};

	audit.is_own = is_own;
	audit.guest = (struct model){.file = model->file, .tree = tree};
	read_machine(&audit.guest);
	read_devices(&audit.guest);
	audit_machine(&audit);
	for (size_t i = 0; i < audit.guest.core_count; i++)
		audit_core(&audit, &audit.guest.cores[i]);
	for (size_t i = 0; i < audit.guest.board.ram_count; i++)
		audit_memory(&audit, &audit.guest.board.ram[i]);
	for (size_t i = 0; i < audit.guest.device_count; i++)
		audit_device(&audit, &audit.guest.devices[i]);
	for (size_t i = 0; !is_own && i < audit.guest.node_count; i++) {
		audit_references(&audit, &audit.guest.nodes[i]);
		audit_origin(&audit, i);
	}
}
