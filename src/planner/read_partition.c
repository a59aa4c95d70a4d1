/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the node `domains`: every partition, property by property, from one table. Not here: `cpus` and the other
 * properties that give ownership (read_ownership.c), what is wrong with partitions as a whole (check.h).
 */
#include <string.h>

#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_parts.h"
#include "planner/read_property.h"
#include "planner/suggest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *read_text(const struct reading *reading)
{
	return tree_text(reading->model->tree, reading->partition->node, reading->property->name);
}

/* The choice that the property's value is, or NULL: misspelt or not available yet (reported). */
static const char *read_choice(const struct reading *reading)
{
	const struct property *property = reading->property;
	const char *value = read_text(reading), *names[READ_MAX_CHOICES];
	size_t count = 0, length;

	if (value == NULL)
		return NULL;
	length = strcspn(value, " "); /* "restart max 3 in 10s" is the choice "restart" */
	for (; count < READ_MAX_CHOICES && property->choices[count].value != NULL; count++) {
		const struct choice *choice = &property->choices[count];

		names[count] = choice->value;
		if (strlen(choice->value) != length || strncmp(choice->value, value, length) != 0)
			continue;
		if (choice->available && value[length] == '\0')
			return choice->value;
		message_error(reading->location, "partition '%s': %s = \"%s\" is not available yet",
			      reading->partition->name, property->name, value);
		return NULL;
	}
	message_error(reading->location, "partition '%s': %s: unknown value '%s'%s", reading->partition->name,
		      property->name, value, suggest_text(value, names, count));
	return NULL;
}

/* For properties of which only the default is available: nothing is stored. */
static void read_default_only(const struct reading *reading)
{
	read_choice(reading);
}

/* The hypervisor has no timer: a watchdog without a supervising partition would never bite. */
static void read_on_watchdog(const struct reading *reading)
{
	if (read_choice(reading) != NULL)
		message_error(reading->location,
			      "partition '%s': on-watchdog needs a partition that `supervises` this one, which is not "
			      "available yet; remove it",
			      reading->partition->name);
}

static void refuse_unavailable(const struct reading *reading)
{
	message_error(reading->location, "partition '%s': '%s' is not available yet; remove it",
		      reading->partition->name, reading->property->name);
}

static void read_memory(const struct reading *reading)
{
	struct partition *partition = reading->partition;
	struct tree_cells cells = read_property_cells(reading);

	if (cells.count == 0 || cells.count % 4 != 0) {
		message_error(reading->location,
			      "partition '%s': memory must be made of 64-bit pairs, base and size: <HIGH LOW "
			      "HIGH LOW>",
			      partition->name);
		return;
	}
	for (size_t i = 0; i < cells.count; i += 4) {
		partition->memory =
			memory_append(partition->memory, &partition->memory_count, sizeof(*partition->memory));
		partition->memory[partition->memory_count - 1] =
			(struct window){.base = tree_number(&cells.cell[i], 2),
					.size = tree_number(&cells.cell[i + 2], 2),
					.location = reading->location};
	}
}

static void read_flag(const struct reading *reading, bool *flag)
{
	int length;

	*flag = fdt_getprop(reading->model->tree, reading->partition->node, reading->property->name, &length) != NULL;
	if (length != 0)
		message_error(reading->location, "partition '%s': %s takes no value: write `%s;`, or leave it out",
			      reading->partition->name, reading->property->name, reading->property->name);
}

static void read_direct_map(const struct reading *reading)
{
	read_flag(reading, &reading->partition->direct_map);
}

static void read_kernel(const struct reading *reading)
{
	reading->partition->kernel = read_text(reading);
	reading->partition->kernel_location = reading->location;
}

static void read_ramdisk(const struct reading *reading)
{
	reading->partition->ramdisk = read_text(reading);
	reading->partition->ramdisk_location = reading->location;
}

static void read_bootargs(const struct reading *reading)
{
	reading->partition->bootargs = read_text(reading);
	reading->partition->bootargs_location = reading->location;
}

