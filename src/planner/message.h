/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner's messages to the integrator: one line per mistake, on standard error. Not here: where things stand in
 * the files (locate.h).
 */
#ifndef PLANNER_MESSAGE_H
#define PLANNER_MESSAGE_H

#include <stddef.h>

#include "planner/model.h"

/*
 * Prints `WHERE: error: ...` and counts it; a `where` of NULL prints `bulkhead: error: ...`. Say what is wrong, who is
 * concerned, and what to do. No newline in the text.
 */
void message_error(struct location where, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The same of a partition: where `property` was written, or else the partition, "partition 'NAME'" and what goes on
 * behind it.
 */
void message_partition(const struct model *model, const struct partition *partition, const char *property,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for what is legal yet worth a thought; not counted. */
void message_warning(struct location where, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Something that the planner decided, for whoever wants to know. */
void message_note(struct location where, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Warnings and notes so far, as they were printed. Valid until the next one. */
const char *const *message_remarks(size_t *count);

/* How many errors there have been: no output file is written unless this is 0. */
size_t message_errors(void);

/* `path` without its folders. */
const char *message_base_name(const char *path);

#endif
