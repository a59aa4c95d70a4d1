/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of references. Rows follow the Devicetree Specification 0.4 and Linux's dt-schema (the bindings' core
 * schemas); a property that no row names is copied as it stands: phandles are never renumbered, so that one unknown to
 * this table names in a guest's tree the same node, or nothing. Not here: rules for single boards.
 */
#include "planner/reference.h"

#include <fnmatch.h>

#include "planner/nodes.h"

#define REST 0xffu /* `after`: all further cells belong to the one entry */
#define INTERRUPT_CELLS "#interrupt-cells"

static const struct reference_row rows[] = {
	{"*nr-gpios", NULL, NULL, REFERENCE_NONE, 0, 0},
	/* providers */
	{"clocks", "#clock-cells", "clock-names", REFERENCE_SUBSTITUTE, 0, 0},
	{"assigned-clocks", "#clock-cells", "assigned-clock-rates", REFERENCE_FOLLOW, 0, 0},
	{"assigned-clock-parents", "#clock-cells", "assigned-clock-rates", REFERENCE_FOLLOW, 0, 0},
	{"resets", "#reset-cells", "reset-names", REFERENCE_FOLLOW, 0, 0},
	{"power-domains", "#power-domain-cells", "power-domain-names", REFERENCE_FOLLOW, 0, 0},
	{"pinctrl-[0-9]*", NULL, "pinctrl-names", REFERENCE_FOLLOW, 0, 0},
	{"*-supply", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	/* other devices */
	{"dmas", "#dma-cells", "dma-names", REFERENCE_FOLLOW, 0, 0},
	{"phys", "#phy-cells", "phy-names", REFERENCE_FOLLOW, 0, 0},
	{"*-handle", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	{"mboxes", "#mbox-cells", "mbox-names", REFERENCE_FOLLOW, 0, 0},
	{"gpios", "#gpio-cells", NULL, REFERENCE_FOLLOW, 0, 0},
	{"gpio", "#gpio-cells", NULL, REFERENCE_FOLLOW, 0, 0},
	{"*-gpios", "#gpio-cells", NULL, REFERENCE_FOLLOW, 0, 0},
	{"*-gpio", "#gpio-cells", NULL, REFERENCE_FOLLOW, 0, 0},
	{"gpio-ranges", NULL, NULL, REFERENCE_FOLLOW, 0, 3},
	{"pwms", "#pwm-cells", "pwm-names", REFERENCE_FOLLOW, 0, 0},
	{"io-channels", "#io-channel-cells", "io-channel-names", REFERENCE_FOLLOW, 0, 0},
	{"nvmem-cells", NULL, "nvmem-cell-names", REFERENCE_FOLLOW, 0, 0},
	{"hwlocks", "#hwlock-cells", "hwlock-names", REFERENCE_FOLLOW, 0, 0},
	{"thermal-sensors", "#thermal-sensor-cells", NULL, REFERENCE_FOLLOW, 0, 0},
	{"sound-dai", "#sound-dai-cells", NULL, REFERENCE_FOLLOW, 0, 0},
	{"mux-controls", "#mux-control-cells", "mux-control-names", REFERENCE_FOLLOW, 0, 0},
	{"operating-points-v2", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	{"required-opps", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	{"mmc-pwrseq", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	{"remote-endpoint", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	{"extcon", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	{"backlight", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	{"*syscon*", NULL, NULL, REFERENCE_FOLLOW, 0, REST}, /* a register behind the phandle, in many bindings */
	{"*,grf", NULL, NULL, REFERENCE_FOLLOW, 0, REST},
	{"fsl,stop-mode", NULL, NULL, REFERENCE_FOLLOW, 0, REST},
	{"ti,sci", NULL, NULL, REFERENCE_FOLLOW, 0, REST},
	/* interrupts; pruning writes interrupt-parent and interrupts-extended by its own rules */
	{"interrupt-parent", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	{"interrupts-extended", INTERRUPT_CELLS, "interrupt-names", REFERENCE_FOLLOW, 0, 0},
	{"interrupt-map", INTERRUPT_CELLS, "interrupt-map-mask", REFERENCE_FOLLOW, 0, 0},
	{"wakeup-parent", NULL, NULL, REFERENCE_FOLLOW, 0, 0},
	/* what confines a partition, or is shared by all: never a partition's */
	{"iommus", "#iommu-cells", NULL, REFERENCE_DROP, 0, 0},
	{"iommu-map", NULL, "iommu-map-mask", REFERENCE_DROP, 1,
	 2}, /* rows of four cells, whatever #iommu-cells says */
	{"msi-parent", "#msi-cells", NULL, REFERENCE_DROP, 0, 0},
	{"msi-map", NULL, "msi-map-mask", REFERENCE_DROP, 1, 2},
	{"interconnects", "#interconnect-cells", "interconnect-names", REFERENCE_DROP, 0, 0},
	{"memory-region", NULL, "memory-region-names", REFERENCE_DROP, 0, 0},
	{"interrupt-affinity", NULL, NULL, REFERENCE_DROP, 0, 0},
	{"cpu", NULL, NULL, REFERENCE_DROP, 0, REST},
	{"cooling-device", "#cooling-cells", NULL, REFERENCE_DROP, 0, 0},
};

const struct reference_row *reference_find(const char *property)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (fnmatch(rows[i].property, property, 0) == 0)
			return rows[i].rule == REFERENCE_NONE ? NULL : &rows[i];
	}
	return NULL;
}

/* Goes to the start of a property, where it is a reference. */
static bool open_property(struct reference *reference, const char *property, const fdt32_t *cells, int length)
{
	const void *tree = reference->model->tree;

	reference->row = cells == NULL ? NULL : reference_find(property);
	if (reference->row == NULL)
		return false;
	reference->property = property;
	reference->cells = (struct tree_cells){cells, ((size_t)length + 3) / 4};
	reference->whole = length % 4 == 0;
	reference->next = 0;
	reference->index = SIZE_MAX;
	reference->before_count = reference->row->before;
	if (strcmp(property, "interrupt-map") == 0) /* child's unit address and specifier */
		reference->before_count = tree_count(tree, reference->node, "#address-cells", 2) +
					  tree_count(tree, reference->node, INTERRUPT_CELLS, 1);
	return true;
}

bool reference_begin(struct reference *reference, const struct model *model, int node, const char *property)
{
	const fdt32_t *cells;
	int length;

	*reference = (struct reference){.model = model, .node = node, .at = -1, .index = SIZE_MAX};
	if (property == NULL) {
		reference->at = fdt_first_property_offset(model->tree, node);
		return reference->at >= 0;
	}
	cells = fdt_getprop(model->tree, node, property, &length);
	return open_property(reference, property, cells, length);
}

/* How many cells the entry has behind the phandle of `node`; SIZE_MAX when `node` does not say. */
static size_t count_arguments(const struct reference *reference, int node, size_t left)
{
	const struct reference_row *row = reference->row;
	const void *tree = reference->model->tree;
	size_t count;

	if (row->after == REST)
		return left;
	if (row->cells == NULL)
		return row->after;
	/* Absent, #msi-cells means 0 (Linux's msi.txt binding). */
	count = tree_count(tree, node, row->cells, strcmp(row->cells, "#msi-cells") == 0 ? 0 : SIZE_MAX);
	if (count == SIZE_MAX)
		return SIZE_MAX;
	if (strcmp(row->property, "interrupt-map") == 0)
		count += tree_count(tree, node, "#address-cells", 0);
	return count + row->after;
}

static bool next_entry(struct reference *reference)
{
	size_t left;
	uint32_t phandle;

	do {
		reference->index++;
		reference->target = NODES_NONE;
		if (reference->next >= reference->cells.count)
			return false;
		left = reference->cells.count - reference->next;
		reference->before = &reference->cells.cell[reference->next];
		reference->next += reference->before_count + 1;
		if (!reference->whole || left <= reference->before_count) {
			reference->next = reference->cells.count;
			return true;
		}
		reference->arguments = reference->before + reference->before_count + 1;
		left -= reference->before_count + 1;
		phandle = fdt32_ld(reference->arguments - 1);
	} while (phandle == 0);
	reference->target = nodes_follow(reference->model, phandle);
	if (reference->target == NODES_NONE)
		reference->argument_count = SIZE_MAX;
	else
		reference->argument_count =
			count_arguments(reference, reference->model->nodes[reference->target].offset, left);
	if (reference->argument_count > left)
		reference->target = NODES_NONE;
	reference->next =
		reference->target == NODES_NONE ? reference->cells.count : reference->next + reference->argument_count;
	return true;
}

bool reference_next(struct reference *reference)
{
	const void *tree = reference->model->tree;

	while (!next_entry(reference)) {
		const char *name = NULL;
		const fdt32_t *cells;
		int length;

		if (reference->at < 0)
			return false;
		cells = fdt_getprop_by_offset(tree, reference->at, &name, &length);
		open_property(reference, name, cells, length);
		reference->at = fdt_next_property_offset(tree, reference->at);
	}
	return true;
}
