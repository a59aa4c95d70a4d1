/* SPDX-License-Identifier: Apache-2.0 */
/* docs/devices.md, "What a device is", for the verifier. */
#include "planner/verify_device.h"

#include <string.h>

#include "planner/memory.h"

#define PAGE UINT64_C(4096)
#define FIRST_SHARED 32u /* interrupts below are each core's own */

/* A walk over the tree: what all nodes need to know. */
struct walk {
	const struct verify_tree *tree;
	int gic, pci; /* x86: the PCI host; -1 = none */
	struct verify_devices found;
};

static void lose(struct verify_device *device, const char *what)
{
	if (device->lost == NULL)
		device->lost = what;
}

static void add_range(struct verify_device *device, uint64_t base, uint64_t size, bool reachable)
{
	if (size == 0)
		return;
	if (!reachable || base + size > UINT64_MAX - PAGE)
		lose(device, "its registers cannot be followed");
	else
		*MEMORY_APPEND(device->ranges, device->range_count) = (struct plan_range){base, size};
}

static void read_ports(const struct verify_tree *tree, struct verify_device *device)
{
	uint64_t base, count;
	bool known;

	for (size_t i = 0; verify_tree_ports(tree, device->node, i, &base, &count, &known); i++) {
		if (!known)
			lose(device, "its registers are no I/O ports");
		else
			*MEMORY_APPEND(device->ports, device->port_count) = (struct plan_range){base, count};
	}
}

static void read_ranges(const struct verify_tree *tree, struct verify_device *device)
{
	uint64_t base = 0, size = 0;
	bool reachable;

	/* a simple bus has none of its own, whatever its reg says */
	for (size_t i = 0; fdt_node_check_compatible(tree->fdt, device->node, "simple-bus") != 0 &&
			   verify_tree_range(tree, device->node, i, &base, &size, &reachable);
	     i++)
		add_range(device, base, size, reachable);
	for (size_t i = 0;
	     device->range_count != 0 && verify_tree_window(tree, device->node, i, &base, &size, &reachable); i++)
		add_range(device, base, size, reachable);
}

/* Bus, device and function are bits 23:8 of the first cell of `reg`; registers are in assigned-addresses, 5 cells each. */
static void read_function(const struct verify_tree *tree, struct verify_device *device)
{
	struct verify_cells reg = verify_tree_cells(tree, device->node, "reg");
	struct verify_cells addresses = verify_tree_cells(tree, device->node, "assigned-addresses");

	device->is_function = true;
	device->function = (uint16_t)(verify_tree_cell(&reg, 0) >> 8);
	if (reg.count == 0 || addresses.count % 5 != 0)
		lose(device, "its PCI registers cannot be followed");
	for (size_t i = 0; device->lost == NULL && i < addresses.count; i += 5)
		add_range(device, verify_tree_number(&addresses, i + 1, 2), verify_tree_number(&addresses, i + 3, 2),
			  true);
}

/* <REGISTER OFFSET ENTRIES>: behind the base of what assigned-addresses has for that register, bits 7:0 of the first cell. */
static void read_messages(const struct verify_tree *tree, struct verify_device *device)
{
	struct verify_cells addresses = verify_tree_cells(tree, device->node, "assigned-addresses");
	struct verify_cells table = verify_tree_cells(tree, device->node, "bulkhead,msi-x");

	for (size_t i = 0; i + 5 <= addresses.count && table.count == 3; i += 5) {
		if ((verify_tree_cell(&addresses, i) & 0xff) == verify_tree_cell(&table, 0)) {
			device->table = verify_tree_number(&addresses, i + 1, 2) + verify_tree_cell(&table, 1);
			device->messages = verify_tree_cell(&table, 2);
		}
	}
	if (table.count != 0 && device->messages == 0)
		lose(device, "its table of messages cannot be followed");
}

static bool has_interrupt(const struct verify_device *device, uint32_t id)
{
	for (size_t i = 0; i < device->interrupt_count; i++) {
		if (device->interrupts[i].id == id)
			return true;
	}
	return false;
}

/* Those that `read` finds at `node`, which is the device (whose own they may be) or a part of it. */
static void read_interrupts(const struct walk *walk, struct verify_device *device, int node, bool is_own,
			    verify_tree_reader *read)
{
	struct verify_interrupt interrupt;
	enum verify_found found = VERIFY_FOUND;

	for (size_t i = 0; found != VERIFY_END && found != VERIFY_CUT; i++) {
		found = read(walk->tree, node, walk->gic, i, &interrupt);
		if (found == VERIFY_FOUND && (is_own || !has_interrupt(device, interrupt.id)))
			*MEMORY_APPEND(device->interrupts, device->interrupt_count) = interrupt;
		if ((found == VERIFY_CUT && node == device->node) || (found == VERIFY_LOST && is_own))
			lose(device, "its interrupts cannot be followed");
	}
}

