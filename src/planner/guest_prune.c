/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partition's tree keeps of the board's: its devices with all their parts, the ways to them, copies of what is
 * nothing but data; and what it has instead of the rest. Not here: the writing (guest_device.c).
 */
#include <inttypes.h>
#include <string.h>

#include "planner/guest_writer.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/nodes.h"

#define CLOCK_RATES "bulkhead,clock-rates"

/* Nodes that describe and do nothing: any number of partitions can have a copy. */
static const char *const self_contained[] = {
	"fixed-clock",       "fixed-factor-clock", "regulator-fixed", "operating-points-v2",
	"mmc-pwrseq-simple", "mmc-pwrseq-emmc",    "usb-nop-xceiv",   NULL,
};

bool guest_has(const struct guest *guest, size_t node)
{
	return guest->keep[node] == GUEST_WHOLE || guest->model->nodes[node].offset == guest->model->board.gic.node;
}

/* ---- what is kept ---- */

static void keep_copy(struct guest *guest, size_t index);

static void keep_copies_of(struct guest *guest, int offset)
{
	struct reference reference;

	for (reference_begin(&reference, guest->model, offset, NULL); reference_next(&reference);) {
		if (reference.target != NODES_NONE && reference.row->rule != REFERENCE_DROP)
			keep_copy(guest, reference.target);
	}
}

/* Keeps a self-contained node with all below it and all such nodes that they refer to. */
static void keep_copy(struct guest *guest, size_t index)
{
	const struct model *model = guest->model;
	const struct node *node = &model->nodes[index];

	if (guest->keep[index] == GUEST_WHOLE || node->reserved != NULL || node->device >= 0 ||
	    !tree_is_compatible(model->tree, node->offset, self_contained))
		return;
	guest->keep[index] = GUEST_WHOLE;
	for (size_t i = index + 1; i < model->node_count && model->nodes[i].parent >= (int)index; i++)
		guest->keep[i] = GUEST_WHOLE;
	keep_copies_of(guest, node->offset);
}

/* Owned devices and their parts, but for disabled ones: those have nothing that works. */
static void keep_own(struct guest *guest)
{
	const struct model *model = guest->model;

	for (size_t i = 1; i < model->node_count; i++) {
		const struct node *node = &model->nodes[i];
		bool is_part = node->device >= 0 && model->devices[node->device].node != node->offset;

		if (node->device < 0 || model->devices[node->device].owner != (int)guest->index)
			continue;
		if (!is_part ||
		    (tree_is_enabled(model->tree, node->offset) && guest->keep[node->parent] == GUEST_WHOLE))
			guest->keep[i] = GUEST_WHOLE;
	}
}

/* True when all that the nodes from `first` up to `end` refer to can be had, and something of it is the partition's. */
static bool is_made_of_own(const struct guest *guest, size_t first, size_t end)
{
	const struct model *model = guest->model;
	struct reference reference;
	bool has_own = false;

	for (size_t i = first; i < end; i++) {
		for (reference_begin(&reference, model, model->nodes[i].offset, NULL); reference_next(&reference);) {
			size_t target = reference.target;

			if (target >= first && target < end)
				continue;
			if (target == NODES_NONE || reference.row->rule == REFERENCE_DROP || !guest_has(guest, target))
				return false;
			has_own = has_own || model->nodes[target].device >= 0;
		}
	}
	return has_own;
}

/* Only as a whole: parts of such a node mean nothing by themselves. */
static bool may_be_made(const struct model *model, const struct node *node)
{
	return node->reserved == NULL && node->device < 0 && tree_is_enabled(model->tree, node->offset) &&
	       (node->parent == 0 ||
		fdt_node_check_compatible(model->tree, model->nodes[node->parent].offset, "simple-bus") == 0);
}

/*
 * Nodes without registers or interrupts of their own (a set of LEDs on pins, a sound card, a switched regulator) belong
 * to the owner of all that they are made of. True when there was one more.
 */
static bool keep_made_of_own(struct guest *guest)
{
	const struct model *model = guest->model;
	bool is_more = false;

	for (size_t i = 1, end; i < model->node_count; i++) {
		bool has_device = false;

		if (guest->keep[i] != GUEST_NOTHING || !may_be_made(model, &model->nodes[i]))
			continue;
		for (end = i + 1; end < model->node_count && model->nodes[end].parent >= (int)i; end++)
			has_device = has_device || model->nodes[end].device >= 0;
		if (has_device || !is_made_of_own(guest, i, end))
			continue;
		for (size_t j = i; j < end; j++)
			guest->keep[j] = GUEST_WHOLE;
		is_more = true;
	}
	return is_more;
}

