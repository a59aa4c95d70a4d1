/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the node `domains`: every partition, property by property, from one table. Not here: what is wrong with partitions as
 * a whole (check.h).
 */
#include <string.h>

#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_parts.h"
#include "planner/suggest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_CHOICES 6

struct choice {
	const char *value;
	bool available;
};

struct property;

/* The property being read, and of which partition. */
struct reading {
	struct model *model;
	size_t index;
	struct partition *partition;
	const struct property *property;
	struct location location;
};

struct property {
	const char *name;
	void (*read)(const struct reading *reading);
	struct choice choices[MAX_CHOICES]; /* the values that it can have, where these can be listed */
};

static struct tree_cells read_cells(const struct reading *reading)
{
	struct tree_cells cells = {0};

	tree_cells(reading->model->tree, reading->partition->node, reading->property->name, &cells);
	return cells;
}

static const char *read_text(const struct reading *reading)
{
	return tree_text(reading->model->tree, reading->partition->node, reading->property->name);
}

/* The choice that the property's value is, or NULL: misspelt or not available yet (reported). */
static const char *read_choice(const struct reading *reading)
{
	const struct property *property = reading->property;
	const char *value = read_text(reading), *names[MAX_CHOICES];
	size_t count = 0, length;

	if (value == NULL)
		return NULL;
	length = strcspn(value, " "); /* "restart max 3 in 10s" is the choice "restart" */
	for (; count < MAX_CHOICES && property->choices[count].value != NULL; count++) {
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

static void refuse_unavailable(const struct reading *reading)
{
	message_error(reading->location, "partition '%s': '%s' is not available yet; remove it",
		      reading->partition->name, reading->property->name);
}

static bool expect_nonempty(const struct reading *reading, const struct tree_cells *cells, const char *what)
{
	if (cells->count == 0)
		message_error(reading->location, "partition '%s': %s names no %s", reading->partition->name,
			      reading->property->name, what);
	return cells->count != 0;
}

/* One message for everything that two partitions claim. */
static void refuse_shared(const struct reading *reading, const char *name, int owner, struct location taken)
{
	message_error(reading->location,
		      "partition '%s' and partition '%s' both own %s (also %s); give it to one of them",
		      reading->partition->name, reading->model->partitions[owner].name, name, taken.where);
}

static void claim_core(const struct reading *reading, uint32_t phandle)
{
	struct partition *partition = reading->partition;
	struct model *model = reading->model;
	int node = tree_follow(model->tree, phandle, reading->location, "cpus");
	struct core *core = NULL;

	if (node < 0)
		return;
	for (size_t i = 0; i < model->core_count; i++) {
		if (model->cores[i].node == node)
			core = &model->cores[i];
	}
	if (core == NULL) {
		message_error(reading->location, "partition '%s': %s is no core; a device belongs into `access`",
			      partition->name, tree_name(model->tree, node));
	} else if (core->owner == (int)reading->index) {
		message_error(reading->location, "partition '%s': cpus names %s twice", partition->name, core->name);
	} else if (core->owner >= 0) {
		refuse_shared(reading, core->name, core->owner, core->taken);
	} else {
		core->owner = (int)reading->index;
		core->taken = reading->location;
		core->vcpu = partition->core_count;
		partition->cores = memory_append(partition->cores, &partition->core_count, sizeof(size_t));
		partition->cores[partition->core_count - 1] = (size_t)(core - model->cores);
	}
}

static void read_cpus(const struct reading *reading)
{
	struct tree_cells cells = read_cells(reading);

	if (!expect_nonempty(reading, &cells, "core"))
		return;
	for (size_t i = 0; i < cells.count; i++)
		claim_core(reading, fdt32_ld(&cells.cell[i]));
}

static struct device *find_device(const struct model *model, int node)
{
	for (size_t i = 0; i < model->device_count; i++) {
		if (model->devices[i].node == node)
			return &model->devices[i];
	}
	return NULL;
}

/* `node` is nothing that can be owned: says why. */
static void refuse_node(const struct reading *reading, int node)
{
	const struct model *model = reading->model;
	const char *name = tree_name(model->tree, node), *partition = reading->partition->name;
	const char *reserved = read_why_reserved(model, node);

	if (reserved != NULL)
		message_error(reading->location, "partition '%s': %s %s", partition, name, reserved);
	else if (tree_has(model->tree, node, "reg"))
		message_error(reading->location,
			      "partition '%s': %s has no address that a core can reach; own the controller "
			      "of its bus, %s",
			      partition, name, tree_name(model->tree, fdt_parent_offset(model->tree, node)));
	else
		message_error(reading->location,
			      "partition '%s': %s has neither registers nor interrupts: there is nothing to "
			      "own",
			      partition, name);
}

static void claim_device(const struct reading *reading, uint32_t phandle)
{
	struct partition *partition = reading->partition;
	struct model *model = reading->model;
	int node = tree_follow(model->tree, phandle, reading->location, "access");
	struct device *device = node < 0 ? NULL : find_device(model, node);

	if (node < 0)
		return;
	if (device == NULL) {
		refuse_node(reading, node);
	} else if (device->owner == (int)reading->index) {
		message_error(reading->location, "partition '%s': access names %s twice", partition->name,
			      device->name);
	} else if (device->owner >= 0) {
		refuse_shared(reading, device->name, device->owner, device->taken);
	} else {
		device->owner = (int)reading->index;
		device->taken = reading->location;
		partition->devices = memory_append(partition->devices, &partition->device_count, sizeof(size_t));
		partition->devices[partition->device_count - 1] = (size_t)(device - model->devices);
	}
}

static void read_access(const struct reading *reading)
{
	struct tree_cells cells = read_cells(reading);

	if (!expect_nonempty(reading, &cells, "device"))
		return;
	for (size_t i = 0; i < cells.count; i++)
		claim_device(reading, fdt32_ld(&cells.cell[i]));
}

/* Moves the device's first registers to `base`, and the others along with them. */
static void move_device(const struct reading *reading, uint32_t phandle, uint64_t base)
{
	const char *partition = reading->partition->name;
	int node = tree_follow(reading->model->tree, phandle, reading->location, "device-map");
	struct device *device = node < 0 ? NULL : find_device(reading->model, node);

	if (node < 0)
		return;
	if (device == NULL || device->register_count == 0)
		message_error(reading->location, "partition '%s': device-map: %s has no registers to be mapped",
			      partition, tree_name(reading->model->tree, node));
	else if (device->owner != (int)reading->index)
		message_error(reading->location,
			      "partition '%s': device-map: %s is not its own; name it in `access`, too", partition,
			      device->name);
	else if (device->moved.where != NULL)
		message_error(reading->location, "partition '%s': device-map names %s twice", partition, device->name);
	else {
		device->moved = reading->location;
		for (size_t i = 0; i < device->register_count; i++)
			device->mapped[i] = base + (device->registers[i].base - device->registers[0].base);
	}
}

static void read_device_map(const struct reading *reading)
{
	struct tree_cells cells = read_cells(reading);

	if (cells.count == 0 || cells.count % 3 != 0) {
		message_error(reading->location, "partition '%s': device-map must be made of <&DEVICE HIGH LOW>",
			      reading->partition->name);
		return;
	}
	for (size_t i = 0; i < cells.count; i += 3)
		move_device(reading, fdt32_ld(&cells.cell[i]), tree_number(&cells.cell[i + 1], 2));
}

static void read_memory(const struct reading *reading)
{
	struct partition *partition = reading->partition;
	struct tree_cells cells = read_cells(reading);

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

static void read_wfi(const struct reading *reading)
{
	const char *value = read_choice(reading);

	reading->partition->wfi_trap = value != NULL && strcmp(value, "trap") == 0;
}

static void read_observes(const struct reading *reading)
{
	struct model *model = reading->model;
	struct tree_cells cells = read_cells(reading);

	if (!expect_nonempty(reading, &cells, "partition"))
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
	{"execution-state", read_default_only, {{"aarch64", true}, {"aarch32", false}}},
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
	{"on-watchdog", read_default_only, {{"stop", true}, {"restart", false}, {"restart-board", false}}},
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
