/* SPDX-License-Identifier: Apache-2.0 */
/* A pseudo-random pattern in all memory that is free, in pieces. */
#ifndef NEIGHBOUR_PATTERN_H
#define NEIGHBOUR_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#define PATTERN_PIECE 0x1000u /* bytes */

/* Takes the heap, but for what a small program needs, and fills it. Once. */
void pattern_fill(void);

size_t pattern_pieces(void);

/* Reads a piece. False if a word is not what was written: it stays so. */
bool pattern_is_intact(size_t piece);

#endif
