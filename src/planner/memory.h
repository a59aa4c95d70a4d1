/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of the planner: it lives until the program ends, and running out of it ends the program. Not here: files.
 */
#ifndef PLANNER_MEMORY_H
#define PLANNER_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

/* `count` zeroed objects of `size` bytes each. Ends the program when there is no memory. */
void *memory_zeroed(size_t count, size_t size) __attribute__((returns_nonnull));

/*
 * `array` with room for one more zeroed element of `size` bytes, and *count one higher. The array may have moved. An
 * array that grows by this function must only ever have grown by it.
 */
void *memory_append(void *array, size_t *count, size_t size) __attribute__((returns_nonnull));

/* The same as an expression: the address of the new element of `array`, which has `count` of them so far. */
#define MEMORY_APPEND(array, count) (&((array) = memory_append((array), &(count), sizeof(*(array))))[(count)-1])

/* A text formatted like printf's, or vprintf's. */
char *memory_text(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
char *memory_text_list(const char *format, va_list arguments) __attribute__((format(printf, 1, 0), returns_nonnull));

#endif
