/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the node `domains`: every partition and channel by the table of its properties. Not here: `cpus` and the other
 * properties that give ownership (read_ownership.c), what is wrong with partitions as a whole (check.h).
 */
#include <string.h>

#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/property.h"
#include "planner/read_ownership.h"
#include "planner/read_parts.h"
#include "planner/suggest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void read_memory(const struct property_reading *reading)
{
	struct partition *partition = reading->target;
	struct tree_cells cells = property_cells(reading, 4, "64-bit pairs, base and size: <HIGH LOW HIGH LOW>");

	for (size_t i = 0; i < cells.count; i += 4) {
		*MEMORY_APPEND(partition->memory, partition->memory_count) = (struct window){
			.base = tree_number(&cells.cell[i], 2), .size = tree_number(&cells.cell[i + 2], 2)};
	}
}

static void read_load(const struct property_reading *reading)
{
	int length;
	const char *value = fdt_getprop(reading->model->tree, reading->node, "load", &length);

	/* No text begins with the zero byte that every address begins with. */
	if (length == 8 && *value == '\0')
		property_refuse(reading, " is \"copy\" or \"in-place\"; the address of a raw image is load-address");
	else
		property_read_as(reading, PROPERTY_CHOICE);
}

/* One of the choices, or a file, whose name can be told by its dot or slash. */
static void read_dtb(const struct property_reading *reading)
{
	const char *value = tree_text(reading->model->tree, reading->node, "dtb");

	if (value != NULL)
		property_read_as(reading, strpbrk(value, "./") != NULL ? PROPERTY_TEXT : PROPERTY_CHOICE);
}

/* The partitions that the property names, a bit each. */
static uint64_t read_mask(const struct property_reading *reading)
{
	struct model *model = reading->model;
	struct tree_cells cells = read_names(reading, "partition");
	uint64_t mask = 0;

	for (size_t i = 0; i < cells.count; i++) {
		int node = tree_follow(model, fdt32_ld(&cells.cell[i]), reading->location, reading->property->name);
		size_t other = 0;

		while (other < model->partition_count && model->partitions[other].node != node)
			other++;
		if (node >= 0 && other == model->partition_count)
			property_refuse(reading, ": %s is no partition", tree_name(model->tree, node));
		else if (node >= 0)
			mask |= UINT64_C(1) << other;
	}
	return mask;
}

static void read_observes(const struct property_reading *reading)
{
	((struct partition *)reading->target)->observes |= read_mask(reading);
}

static void read_supervises(const struct property_reading *reading)
{
	struct partition *partition = reading->target;

	partition->supervises = read_mask(reading);
	if ((partition->supervises >> (partition - reading->model->partitions) & 1) != 0)
		property_refuse(reading, " names the partition itself; it needs nobody's leave for that");
}

#define NO_RESTART "use \"stop\""

/* clang-format off */
static const struct property_choice loads[] = {{"copy", NULL}, {"in-place", "use \"copy\""}, {0}};
static const struct property_choice trees[] = {{"auto", NULL}, {"none", NULL}, {0}};
static const struct property_choice takes[] = {{"everything", NULL}, {0}};
static const struct property_choice states[] = {{"aarch64", NULL}, {"aarch32", NULL}, {0}};
static const struct property_choice modes[] = {{"direct", NULL}, {"mediated", "use \"direct\""}, {0}};
static const struct property_choice waits[] = {{"native", NULL}, {"trap", NULL}, {0}};
static const struct property_choice verifications[] = {
	{"boot", "use \"never\", and have the loader check signatures"}, {"restart", "use \"never\""}, {"never", NULL},
	{0}};
static const struct property_choice consoles[] = {
	{"device", NULL}, {"shared", "give each partition a UART of its own"}, {0}};
static const struct property_choice criticalities[] = {
	{"QM", NULL}, {"ASIL-A", NULL}, {"ASIL-B", NULL}, {"ASIL-C", NULL}, {"ASIL-D", NULL}, {0}};
static const struct property_choice policies[] = {
	{"stop", NULL}, {"restart", NO_RESTART}, {"restart-board", NO_RESTART}, {0}};
static const struct property_choice starts[] = {
	{"yes", NULL}, {"no", "leave it out: all partitions start with the board"}, {0}};

/*
 * Every property of a partition. They are read in this order: `device-map` needs to know what `access` gave.
 */
