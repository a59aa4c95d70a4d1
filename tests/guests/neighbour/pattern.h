/* SPDX-License-Identifier: Apache-2.0 */
/* A pseudo-random pattern in all memory that is free. */
#ifndef NEIGHBOUR_PATTERN_H
#define NEIGHBOUR_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* Takes the heap, but for what a small program needs, and fills it. Once. */
void pattern_fill(void);

/* Bytes of pattern. */
size_t pattern_size(void);

/* Reads it all, and calls `step` at each page. False if a word is not what was written: it stays so. */
bool pattern_check(void (*step)(void));

#endif
