/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files, read into memory or written. Not here: what they hold.
 */
#ifndef PLANNER_FILE_H
#define PLANNER_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/*
 * Writes the file `path`, whole or not at all, by `write`, which is given `source` and is false, with errno set, when it fails. A
 * device or a pipe is only written to. False after a message.
 */
bool file_write(const char *path, bool (*write)(const void *source, FILE *stream), const void *source);

/* True when `path` names a regular file. */
bool file_exists(const char *path);

#endif
