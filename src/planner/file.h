/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files in memory. Not here: what they hold.
 */
#ifndef PLANNER_FILE_H
#define PLANNER_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of a file, followed by one zero byte that `size` does not count; `data` is NULL when it could not be read.
 */
struct file {
	uint8_t *data;
	size_t size;
};

/* Reads a regular file; fails with errno set (EISDIR for anything that is not a regular file). */
struct file file_read(const char *path);

/* The same for an open regular file, from its first byte. */
struct file file_read_descriptor(int descriptor);

/* True when `path` names a regular file. */
bool file_exists(const char *path);

#endif