static void read_entry(const struct reading *reading)
{
	reading->partition->has_entry =
		tree_pair(reading->model->tree, reading->partition->node, "entry", &reading->partition->entry);
	reading->partition->entry_location = reading->location;
}

static void read_load_address(const struct reading *reading)
{
	reading->partition->has_load =
		tree_pair(reading->model->tree, reading->partition->node, "load-address", &reading->partition->load);
	reading->partition->load_location = reading->location;
}

static void read_dtb(const struct reading *reading)
{
	const char *value = read_text(reading);

	if (value != NULL && strpbrk(value, "./") != NULL) {
		message_error(reading->location,
			      "partition '%s': dtb = \"%s\": a file of one's own is not available yet",
			      reading->partition->name, value);
		return;
	}
	value = read_choice(reading);
	reading->partition->dtb_given = value != NULL;
	reading->partition->wants_dtb = value != NULL && strcmp(value, "auto") == 0;
}

static void read_execution_state(const struct reading *reading)
{
	reading->partition->execution_state = read_choice(reading);
	reading->partition->execution_state_location = reading->location;
}

static void read_wfi(const struct reading *reading)
{
	const char *value = read_choice(reading);

	reading->partition->wfi_trap = value != NULL && strcmp(value, "trap") == 0;
}

static void read_observes(const struct reading *reading)
{
	struct model *model = reading->model;
	struct tree_cells cells = read_property_cells(reading);

	if (!read_property_names(reading, &cells, "partition"))
		return;
	for (size_t i = 0; i < cells.count; i++) {
		int node = tree_follow(model->tree, fdt32_ld(&cells.cell[i]), reading->location, "observes");
		size_t other = 0;

		if (node < 0)
			continue;
		while (other < model->partition_count && model->partitions[other].node != node)
			other++;
		if (other == model->partition_count)
			message_error(reading->location, "partition '%s': observes: %s is no partition",
				      reading->partition->name, tree_name(model->tree, node));
		else if (other < PLAN_MAX_PARTITIONS)
			reading->partition->observes |= UINT64_C(1) << other;
	}
}

static void read_criticality(const struct reading *reading)
{
	reading->partition->criticality = read_choice(reading);
}

/*
 * Every property of a partition. They are read in this order: `device-map` needs to know what `access` gave.
 */
static const struct property properties[] = {
	{"compatible", NULL, {{0}}}, /* read_node has looked at it */
	{"cpus", read_cpus, {{0}}},
	{"memory", read_memory, {{0}}},
	{"direct-map", read_direct_map, {{0}}},
	{"access", read_access, {{0}}},
	{"device-map", read_device_map, {{0}}},
	{"take", refuse_unavailable, {{0}}},
	{"except", refuse_unavailable, {{0}}},
	{"kernel", read_kernel, {{0}}},
	{"ramdisk", read_ramdisk, {{0}}},
	{"bootargs", read_bootargs, {{0}}},
	{"entry", read_entry, {{0}}},
	{"load", read_default_only, {{"copy", true}, {"in-place", false}}},
	{"load-address", read_load_address, {{0}}},
	{"dtb", read_dtb, {{"auto", true}, {"none", true}}},
	{"execution-state", read_execution_state, {{"aarch64", true}, {"aarch32", true}}},
	{"interrupts-mode", read_default_only, {{"direct", true}, {"mediated", false}}},
	{"wfi", read_wfi, {{"native", true}, {"trap", true}}},
	{"observes", read_observes, {{0}}},
	{"verify", refuse_unavailable, {{0}}},
	{"console", read_default_only, {{"device", true}, {"shared", false}}},
	{"smc-allow", refuse_unavailable, {{0}}},
	{"criticality",
	 read_criticality,
	 {{"QM", true}, {"ASIL-A", true}, {"ASIL-B", true}, {"ASIL-C", true}, {"ASIL-D", true}}},
	{"supervises", refuse_unavailable, {{0}}},
	{"on-fault", read_default_only, {{"stop", true}, {"restart", false}, {"restart-board", false}}},
	{"on-reset", read_default_only, {{"stop", true}, {"restart", false}, {"restart-board", false}}},
	{"on-watchdog", read_on_watchdog, {{"stop", true}, {"restart", false}, {"restart-board", false}}},
	{"autostart", refuse_unavailable, {{0}}},
	{"start-order", refuse_unavailable, {{0}}},
};

