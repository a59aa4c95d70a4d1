/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers the nodes of a tree. Not here: which of them are devices (read_device.c). */
#include "planner/nodes.h"

#include <string.h>

#include "planner/memory.h"
#include "planner/tree.h"

/* Children of the root that are no devices, nor is what lies below them. */
static const struct {
	const char *name, *reason;
} top_nodes[] = {
	{"reserved-memory", "is reserved memory, which nobody gets"},
	{"firmware", "belongs to the hypervisor: it is the firmware"},
	{"cpus", "is a core or one of its parts; use `cpus`"},
	{"bulkhead", "is no device"},
	{"domains", "is no device"},
	{"chosen", "is no device"},
	{"aliases", "is no device"},
	{"__symbols__", "is no device"},
};

static const char *why_reserved(const struct model *model, const struct node *node)
{
	const char *name = tree_name(model->tree, node->offset);

	if (node->offset == model->board.gic.node)
		return "belongs to the hypervisor: it is the interrupt controller; each partition has a virtual one "
		       "anyway";
	if (node->offset == model->board.timer_node)
		return "is in every core: each partition has its cores' timers anyway";
	if (node->offset == model->board.psci_node)
		return "belongs to the hypervisor: it is the firmware; each partition has a virtual one anyway";
	if (node->offset == model->board.x86.iommu_node)
		return "belongs to the hypervisor: it confines the DMA of all devices";
	if (node->offset == model->board.x86.pci_node)
		return "belongs to the hypervisor: it leads to all PCI functions; own those below it";
	if (fdt_stringlist_search(model->tree, node->offset, "device_type", "memory") == 0)
		return "is RAM; use `memory`";
	for (size_t i = 0; node->parent == 0 && i < sizeof(top_nodes) / sizeof(top_nodes[0]); i++) {
		if (strcmp(name, top_nodes[i].name) == 0)
			return top_nodes[i].reason;
	}
	if (node->parent == 0 || model->nodes[node->parent].offset == model->board.x86.pci_node)
		return NULL;
	return model->nodes[node->parent].reserved;
}

void nodes_read(struct model *model)
{
	int depth = 0, previous_depth = -1, parent = -1, offset = 0;

	for (; offset >= 0 && depth >= 0; offset = fdt_next_node(model->tree, offset, &depth)) {
		struct node node = {.offset = offset, .device = -1};

		if (depth > previous_depth)
			parent = (int)model->node_count - 1;
		for (; depth < previous_depth; previous_depth--)
			parent = model->nodes[parent].parent;
		previous_depth = depth;
		node.parent = parent;
		node.phandle = fdt_get_phandle(model->tree, offset);
		node.reserved = parent < 0 ? "is the whole board" : why_reserved(model, &node);
		model->nodes = memory_append(model->nodes, &model->node_count, sizeof(node));
		model->nodes[model->node_count - 1] = node;
	}
}

size_t nodes_find(const struct model *model, int offset)
{
	size_t first = 0, last = model->node_count;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (model->nodes[middle].offset < offset)
			first = middle + 1;
		else
			last = middle;
	}
	return first < model->node_count && model->nodes[first].offset == offset ? first : NODES_NONE;
}

size_t nodes_follow(const struct model *model, uint32_t phandle)
{
	for (size_t i = 0; phandle != 0 && phandle != TREE_UNRESOLVED && i < model->node_count; i++) {
		if (model->nodes[i].phandle == phandle)
			return i;
	}
	return NODES_NONE;
}

uint32_t nodes_last_phandle(const struct model *model)
{
	uint32_t last = 0;

	for (size_t i = 0; i < model->node_count; i++) {
		if (model->nodes[i].phandle > last && model->nodes[i].phandle != TREE_UNRESOLVED)
			last = model->nodes[i].phandle;
	}
	return last;
}
