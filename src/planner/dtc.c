/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs dtc (without a shell, into memory) and turns its messages into the planner's. Not here: what the tree means.
 */
#include "planner/dtc.h"

#include <ctype.h>
#include <libfdt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "planner/file.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/program.h"
#include "planner/suggest.h"

#define UNRESOLVED 0xffffffffu

/* How many of the errors so far were about labels that no node has. */
static size_t label_errors;

bool dtc_reported_labels(void)
{
	return label_errors != 0;
}

static struct program_run run_dtc(const char *file, bool annotated, const char *const *folders, size_t folder_count)
{
	static const char *const flat[] = {"dtc", "-q", "-f", "-I", "dts", "-O", "dtb"};
	static const char *const annotating[] = {"dtc", "-q", "-f", "-I", "dts", "-O", "dts", "-T", "-T"};
	const char **arguments = memory_zeroed(12 + 2 * folder_count, sizeof(*arguments));
	size_t count = annotated ? sizeof(annotating) / sizeof(char *) : sizeof(flat) / sizeof(char *);

	memcpy(arguments, annotated ? annotating : flat, count * sizeof(char *));
	for (size_t i = 0; i < folder_count; i++) {
		arguments[count++] = "-i";
		arguments[count++] = folders[i];
	}
	arguments[count++] = "--";
	arguments[count] = file;
	return program_run(arguments, "device-tree-compiler");
}

/* The cell number `index` among those of `node` that dtc could not resolve: the place of its property. */
static struct location locate_unresolved(const void *tree, int node, size_t index, const char **property)
{
	int at;

	fdt_for_each_property_offset(at, tree, node)
	{
		int length;
		const char *name;
		const char *value = fdt_getprop_by_offset(tree, at, &name, &length);

		for (int i = 0; value != NULL && i + 4 <= length; i += 4) {
			if (fdt32_ld((const fdt32_t *)(const void *)(value + i)) != UNRESOLVED || index-- > 0)
				continue;
			*property = name;
			return locate_property(tree, node, name);
		}
	}
	return locate_node(tree, node);
}

/*
 * dtc reports unknown labels node by node, in the order of the properties, with the place of the node: the n-th message
 * about a node is its n-th unresolved cell.
 */
static void report_label(const void *tree, const char *path, const char *label)
{
	static const char *last_path;
	static size_t index;
	const char *property = NULL;
	struct location location;
	int node = fdt_path_offset(tree, path);
	const char *const *labels;
	size_t label_count;
	const char *nearest;

	index = last_path != NULL && strcmp(path, last_path) == 0 ? index + 1 : 0;
	last_path = path;
	location = node < 0 ? locate_whole() : locate_unresolved(tree, node, index, &property);
	labels = locate_labels(&label_count);
	nearest = suggest_nearest(label, labels, label_count);
	message_error(location, "%s: no node has the label '%s'%s", property != NULL ? property : path, label,
		      nearest == NULL ? "" : memory_text("; did you mean '%s'?", nearest));
	label_errors++;
}

/*
 * "FILE:LINE.COLUMN-... text": cuts the text off and returns it, with the place; NULL when `line` is none of the kind.
 */
