/* SPDX-License-Identifier: Apache-2.0 */
/* See stand_in.h: the functions of planner/memory.h, planner/message.h and planner/file.h. */
#include "stand_in.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planner/file.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"

#define MEMORY_MOST (UINT64_C(256) << 20)

struct block {
	struct block *next;
	max_align_t data[];
};

static struct block *blocks;
static size_t held;
static size_t errors;
static jmp_buf out_of_memory;

void stand_in_start(void)
{
	if (freopen("/dev/null", "w", stdout) == NULL)
		abort();
	unsetenv("BULKHEAD_ELF");
	setenv("BULKHEAD_BUILD", "/nowhere", 1);
}

void stand_in_run(void (*what)(void *context), void *context)
{
	errors = 0;
	held = 0;
	if (setjmp(out_of_memory) == 0)
		what(context);
	while (blocks != NULL) {
		struct block *next = blocks->next;

		free(blocks);
		blocks = next;
	}
}

/* ---- memory ---- */

void *memory_zeroed(size_t count, size_t size)
{
	struct block *block;

	if (size != 0 && count > (MEMORY_MOST - held) / size)
		longjmp(out_of_memory, 1);
	block = calloc(1, sizeof(*block) + count * size);
	if (block == NULL)
		longjmp(out_of_memory, 1);
	held += count * size;
	block->next = blocks;
	blocks = block;
	return block->data;
}

/* Moves each time, so that whoever kept the old place is found out. */
void *memory_append(void *array, size_t *count, size_t size)
{
	void *larger = memory_zeroed(*count + 1, size);

	if (*count != 0) {
		memcpy(larger, array, *count * size);
		memset(array, 0xa5, *count * size);
	}
	*count += 1;
	return larger;
}

char *memory_text_list(const char *format, va_list arguments)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = memory_zeroed(1, (size_t)length + 1);
	(void)vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

char *memory_text(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = memory_text_list(format, arguments);
	va_end(arguments);
	return text;
}

/* ---- messages ---- */

static void say(struct location where, const char *format, va_list arguments)
{
	char text[4096];

	(void)vsnprintf(text, sizeof(text), format, arguments);
	if (strstr(format, "report this") != NULL) { /* not the text: an input would soon say so */
		fprintf(stderr, "%s: %s\n", where.where != NULL ? where.where : "bulkhead", text);
		abort();
	}
}

void message_error(struct location where, const char *format, ...)
{
	va_list arguments;

	errors++;
	va_start(arguments, format);
	say(where, format, arguments);
	va_end(arguments);
}

void message_partition(const struct model *model, const struct partition *partition, const char *property,
		       const char *format, ...)
{
	va_list arguments;

	errors++;
	va_start(arguments, format);
	say(locate_property(model->tree, partition->node, property), format, arguments);
	va_end(arguments);
}

void message_note(struct location where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(where, format, arguments);
	va_end(arguments);
}

void message_warning(struct location where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(where, format, arguments);
	va_end(arguments);
}

const char *const *message_remarks(size_t *count)
{
	*count = 0;
	return NULL;
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

/* ---- files ---- */

struct file file_read(const char *path)
{
	struct file file = {0};
	const uint8_t *data = stand_in_file(path, &file.size);

	if (data == NULL) {
		errno = ENOENT;
		return (struct file){0};
	}
	file.data = memory_zeroed(file.size + 1, 1);
	memcpy(file.data, data, file.size);
	return file;
}

struct file file_read_descriptor(int descriptor)
{
	(void)descriptor;
	abort(); /* dtc's output: no target runs it */
}

bool file_exists(const char *path)
{
	size_t size;

	return stand_in_file(path, &size) != NULL;
}

bool file_write(const char *path, bool (*write)(const void *source, FILE *stream), const void *source)
{
	(void)path;
	(void)write;
	(void)source;
	abort(); /* the image and what is said of it go to memory */
}
