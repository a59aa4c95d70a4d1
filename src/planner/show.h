/* SPDX-License-Identifier: Apache-2.0 */
/* The command `bulkhead show`: a finished image in words. Not here: making one (emit.h). */
#ifndef PLANNER_SHOW_H
#define PLANNER_SHOW_H

/*
 * Reads the image `name` back, tests every checksum in it, and prints its plan on standard output. Returns the exit
 * status: 0, or 1 after one line that says why the file is no intact image.
 */
int show_image(const char *name);

#endif