#define FIELD(name) offsetof(struct partition, name)
static const struct property partition_rows[] = {
	{.name = "compatible"}, /* read_node has looked at it */
	{"cpus", PROPERTY_OWN, .read = read_cpus, .example = "cpus = <&cpu0>"},
	{"memory", PROPERTY_OWN, .read = read_memory, .example = "memory = <0x0 0x40000000 0x0 0x8000000>"},
	{"direct-map", PROPERTY_FLAG, .field = FIELD(direct_map)},
	{"access", PROPERTY_OWN, .read = read_access},
	{"device-map", PROPERTY_OWN, .read = read_device_map},
	{"take", PROPERTY_CHOICE, .field = FIELD(take), .choices = takes},
	{.name = "except"}, /* read_take */
	{"kernel", PROPERTY_TEXT, .field = FIELD(kernel), .example = "kernel = \"linux/Image\""},
	{"ramdisk", PROPERTY_TEXT, .field = FIELD(ramdisk)},
	{"bootargs", PROPERTY_TEXT, .field = FIELD(bootargs)},
	{"entry", PROPERTY_PAIR, .field = FIELD(entry)},
	{"load", PROPERTY_OWN, .field = FIELD(load), .choices = loads, .read = read_load},
	{"load-address", PROPERTY_PAIR, .field = FIELD(load_address)},
	{"dtb", PROPERTY_OWN, .field = FIELD(dtb), .choices = trees, .read = read_dtb, .arch = PLAN_ARCH_ARMV8},
	{"execution-state", PROPERTY_CHOICE, .field = FIELD(execution_state), .choices = states, .arch = PLAN_ARCH_ARMV8},
	{"interrupts-mode", PROPERTY_CHOICE, .field = PROPERTY_UNUSED, .choices = modes},
	{"wfi", PROPERTY_CHOICE, .field = FIELD(wfi), .choices = waits, .arch = PLAN_ARCH_ARMV8},
	{"observes", PROPERTY_OWN, .read = read_observes},
	{"verify", PROPERTY_CHOICE, .field = PROPERTY_UNUSED, .choices = verifications},
	{"console", PROPERTY_CHOICE, .field = PROPERTY_UNUSED, .choices = consoles},
	{"smc-allow", PROPERTY_OWN, .instead = "remove it: no call reaches the firmware", .arch = PLAN_ARCH_ARMV8},
	{"criticality", PROPERTY_CHOICE, .field = FIELD(criticality), .choices = criticalities},
	{"supervises", PROPERTY_OWN, .read = read_supervises, .instead = "remove it: no partition controls another"},
	{"on-fault", PROPERTY_POLICY, .field = FIELD(on_fault), .choices = policies},
	{"on-reset", PROPERTY_POLICY, .field = FIELD(on_reset), .choices = policies},
	{"on-watchdog", PROPERTY_POLICY, .field = FIELD(on_watchdog), .choices = policies},
	{"autostart", PROPERTY_CHOICE, .field = PROPERTY_UNUSED, .choices = starts},
	{"start-order", PROPERTY_OWN, .instead = "remove it: all partitions start in parallel"},
};

static const struct property channel_rows[] = {{.name = "compatible"}, {.name = "endpoints"}, {.name = "size"}, {.name = "direction"}};
static const struct property domains_rows[] = {{.name = "compatible"}};
/* clang-format on */

static void read_properties(struct model *model, size_t index)
{
	struct partition *partition = &model->partitions[index];
	const char *what = memory_text("partition '%s'", partition->name);

	partition->observes = UINT64_C(1) << index;
	partition->entry = partition->load_address = MODEL_NOWHERE;
	tree_refuse_unknown_nodes(model->tree, partition->node, what, NULL, 0);
	property_read(model, partition->node, what, partition, partition_rows, COUNT(partition_rows));
}

static void add_partition(struct model *model, int node)
{
	struct partition partition = {.node = node, .location = locate_node(model->tree, node)};

	partition.name = memory_text("%s", tree_name(model->tree, node));
	partition.phandle = fdt_get_phandle(model->tree, node);
	if (strlen(partition.name) >= PLAN_NAME)
		message_error(partition.location, "the name '%s' has %zu characters; %u are the most", partition.name,
			      strlen(partition.name), PLAN_NAME - 1);
	*MEMORY_APPEND(model->partitions, model->partition_count) = partition;
}

static void refuse_channel(struct model *model, int node)
{
	const char *what = memory_text("channel '%s'", tree_name(model->tree, node));

	property_read(model, node, what, NULL, channel_rows, COUNT(channel_rows));
	message_error(locate_node(model->tree, node), "%s: channels are not available yet; remove it", what);
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
		refuse_channel(model, node);
	else
		message_error(location, "'%s': unknown kind '%s'%s", name, kind,
			      suggest_text(kind, kinds, COUNT(kinds)));
}

void read_partitions(struct model *model)
{
	int domains = fdt_path_offset(model->tree, "/domains"), node;
	struct location location;

	if (domains < 0) {
		message_error(locate_whole(), "no node /domains: the file gives nothing to anybody");
		return;
	}
	location = locate_node(model->tree, domains);
	property_read(model, domains, "domains", NULL, domains_rows, COUNT(domains_rows));
	if (fdt_node_check_compatible(model->tree, domains, "bulkhead,partitions-v1") != 0)
		message_error(location, "domains: compatible must be \"bulkhead,partitions-v1\"");
	fdt_for_each_subnode(node, model->tree, domains)
	{
		read_node(model, node);
	}
	if (fdt_first_subnode(model->tree, domains) < 0)
		message_error(location, "domains: there is no partition in it");
	if (model->partition_count > PLAN_MAX_PARTITIONS) {
		message_error(location, "domains: %zu partitions; %u are the most", model->partition_count,
			      PLAN_MAX_PARTITIONS);
		model->partition_count = 0;
	}
	for (size_t i = 0; i < model->partition_count; i++)
		read_properties(model, i);
	read_take(model);
}
