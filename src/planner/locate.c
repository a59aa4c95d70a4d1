/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads dtc's annotated output, one node or property a line, into a sorted table path -> file:line. Not here: running
 * dtc (dtc.c). A line is `[labels: ]NAME {`, `[labels: ]NAME[ = value];` or `};`, and ends in a comment that holds
 * FILE:LINE:COLUMN-LINE:COLUMN of each piece of source that the node or property was made of.
 */
#include "planner/locate.h"

#include <ctype.h>
#include <libfdt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "planner/memory.h"
#include "planner/message.h"

/* `key` is a node's path, or path, tab, property. */
struct place {
	const char *key;
	const char *where;
};

static const char *whole_file;
static bool scanned;
static struct place *places;
static size_t place_count;
static const char **labels;
static size_t label_count;

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	return strcmp(a->key, b->key);
}

/* Cuts the annotation off `line`; returns it, or NULL. The last one: a string value may hold such a mark, too. */
static char *cut_annotation(char *line)
{
	char *found = NULL;

	for (char *at = line; (at = strstr(at, " /* ")) != NULL; at += 4)
		found = at;
	if (found == NULL)
		return NULL;
	*found = '\0';
	return found + 4;
}

/* "FILE:LINE:COLUMN-...[, more]" -> "NAME:LINE" of the first, or NULL ("<no-file>:<no-line>"). */
static const char *first_place(char *annotation)
{
	char *end = strstr(annotation, ", ");
	char *dash, *colon;

	if (end != NULL)
		*end = '\0';
	dash = strrchr(annotation, '-');
	if (dash == NULL)
		return NULL;
	*dash = '\0';
	colon = strrchr(annotation, ':');
	if (colon == NULL)
		return NULL;
	*colon = '\0';
	colon = strrchr(annotation, ':');
	if (colon == NULL || !isdigit((unsigned char)colon[1]))
		return NULL;
	return memory_text("%s", message_base_name(annotation));
}

/* Skips `label: ` prefixes and remembers them. */
static char *skip_labels(char *line)
{
	for (;;) {
		size_t length = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

		if (length == 0 || line[length] != ':' || line[length + 1] != ' ')
			return line;
		*MEMORY_APPEND(labels, label_count) = memory_text("%.*s", (int)length, line);
		line += length + 2;
	}
}

static void add_place(const char *key, char *annotation)
{
	const char *where = annotation == NULL ? NULL : first_place(annotation);

	if (where == NULL)
		return;
	*MEMORY_APPEND(places, place_count) = (struct place){key, where};
}

/* One line of the text; returns the path of the node that the next line is in. */
static const char *scan_line(char *line, const char *path)
{
	char *annotation = cut_annotation(line);
	const char *slash = strrchr(path, '/');
	size_t length;

	line += strspn(line, "\t ");
	if (strncmp(line, "};", 2) == 0)
		return slash == NULL ? path : memory_text("%.*s", (int)(slash - path), path);
	line = skip_labels(line);
	length = strlen(line);
	if (length >= 2 && strcmp(line + length - 2, " {") == 0) {
		line[length - 2] = '\0';
		if (strcmp(line, "/") == 0) {
			add_place("/", annotation);
			return "";
		}
		path = memory_text("%s/%s", path, line);
		add_place(path, annotation);
		return path;
	}
	line[strcspn(line, " ;")] = '\0';
	if (*line != '\0')
		add_place(memory_text("%s\t%s", *path == '\0' ? "/" : path, line), annotation);
	return path;
}

void locate_scan(char *text)
{
	const char *path = "/";

	for (char *line; (line = strsep(&text, "\n")) != NULL;)
		path = scan_line(line, path);
	if (place_count > 0)
		qsort(places, place_count, sizeof(*places), compare_places);
	scanned = true;
}

void locate_file(const char *file)
{
	whole_file = message_base_name(file);
}

static const char *find(const char *key)
{
	struct place wanted = {key, NULL};
	const struct place *found = NULL;

	if (place_count > 0)
		found = bsearch(&wanted, places, place_count, sizeof(*places), compare_places);
	return found == NULL ? NULL : found->where;
}

struct location locate_whole(void)
{
	return (struct location){whole_file};
}

struct location locate_path(const char *path)
{
	const char *where;

	if (!scanned)
		return (struct location){memory_text("%s:%s", whole_file, path)};
	where = find(path);
	return where != NULL ? (struct location){where} : locate_whole();
}

/* The node's path; NULL when libfdt cannot tell it. It walks the tree, and a node's properties come one by one. */
static const char *path_of(const void *tree, int node)
{
	static char path[PATH_MAX];
	static const void *last_tree;
	static int last_node;

	if (tree != last_tree || node != last_node) {
		last_tree = fdt_get_path(tree, node, path, sizeof(path)) == 0 ? tree : NULL;
		last_node = node;
	}
	return last_tree == NULL ? NULL : path;
}

struct location locate_node(const void *tree, int node)
{
	const char *path = path_of(tree, node);

	return path == NULL ? locate_whole() : locate_path(path);
}

struct location locate_property(const void *tree, int node, const char *name)
{
	const char *path = path_of(tree, node), *where = NULL;

	if (scanned && path != NULL)
		where = find(memory_text("%s\t%s", path, name));
	return where != NULL ? (struct location){where} : locate_node(tree, node);
}

struct location locate_line(const char *path, unsigned long line)
{
	return (struct location){memory_text("%s:%lu", message_base_name(path), line)};
}

const char *const *locate_labels(size_t *count)
{
	*count = label_count;
	return labels;
}
