/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of a guest's tree: it is read as a board's is, without a look at how it was written, and held against what
 * the partition owns. Not here: what the partition really reaches (stage2.h).
 */
#include "planner/guest_audit.h"

#include <inttypes.h>

#include "planner/align.h"
#include "planner/message.h"
#include "planner/nodes.h"
#include "planner/pmu.h"
#include "planner/read_parts.h"
#include "planner/reference.h"

struct audit {
	const struct model *board; /* with its owners */
	const struct partition *partition;
	int owner;
	struct model guest;
};

#define COMPLAIN(audit, format, ...)                                                                                   \
	message_error(                                                                                                 \
		(audit)->partition->location,                                                                          \
		"partition '%s': its device tree would be wrong, by the board's fault or the planner's: " format,      \
		(audit)->partition->name, __VA_ARGS__)

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

static void audit_device(const struct audit *audit, const struct device *device)
{
	if (device->unavailable != NULL)
		COMPLAIN(audit, "%s %s", device->path, device->unavailable);
	for (size_t i = 0; i < device->register_count; i++) {
		if (!owns_range(audit, &device->registers[i]))
			COMPLAIN(audit, "%s has registers at %#" PRIx64 ", which are not its own", device->path,
				 device->registers[i].base);
	}
	for (size_t i = 0; i < device->interrupt_count; i++) {
		if (!owns_interrupt(audit, device->interrupts[i].id))
			COMPLAIN(audit, "%s has interrupt %u, which is not its own", device->path,
				 device->interrupts[i].id);
	}
}

static void audit_memory(const struct audit *audit, const struct node *node)
{
	struct tree_cells reg = {0};

	tree_cells(audit->guest.tree, node->offset, "reg", &reg);
	for (size_t i = 0; i + 4 <= reg.count; i += 4) {
		uint64_t base = tree_number(&reg.cell[i], 2), size = tree_number(&reg.cell[i + 2], 2);
		bool is_own = false;

		for (size_t j = 0; j < audit->partition->memory_count; j++)
			is_own = is_own || range_inside(base, size, audit->partition->memory[j].base,
							audit->partition->memory[j].size);
		if (!is_own)
			COMPLAIN(audit, "it has memory at %#" PRIx64 ", which is not its own", base);
	}
}

static void audit_references(const struct audit *audit, const struct node *node)
{
	struct reference reference;

	for (reference_begin(&reference, &audit->guest, node->offset, NULL); reference_next(&reference);) {
		if (reference.target == NODES_NONE)
			COMPLAIN(audit, "%s of %s leads to nothing", reference.property,
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
		COMPLAIN(audit, "%s is not its own", tree_path(audit->guest.tree, node->offset));
	if (node->phandle != 0 && nodes_follow(&audit->guest, node->phandle) != index)
		COMPLAIN(audit, "phandle %#x is given twice", node->phandle);
}

void guest_audit(const struct model *model, size_t partition, void *tree)
{
	struct audit audit = {.board = model, .partition = &model->partitions[partition], .owner = (int)partition};
	int length = 0;
	const fdt32_t *gic = fdt_getprop(tree, 0, "interrupt-parent", &length);

	audit.guest = (struct model){.file = model->file, .tree = tree};
	audit.guest.board.gic.node = length == 4 ? fdt_node_offset_by_phandle(tree, fdt32_ld(gic)) : -1;
	audit.guest.board.timer_node = fdt_path_offset(tree, "/timer");
	audit.guest.board.psci_node = fdt_path_offset(tree, "/psci");
	read_devices(&audit.guest);
	for (size_t i = 0; i < audit.guest.device_count; i++)
		audit_device(&audit, &audit.guest.devices[i]);
	for (size_t i = 0; i < audit.guest.node_count; i++) {
		const struct node *node = &audit.guest.nodes[i];

		if (fdt_stringlist_search(tree, node->offset, "device_type", "memory") == 0 && node->parent == 0)
			audit_memory(&audit, node);
		audit_references(&audit, node);
		audit_origin(&audit, i);
	}
}
