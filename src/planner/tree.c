/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed reading of properties by libfdt. Not here: what the properties mean.
 */
#include "planner/tree.h"

#include <limits.h>
#include <string.h>

#include "planner/dtc.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/nodes.h"
#include "planner/suggest.h"

bool tree_has(const void *tree, int node, const char *name)
{
	return fdt_getprop(tree, node, name, NULL) != NULL;
}

bool tree_cells(const void *tree, int node, const char *name, struct tree_cells *cells)
{
	int length;
	const void *value = fdt_getprop(tree, node, name, &length);

	if (value == NULL)
		return false;
	if (length % 4 != 0) {
		message_error(locate_property(tree, node, name), "%s must be made of 32-bit numbers: %s = <...>", name,
			      name);
		return false;
	}
	*cells = (struct tree_cells){value, (size_t)length / 4};
	return true;
}

uint64_t tree_number(const fdt32_t *cell, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 32 | fdt32_ld(&cell[i]);
	return value;
}

bool tree_cell(const void *tree, int node, const char *name, uint32_t *value)
{
	struct tree_cells cells;

	if (!tree_cells(tree, node, name, &cells))
		return false;
	if (cells.count != 1) {
		message_error(locate_property(tree, node, name), "%s must be one number: %s = <N>", name, name);
		return false;
	}
	*value = fdt32_ld(cells.cell);
	return true;
}

bool tree_pair(const void *tree, int node, const char *name, uint64_t *value)
{
	struct tree_cells cells;

	if (!tree_cells(tree, node, name, &cells))
		return false;
	if (cells.count != 2) {
		message_error(locate_property(tree, node, name), "%s must be one 64-bit pair: %s = <HIGH LOW>", name,
			      name);
		return false;
	}
	*value = tree_number(cells.cell, 2);
	return true;
}

const char *tree_text(const void *tree, int node, const char *name)
{
	int length;
	const char *value = fdt_getprop(tree, node, name, &length);

	if (value == NULL)
		return NULL;
	if (length < 2 || strnlen(value, (size_t)length) != (size_t)length - 1) {
		message_error(locate_property(tree, node, name), "%s must be one text: %s = \"...\"", name, name);
		return NULL;
	}
	return value;
}

size_t tree_count(const void *tree, int node, const char *name, size_t fallback)
{
	int length;
	const fdt32_t *cell = fdt_getprop(tree, node, name, &length);

	return cell == NULL || length != 4 || fdt32_ld(cell) > TREE_MOST_CELLS ? fallback : fdt32_ld(cell);
}

bool tree_is_enabled(const void *tree, int node)
{
	return !tree_has(tree, node, "status") || fdt_stringlist_search(tree, node, "status", "okay") == 0 ||
	       fdt_stringlist_search(tree, node, "status", "ok") == 0;
}

bool tree_is_compatible(const void *tree, int node, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (fdt_node_check_compatible(tree, node, *names) == 0)
			return true;
	}
	return false;
}

int tree_find_compatible(const void *tree, const char *const *names)
{
	for (; *names != NULL; names++) {
		int node = fdt_node_offset_by_compatible(tree, -1, *names);

		if (node >= 0)
			return node;
	}
	return -1;
}

int tree_follow(const struct model *model, uint32_t phandle, struct location location, const char *name)
{
	size_t node = nodes_follow(model, phandle);

	if (node == NODES_NONE && (phandle != TREE_UNRESOLVED || !dtc_reported_labels()))
		message_error(location, "%s: phandle %#x leads to nothing; name a node by &LABEL", name, phandle);
	return node == NODES_NONE ? -1 : model->nodes[node].offset;
}

const char *tree_name(const void *tree, int node)
{
	const char *name = fdt_get_name(tree, node, NULL);

	return name == NULL ? "?" : *name == '\0' ? "/" : name;
}

const char *tree_path(const void *tree, int node)
{
	char path[PATH_MAX];

	return fdt_get_path(tree, node, path, sizeof(path)) == 0 ? memory_text("%s", path) : tree_name(tree, node);
}

static bool is_known(const char *word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, names[i]) == 0)
			return true;
	}
	return false;
}

void tree_refuse_unknown(const void *tree, int node, const char *what, const char *const *names, size_t count)
{
	int at;

	fdt_for_each_property_offset(at, tree, node)
	{
		const char *name = NULL, *nearest;

		if (fdt_getprop_by_offset(tree, at, &name, NULL) == NULL || is_known(name, names, count) ||
		    strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0)
			continue;
		nearest = suggest_nearest(name, names, count);
		message_error(locate_property(tree, node, name), "%s: unknown property '%s'%s", what, name,
			      nearest == NULL ? "; remove it" : memory_text("; did you mean '%s'?", nearest));
	}
}

void tree_refuse_unknown_nodes(const void *tree, int node, const char *what, const char *const *names, size_t count)
{
	int child;

	fdt_for_each_subnode(child, tree, node)
	{
		const char *name = tree_name(tree, child), *nearest;

		if (is_known(name, names, count))
			continue;
		nearest = suggest_nearest(name, names, count);
		message_error(locate_node(tree, child), "%s: unknown node '%s'%s", what, name,
			      nearest == NULL ? "; remove it" : memory_text("; did you mean '%s'?", nearest));
	}
}
