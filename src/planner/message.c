/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints and counts mistakes, one line each. Not here: what is a mistake.
 */
#include "planner/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "planner/locate.h"
#include "planner/memory.h"

static size_t errors, remark_count;
static const char **remarks;

/* Prints one line, whatever is in the names that a message quotes, and returns it. */
static const char *print(struct location where, const char *kind, const char *format, va_list arguments)
{
	const char *text = memory_text_list(format, arguments);
	char *line = memory_text("%s: %s: %s", where.where != NULL ? where.where : "bulkhead", kind, text);

	for (char *at = line; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == '\x7f')
			*at = '?';
	}
	fprintf(stderr, "%s\n", line);
	return line;
}

static void remark(struct location where, const char *kind, const char *format, va_list arguments)
{
	const char *line = print(where, kind, format, arguments);

	*MEMORY_APPEND(remarks, remark_count) = line;
}

void message_error(struct location where, const char *format, ...)
{
	va_list arguments;

	errors++;
	va_start(arguments, format);
	print(where, "error", format, arguments);
	va_end(arguments);
}

void message_partition(const struct model *model, const struct partition *partition, const char *property,
		       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message_error(locate_property(model->tree, partition->node, property), "partition '%s'%s", partition->name,
		      memory_text_list(format, arguments));
	va_end(arguments);
}

void message_warning(struct location where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	remark(where, "warning", format, arguments);
	va_end(arguments);
}

void message_note(struct location where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	remark(where, "note", format, arguments);
	va_end(arguments);
}

const char *const *message_remarks(size_t *count)
{
	*count = remark_count;
	return remarks;
}

size_t message_errors(void)
{
	return errors;
}

const char *message_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}
