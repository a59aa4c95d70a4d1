/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints and counts mistakes, one line each. Not here: what is a mistake.
 */
#include "planner/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static size_t errors;

static void print(struct location where, const char *kind, const char *format, va_list arguments)
{
	fprintf(stderr, "%s: %s: ", where.where != NULL ? where.where : "bulkhead", kind);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void message_error(struct location where, const char *format, ...)
{
	va_list arguments;

	errors++;
	va_start(arguments, format);
	print(where, "error", format, arguments);
	va_end(arguments);
}

void message_warning(struct location where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(where, "warning", format, arguments);
	va_end(arguments);
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