/* The buses between the root and what is kept. Backwards, a node comes after all below it. */
static void keep_ways(struct guest *guest)
{
	for (size_t i = guest->model->node_count; i-- > 1;) {
		size_t parent = (size_t)guest->model->nodes[i].parent;

		if (guest->keep[i] != GUEST_NOTHING && guest->keep[parent] == GUEST_NOTHING)
			guest->keep[parent] = guest->model->nodes[parent].device < 0 ? GUEST_BUS : GUEST_PASSED;
	}
}

/* ---- what is lost ---- */

static bool is_lost(const struct guest *guest, const struct reference *reference)
{
	enum reference_rule rule = reference->row->rule;

	return reference->target == NODES_NONE || rule == REFERENCE_DROP ||
	       (rule == REFERENCE_FOLLOW && !guest_has(guest, reference->target));
}

bool guest_loses(const struct guest *guest, int offset, const char *name)
{
	const struct reference_row *row = reference_find(name);
	const char *companion = row == NULL || row->companion == NULL ? name : row->companion;
	struct reference reference;

	for (reference_begin(&reference, guest->model, offset, NULL); reference_next(&reference);) {
		const char *other = reference.row->companion;
		bool is_like = other != NULL && strcmp(companion, other) == 0;

		if (is_lost(guest, &reference) && (is_like || strcmp(reference.property, name) == 0))
			return true;
	}
	return false;
}

static void add_substitution(struct guest *guest, int offset, const char *property, size_t provider, uint32_t rate)
{
	const struct model *model = guest->model;
	struct partition *partition = guest->partition;
	struct substitution substitution = {.node = tree_path(model->tree, offset), .property = property, .rate = rate};
	const struct node *node = provider == NODES_NONE ? NULL : &model->nodes[provider];

	substitution.provider = node == NULL ? NULL : tree_path(model->tree, node->offset);
	substitution.owner = node == NULL || node->device < 0 ? -1 : model->devices[node->device].owner;
	if (substitution.owner >= 0)
		model->partitions[substitution.owner].provides = true;
	partition->substitutions =
		memory_append(partition->substitutions, &partition->substitution_count, sizeof(substitution));
	partition->substitutions[partition->substitution_count - 1] = substitution;
}

/* ---- clocks ---- */

/* The rate that the board gives for the clock, 0 = none. */
static uint32_t find_rate(const struct guest *guest, int offset, size_t index)
{
	int length;
	const fdt32_t *rates = fdt_getprop(guest->model->tree, offset, CLOCK_RATES, &length);

	return rates == NULL || index >= (size_t)length / 4 ? 0 : fdt32_ld(&rates[index]);
}

uint32_t guest_clock(const struct guest *guest, int offset, const struct reference *reference)
{
	uint32_t rate = find_rate(guest, offset, reference->index);

	if (reference->target != NODES_NONE && guest_has(guest, reference->target))
		return 0;
	for (size_t i = 0; i < guest->clock_count; i++) {
		if (guest->clocks[i].rate == rate)
			return guest->clocks[i].phandle;
	}
	return 0;
}

static void refuse_clock(const struct guest *guest, int offset, const struct reference *reference)
{
	const struct model *model = guest->model;
	const struct node *node = &model->nodes[reference->target];
	int owner = node->device < 0 ? -1 : model->devices[node->device].owner;
	const char *whose =
		owner < 0 ? "nobody owns" : memory_text("partition '%s' owns", model->partitions[owner].name);

	message_error(
		locate_property(model->tree, offset, "clocks"),
		"partition '%s': clock %zu of %s comes from %s, which %s; say at what rate it runs, in Hz: add " CLOCK_RATES
		" = <RATE ...>, one for each of its clocks, to %s",
		guest->partition->name, reference->index, tree_name(model->tree, offset),
		tree_name(model->tree, node->offset), whose, tree_path(model->tree, offset));
}