static void refuse_unknown(const struct model *model, const struct partition *partition)
{
	const char *names[COUNT(properties)], *what = memory_text("partition '%s'", partition->name);

	for (size_t i = 0; i < COUNT(properties); i++)
		names[i] = properties[i].name;
	tree_refuse_unknown(model->tree, partition->node, what, names, COUNT(names));
	tree_refuse_unknown_nodes(model->tree, partition->node, what, NULL, 0);
}

static void read_properties(struct model *model, size_t index)
{
	struct partition *partition = &model->partitions[index];

	refuse_unknown(model, partition);
	partition->observes = index < PLAN_MAX_PARTITIONS ? UINT64_C(1) << index : 0;
	for (size_t i = 0; i < COUNT(properties); i++) {
		struct reading reading = {model, index, partition, &properties[i],
					  locate_property(model->tree, partition->node, properties[i].name)};

		if (properties[i].read != NULL && tree_has(model->tree, partition->node, properties[i].name))
			properties[i].read(&reading);
	}
}

static void add_partition(struct model *model, int node)
{
	struct partition partition = {.node = node, .location = locate_node(model->tree, node)};

	partition.name = memory_text("%s", tree_name(model->tree, node));
	partition.phandle = fdt_get_phandle(model->tree, node);
	if (strlen(partition.name) >= PLAN_NAME)
		message_error(partition.location, "the name '%s' has %zu characters; %u are the most", partition.name,
			      strlen(partition.name), PLAN_NAME - 1);
	model->partitions = memory_append(model->partitions, &model->partition_count, sizeof(partition));
	model->partitions[model->partition_count - 1] = partition;
}

/* A child of `domains`: a partition, or something that can only be refused. */
static void read_node(struct model *model, int node)
{
	static const char *const kinds[] = {"bulkhead,partition", "bulkhead,channel"};
	const char *name = tree_name(model->tree, node), *kind = tree_text(model->tree, node, "compatible");
	struct location location = locate_property(model->tree, node, "compatible");

	if (kind == NULL)
		message_error(location, "'%s' does not say what it is; add compatible = \"%s\"", name, kinds[0]);
	else if (strcmp(kind, kinds[0]) == 0)
		add_partition(model, node);
	else if (strcmp(kind, kinds[1]) == 0)
		message_error(location, "channel '%s': channels are not available yet; remove it", name);
	else
		message_error(location, "'%s': unknown kind '%s'%s", name, kind,
			      suggest_text(kind, kinds, COUNT(kinds)));
}

void read_partitions(struct model *model)
{
	static const char *const names[] = {"compatible"};
	int domains = fdt_path_offset(model->tree, "/domains"), node;

	if (domains < 0) {
		message_error(locate_whole(), "no node /domains: the file gives nothing to anybody");
		return;
	}
	tree_refuse_unknown(model->tree, domains, "domains", names, COUNT(names));
	if (fdt_node_check_compatible(model->tree, domains, "bulkhead,partitions-v1") != 0)
		message_error(locate_node(model->tree, domains),
			      "domains: compatible must be \"bulkhead,partitions-v1\"");
	fdt_for_each_subnode(node, model->tree, domains)
	{
		read_node(model, node);
	}
	if (fdt_first_subnode(model->tree, domains) < 0)
		message_error(locate_node(model->tree, domains), "domains: there is no partition in it");
	if (model->partition_count > PLAN_MAX_PARTITIONS) {
		message_error(locate_node(model->tree, domains), "domains: %zu partitions; %u are the most",
			      model->partition_count, PLAN_MAX_PARTITIONS);
		model->partition_count = 0;
	}
	for (size_t i = 0; i < model->partition_count; i++)
		read_properties(model, i);
}
