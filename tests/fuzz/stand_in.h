/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fuzz target needs in place of the planner's memory.c, message.c and file.c: memory that is given back after
 * each input, messages that are formatted but not shown, files that are not on any disk.
 */
#ifndef FUZZ_STAND_IN_H
#define FUZZ_STAND_IN_H

#include <stddef.h>
#include <stdint.h>

/* The file that `path` names, of *size bytes; NULL: there is none. Each target that reads files defines it. */
const uint8_t *stand_in_file(const char *path, size_t *size);

/*
 * Runs `what` with a clean slate: no messages counted, no memory held. An input that asks for more memory than a
 * target may take ends there, as the program does then; a message by which the planner finds itself at fault ends the
 * target.
 */
void stand_in_run(void (*what)(void *context), void *context);

/* Standard output is of no interest; the planner's environment is none. To be called once, first. */
void stand_in_start(void);

#endif