/* A fixed clock for each clock of the node that the partition cannot have; one is reported, the others are alike. */
static void replace_clocks(struct guest *guest, int offset)
{
	struct tree_cells rates = {0};
	struct reference reference;

	tree_cells(guest->model->tree, offset, CLOCK_RATES, &rates);
	for (reference_begin(&reference, guest->model, offset, "clocks"); reference_next(&reference);) {
		uint32_t rate = find_rate(guest, offset, reference.index);

		if (reference.target == NODES_NONE || guest_has(guest, reference.target))
			continue;
		if (rate == 0 && guest->has_tree) {
			refuse_clock(guest, offset, &reference);
			return;
		}
		add_substitution(guest, offset, "clocks", reference.target, rate);
		if (guest_clock(guest, offset, &reference) != 0)
			continue;
		guest->clocks = memory_append(guest->clocks, &guest->clock_count, sizeof(*guest->clocks));
		guest->clocks[guest->clock_count - 1] = (struct guest_clock){rate, ++guest->last_phandle};
	}
	if (rates.count > reference.index)
		message_error(locate_property(guest->model->tree, offset, CLOCK_RATES),
			      "%s: " CLOCK_RATES " has %zu rates for %zu clocks; give one for each, in their order",
			      tree_name(guest->model->tree, offset), rates.count, reference.index);
}

/* ---- all of it ---- */

/* The device that `device` lies behind and its partition does not own; or NULL. */
static const struct device *find_foreign_bridge(const struct guest *guest, const struct device *device)
{
	const struct model *model = guest->model;
	size_t at = nodes_find(model, device->node);

	for (int parent = model->nodes[at].parent; parent > 0; parent = model->nodes[parent].parent) {
		int bridge = model->nodes[parent].device;

		if (bridge >= 0 && model->devices[bridge].owner != (int)guest->index)
			return &model->devices[bridge];
	}
	return NULL;
}

/*
 * Interrupts that another controller takes reach nobody but that controller's owner; what a bridge that is another's
 * leads to works only as far as that one lets it.
 */
static void check_ways(const struct guest *guest)
{
	const struct model *model = guest->model;

	for (size_t i = 0; i < guest->partition->device_count; i++) {
		const struct device *device = &model->devices[guest->partition->devices[i]];
		const struct device *bridge = find_foreign_bridge(guest, device);
		size_t controller = device->controller < 0 ? NODES_NONE : nodes_find(model, device->controller);

		if (controller != NODES_NONE && device->own_interrupt_count == 0 && !guest_has(guest, controller))
			message_error(device->taken,
				      "partition '%s': %s raises its interrupts at %s, which the partition does not "
				      "own; name that in `access`, too",
				      guest->partition->name, device->name, tree_name(model->tree, device->controller));
		if (bridge != NULL)
			message_warning(device->taken,
					"partition '%s': %s lies behind %s (%s), which the partition does not own",
					guest->partition->name, device->name, bridge->name, bridge->location.where);
	}
}

static void note_losses(struct guest *guest, int offset)
{
	const char *last = NULL; /* once a property */
	struct reference reference;

	for (reference_begin(&reference, guest->model, offset, NULL); reference_next(&reference);) {
		if (!is_lost(guest, &reference) || reference.property == last)
			continue;
		last = reference.property;
		add_substitution(guest, offset, last, reference.target, 0);
	}
}

void guest_prune(struct guest *guest)
{
	const struct model *model = guest->model;

	guest->keep = memory_zeroed(model->node_count, sizeof(*guest->keep));
	guest->last_phandle = nodes_last_phandle(model);
	guest->gic_phandle = fdt_get_phandle(model->tree, model->board.gic.node);
	if (guest->gic_phandle == 0)
		guest->gic_phandle = ++guest->last_phandle;
	keep_own(guest);
	do {
		for (size_t i = 1; i < model->node_count; i++) {
			if (guest->keep[i] == GUEST_WHOLE)
				keep_copies_of(guest, model->nodes[i].offset);
		}
	} while (keep_made_of_own(guest));
	if (guest->is_judged)
		check_ways(guest);
	for (size_t i = 1; i < model->node_count; i++) {
		if (guest->keep[i] != GUEST_WHOLE)
			continue;
		note_losses(guest, model->nodes[i].offset);
		replace_clocks(guest, model->nodes[i].offset);
	}
	keep_ways(guest);
}
