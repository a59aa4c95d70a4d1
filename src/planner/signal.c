/* SPDX-License-Identifier: Apache-2.0 */
/* Follows interrupts to the GIC. Not here: the properties that they stand in (read_device.c). */
#include "planner/signal.h"

#include "planner/memory.h"
#include "planner/read_parts.h"
#include "planner/reference.h"
#include "planner/nodes.h"
#include "planner/x86/machine.h"

#define MOST_STEPS 8 /* of nexus behind nexus; more is a circle */

/* Takes no part in an interrupt but for waking the machine. */
static const char *const transparent[] = {"fsl,imx8mq-gpc", "fsl,imx7d-gpc", "nvidia,tegra30-ictlr",
					  "nvidia,tegra210-ictlr", NULL};
/* Inverts what is active low, with its parent's numbers and flags. */
static const char *const layered[] = {"mediatek,mt6577-sysirq", NULL};

static uint32_t cell_or_zero(const fdt32_t *cells, size_t count, size_t index)
{
	return index < count ? fdt32_ld(&cells[index]) : 0;
}

/* True when the row's child part is `signal`, as far as the nexus's mask looks. */
static bool row_matches(const struct signal *signal, const struct reference *row, const fdt32_t *mask,
			size_t mask_count)
{
	size_t address = row->before_count - signal->count;

	for (size_t i = 0; i < row->before_count; i++) {
		uint32_t wanted = i < address ? cell_or_zero(signal->unit, signal->unit_count, i)
					      : fdt32_ld(&signal->specifier[i - address]);
		uint32_t look = mask == NULL ? UINT32_MAX : cell_or_zero(mask, mask_count, i);

		if (((wanted ^ fdt32_ld(&row->before[i])) & look) != 0)
			return false;
	}
	return true;
}

/* One step through the nexus that the signal has come to. */
static bool pass_nexus(const struct model *model, struct signal *signal)
{
	int length = 0, node;
	const fdt32_t *mask = fdt_getprop(model->tree, signal->controller, "interrupt-map-mask", &length);
	struct reference row;

	if (!reference_begin(&row, model, signal->controller, "interrupt-map") || row.before_count < signal->count)
		return false;
	while (reference_next(&row)) {
		if (row.target == NODES_NONE)
			return false;
		if (!row_matches(signal, &row, mask, (size_t)length / 4))
			continue;
		node = model->nodes[row.target].offset;
		signal->controller = node;
		signal->unit = row.arguments;
		signal->unit_count = tree_count(model->tree, node, "#address-cells", 0);
		signal->specifier = row.arguments + signal->unit_count;
		signal->count = row.argument_count - signal->unit_count;
		return true;
	}
	return false;
}

int signal_parent(const struct model *model, int node)
{
	for (size_t at = nodes_find(model, node);;) {
		int length;
		const fdt32_t *phandle = fdt_getprop(model->tree, model->nodes[at].offset, "interrupt-parent", &length);
		size_t parent = length == 4 ? nodes_follow(model, fdt32_ld(phandle)) : NODES_NONE;

		if (phandle != NULL)
			return parent == NODES_NONE ? -1 : model->nodes[parent].offset;
		if (model->nodes[at].parent < 0)
			return -1;
		at = (size_t)model->nodes[at].parent;
		if (tree_has(model->tree, model->nodes[at].offset, "#interrupt-cells"))
			return model->nodes[at].offset;
	}
}

static enum signal_end end_at_gic(const struct model *model, const struct signal *signal, enum signal_end end,
				  struct interrupt *interrupt, const char **why)
{
	struct tree_cells cells = {signal->specifier, signal->count};

	if (model->board.arch == PLAN_ARCH_X86)
		return x86_machine_interrupt(&cells, interrupt, why) ? end : SIGNAL_NOWHERE;
	if (signal->count >= 3 && read_interrupt(&cells, 0, interrupt))
		return end;
	*why = memory_text("has interrupt <%u %u %u>, which does not exist: SPIs are <0 0..987 FLAGS>, PPIs <1 0..15 "
			   "FLAGS>",
			   cell_or_zero(cells.cell, cells.count, 0), cell_or_zero(cells.cell, cells.count, 1),
			   cell_or_zero(cells.cell, cells.count, 2));
	return SIGNAL_NOWHERE;
}

enum signal_end signal_follow(const struct model *model, struct signal *signal, struct interrupt *interrupt,
			      const char **why)
{
	for (int step = 0; step < MOST_STEPS; step++) {
		if (signal->controller == model->board.gic.node)
			return end_at_gic(model, signal, SIGNAL_GIC, interrupt, why);
		if (tree_has(model->tree, signal->controller, "interrupt-map")) {
			if (pass_nexus(model, signal))
				continue;
			*why = memory_text("has an interrupt that the interrupt-map of %s does not know",
					   tree_name(model->tree, signal->controller));
			return SIGNAL_NOWHERE;
		}
		if (tree_is_compatible(model->tree, signal->controller, layered) &&
		    signal_parent(model, signal->controller) == model->board.gic.node)
			return end_at_gic(model, signal, SIGNAL_LAYERED, interrupt, why);
		if (!tree_is_compatible(model->tree, signal->controller, transparent))
			return SIGNAL_OTHER;
		signal->controller = signal_parent(model, signal->controller);
		if (signal->controller < 0)
			break;
	}
	*why = "has interrupts that lead to no interrupt controller";
	return SIGNAL_NOWHERE;
}
