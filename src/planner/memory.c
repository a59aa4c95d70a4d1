/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that lives until the program ends: a chain of blocks, so that nothing counts as leaked. Not here: files.
 */
#include "planner/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
	struct block *next;
	max_align_t data[];
};

/* All blocks ever given out; only memory_zeroed adds to it. */
static struct block *blocks;

void *memory_zeroed(size_t count, size_t size)
{
	struct block *block = NULL;

	if (size == 0 || count <= (SIZE_MAX - sizeof(*block)) / size)
		block = calloc(1, sizeof(*block) + count * size);
	if (block == NULL) {
		fputs("bulkhead: error: out of memory\n", stderr);
		exit(1);
	}
	block->next = blocks;
	blocks = block;
	return block->data;
}

void *memory_append(void *array, size_t *count, size_t size)
{
	size_t used = *count;

	/* The capacity is the power of two at or above the count: full when the count is a power of two itself. */
	if ((used & (used - 1)) == 0) {
		void *larger = memory_zeroed(used == 0 ? 1 : 2 * used, size);

		if (used != 0)
			memcpy(larger, array, used * size);
		array = larger;
	}
	*count = used + 1;
	return array;
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
	vsnprintf(text, (size_t)length + 1, format, arguments);
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