/* What is no device, and all below it. */
static bool is_nobodys(const struct walk *walk, const struct verify_node *node)
{
	static const char *const tops[] = {"bulkhead", "chosen", "cpus", "domains", "firmware", "reserved-memory"};
	const void *fdt = walk->tree->fdt;
	const char *name = fdt_get_name(fdt, node->offset, NULL);
	bool found =
		node->offset == walk->gic || fdt_stringlist_search(fdt, node->offset, "device_type", "memory") == 0 ||
		fdt_node_check_compatible(fdt, node->offset, "arm,armv8-timer") == 0 ||
		fdt_node_check_compatible(fdt, node->offset, VERIFY_TREE_LAPIC) == 0 ||
		(walk->pci >= 0 &&
		 (node->offset == walk->pci || fdt_node_check_compatible(fdt, node->offset, VERIFY_TREE_IOMMU) == 0));

	for (size_t i = 0; node->parent == 0 && name != NULL && i < sizeof(tops) / sizeof(tops[0]); i++)
		found = found || strcmp(name, tops[i]) == 0;
	return found;
}

/* What is known of a node once it was visited. */
struct place {
	struct verify_device *device; /* that the node is or belongs to; or NULL */
	bool nobodys, disabled;
};

static void visit(struct walk *walk, const struct verify_node *node, const struct place *above, struct place *place)
{
	bool reachable = verify_tree_is_bus(walk->tree, node->parent);
	struct verify_device device = {.node = node->offset, .owner = VERIFY_NO_OWNER};

	*place = *above;
	place->nobodys = (above->nobodys && node->parent != walk->pci) || is_nobodys(walk, node);
	place->disabled = above->disabled || !verify_tree_is_enabled(walk->tree, node->offset);
	if (place->nobodys)
		return;
	if (node->parent == walk->pci) {
		device.disabled = place->disabled;
		read_function(walk->tree, &device);
		read_messages(walk->tree, &device);
		place->device = &walk->found.devices[walk->found.count++];
		*place->device = device;
		return;
	}
	if (!reachable && above->device != NULL) {
		read_interrupts(walk, above->device, node->offset, false, verify_tree_interrupt);
		return;
	}
	device.disabled = place->disabled;
	if (reachable && verify_tree_is_ported(walk->tree, node->offset))
		read_ports(walk->tree, &device);
	else if (reachable)
		read_ranges(walk->tree, &device);
	read_interrupts(walk, &device, node->offset, true, verify_tree_interrupt);
	if (device.range_count != 0)
		read_interrupts(walk, &device, node->offset, false, verify_tree_bridged);
	if (device.range_count == 0 && device.port_count == 0 && device.interrupt_count == 0 && device.lost == NULL)
		return;
	place->device = &walk->found.devices[walk->found.count++];
	*place->device = device;
}

struct verify_devices verify_devices_read(const struct verify_tree *tree, int gic)
{
	struct walk walk = {.tree = tree, .gic = gic, .pci = -1};
	struct place *places = memory_zeroed(tree->count, sizeof(*places));

	if (verify_tree_compatible(tree, VERIFY_TREE_LAPIC) >= 0)
		walk.pci = verify_tree_compatible(tree, VERIFY_TREE_PCI);
	walk.found.devices = memory_zeroed(tree->count, sizeof(*walk.found.devices)); /* each node is one at most */
	for (size_t i = 1; i < tree->count; i++) {
		size_t above = verify_tree_index(tree, tree->nodes[i].parent);

		visit(&walk, &tree->nodes[i], &places[above], &places[i]);
	}
	return walk.found;
}

struct verify_device *verify_devices_find(const struct verify_devices *devices, int node)
{
	for (size_t i = 0; i < devices->count; i++) {
		if (devices->devices[i].node == node)
			return &devices->devices[i];
	}
	return NULL;
}

static bool pages_meet(const struct plan_range *a, const struct plan_range *b)
{
	uint64_t a_last = (a->base + a->size - 1) / PAGE, b_last = (b->base + b->size - 1) / PAGE;

	return a->base / PAGE <= b_last && b->base / PAGE <= a_last;
}

static bool ports_meet(const struct plan_range *a, const struct plan_range *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

static bool devices_meet(const struct verify_device *a, const struct verify_device *b)
{
	for (size_t i = 0; i < a->range_count; i++) {
		for (size_t j = 0; j < b->range_count; j++) {
			if (pages_meet(&a->ranges[i], &b->ranges[j]))
				return true;
		}
	}
	for (size_t i = 0; i < a->port_count; i++) {
		for (size_t j = 0; j < b->port_count; j++) {
			if (ports_meet(&a->ports[i], &b->ports[j]))
				return true;
		}
	}
	for (size_t i = 0; i < a->interrupt_count; i++) {
		if (a->interrupts[i].id >= FIRST_SHARED && has_interrupt(b, a->interrupts[i].id))
			return true;
	}
	return false;
}

bool verify_device_is_taken(const struct verify_devices *devices, const struct verify_device *device, uint16_t taker)
{
	bool is_shared = device->range_count != 0 || device->port_count != 0 || device->is_function;

	for (size_t i = 0; i < device->interrupt_count; i++)
		is_shared = is_shared || device->interrupts[i].id >= FIRST_SHARED;
	if (!is_shared || device->owner != VERIFY_NO_OWNER || device->disabled || device->lost != NULL)
		return false;
	for (size_t i = 0; i < devices->count; i++) {
		const struct verify_device *other = &devices->devices[i];

		if (other->owner != VERIFY_NO_OWNER && other->owner != taker && devices_meet(device, other))
			return false;
	}
	return true;
}
