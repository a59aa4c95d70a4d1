/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks partitions that run in AArch32: their cores must have it at EL1, and 32 bits must reach all that is theirs.
 * Not here: which state a kernel is for (load.c).
 */
#include <inttypes.h>

#include "planner/align.h"
#include "planner/check_parts.h"
#include "planner/layout.h"
#include "planner/message.h"
#include "planner/tree.h"

#define REACH (UINT64_C(1) << 32)

/*
 * Cores with AArch64 at EL2, where the hypervisor runs, and AArch32 at EL1: ID_AA64PFR0_EL1.EL1 = 2 in their manuals.
 * What is not listed is refused. Later ones, from Cortex-A76 on, have AArch32 at EL0 only, or not at all.
 */
static const char *const capable[] = {
	"arm,cortex-a35", "arm,cortex-a53", "arm,cortex-a55", "arm,cortex-a57",
	"arm,cortex-a72", "arm,cortex-a73", "arm,cortex-a75", NULL,
};

static void check_cores(const struct model *model, const struct partition *partition)
{
	for (size_t i = 0; i < partition->core_count; i++) {
		const struct core *core = &model->cores[partition->cores[i]];
		const char *kind = fdt_stringlist_get(model->tree, core->node, "compatible", 0, NULL);

		if (!tree_is_compatible(model->tree, core->node, capable))
			message_partition(model, partition, "cpus",
					  " runs in AArch32, but %s (%s, %s) is not known to have that at EL1; give it "
					  "a Cortex-A35, A53, A55, A57, A72, A73 or A75, or a kernel for AArch64",
					  core->name, kind ? kind : "no compatible", core->location.where);
	}
}

static void check_device(const struct partition *partition, const struct device *device)
{
	for (size_t i = 0; i < device->register_count; i++) {
		if (!range_inside(device->mapped[i], device->registers[i].size, 0, REACH))
			message_error(device->moved.where ? device->moved : device->taken,
				      "partition '%s' runs in AArch32, but %s appears at 0x%" PRIx64
				      ", beyond 4 GiB; move it down (device-map)",
				      partition->name, device->name, device->mapped[i]);
	}
}

static void check_partition(const struct model *model, const struct partition *partition)
{
	struct range seen[2];

	check_cores(model, partition);
	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct window *window = &partition->memory[i];

		if (!range_inside(window->base, window->size, 0, REACH))
			message_partition(model, partition, "memory",
					  " runs in AArch32, but its memory at 0x%" PRIx64 ", size 0x%" PRIx64
					  " ends beyond 4 GiB (guest-physical); move or shrink it",
					  window->base, window->size);
	}
	if (partition->start >= REACH)
		message_partition(model, partition, partition->entry != MODEL_NOWHERE ? "entry" : "kernel",
				  " runs in AArch32, but enters at 0x%" PRIx64 ", beyond 4 GiB; move the kernel down",
				  partition->start);
	for (size_t i = 0; i < partition->device_count; i++)
		check_device(partition, &model->devices[partition->devices[i]]);
	layout_gic_seen(&model->board.gic, partition->core_count, seen);
	if (!range_inside(seen[0].base, seen[0].size, 0, REACH) || !range_inside(seen[1].base, seen[1].size, 0, REACH))
		message_error(partition->location,
			      "partition '%s' runs in AArch32, but the board's interrupt controller lies beyond 4 GiB; "
			      "only a kernel for AArch64 can run there",
			      partition->name);
}

void check_aarch32(const struct model *model)
{
	for (size_t i = 0; i < model->partition_count; i++) {
		if (model->partitions[i].is_aarch32)
			check_partition(model, &model->partitions[i]);
	}
}