static char *cut_place(char *line, struct location *location)
{
	for (char *colon = strchr(line, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
		char *end;
		unsigned long number = strtoul(colon + 1, &end, 10);

		if (end == colon + 1 || *end != '.' || !isdigit((unsigned char)end[1]))
			continue;
		end += strcspn(end, " ");
		if (*end != ' ')
			return NULL;
		*colon = '\0';
		*location = locate_line(line, number);
		return end + 1;
	}
	return NULL;
}

/* dtc names no line for a file that it cannot include: looks for it in `file`. */
static void report_include(const char *file, char *message)
{
	struct file source = file_read(file);
	struct location location = locate_whole();
	char *name = strchr(message, '"'), *end = name == NULL ? NULL : strchr(name + 1, '"');
	unsigned long line = 1;
	const char *at;

	if (end == NULL) {
		message_error(location, "%s", message);
		return;
	}
	*end = '\0';
	at = source.data == NULL ? NULL : strstr((const char *)source.data, memory_text("%s\"", name));
	if (at != NULL) {
		for (const char *c = (const char *)source.data; c < at; c++)
			line += *c == '\n';
		location = locate_line(file, line);
	}
	message_error(location, "cannot include '%s'%s; boards lie in config/boards, or in a folder given by -I",
		      name + 1, end + 1);
}

/* "[/node/path: ]text" of one of dtc's checks. */
static void report_check(const void *tree, struct location location, char *text)
{
	static const char label_text[] = ": Reference to non-existent node or label \"";
	char *label = strstr(text, label_text);

	if (tree == NULL || label == NULL) {
		message_error(location, "%s", text);
		return;
	}
	*label = '\0';
	label += strlen(label_text);
	label[strcspn(label, "\"")] = '\0';
	report_label(tree, text, label);
}

static bool skip_prefix(char **text, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(*text, prefix, length) != 0)
		return false;
	*text += length;
	return true;
}

static void report_line(const char *file, const void *tree, char *line)
{
	struct location location = locate_whole();
	char *text;

	if (*line == '\0' || skip_prefix(&line, "Warning: Input tree has errors") ||
	    skip_prefix(&line, "  also defined at "))
		return;
	if (skip_prefix(&line, "FATAL ERROR: ")) {
		if (skip_prefix(&line, "Couldn't open "))
			report_include(file, line);
		else if (message_errors() == 0)
			message_error(location, "%s", line);
		return;
	}
	if (!skip_prefix(&line, "Error: "))
		skip_prefix(&line, "Lexical error: ");
	text = cut_place(line, &location);
	if (text == NULL)
		text = line;
	if (skip_prefix(&text, "ERROR (")) {
		char *colon = strstr(text, "): ");

		text = colon == NULL ? text : colon + 3;
	}
	report_check(tree, location, text);
}

static void report_messages(const char *file, const void *tree, char *messages)
{
	for (char *line; (line = strsep(&messages, "\n")) != NULL;)
		report_line(file, tree, line);
}

void *dtc_compile(const char *file, const char *const *folders, size_t folder_count)
{
	struct program_run binary = run_dtc(file, false, folders, folder_count);
	struct program_run annotated;
	int result;

	if (binary.status != 0) {
		report_messages(file, NULL, (char *)binary.messages.data);
		if (message_errors() == 0)
			message_error(locate_whole(), "dtc fails on it, or does not end within %d s", PROGRAM_SECONDS);
		return NULL;
	}
	annotated = run_dtc(file, true, folders, folder_count);
	if (annotated.status == 0)
		locate_scan((char *)annotated.output.data);
	result = fdt_check_full(binary.output.data, binary.output.size);
	if (result != 0) {
		message_error(locate_whole(), "dtc made no valid tree of it: %s", fdt_strerror(result));
		return NULL;
	}
	report_messages(file, binary.output.data, (char *)binary.messages.data);
	/* After any other mistake dtc leaves all labels unresolved: looking further would find nonsense. */
	return message_errors() == label_errors ? binary.output.data : NULL;
}

const char *dtc_decompile(const void *tree, size_t size)
{
	/* Without MFD_CLOEXEC: dtc inherits it and opens it by its number. */
	int file = memfd_create("tree", 0);
	const char *arguments[] = {"dtc", "-q", "-I", "dtb", "-O", "dts", memory_text("/proc/self/fd/%d", file), NULL};
	struct program_run run = {.status = -1};

	if (file >= 0 && write(file, tree, size) == (ssize_t)size)
		run = program_run(arguments, "device-tree-compiler");
	close(file);
	if (run.status == 0)
		return (const char *)run.output.data;
	if (message_errors() == 0)
		message_error(locate_whole(), "dtc does not take the tree: %s", (const char *)run.messages.data);
	return NULL;
}
