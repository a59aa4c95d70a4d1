/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image file without its zeros, as fuzz inputs have it: flags and size (32 bits each), then pieces of {offset, length,
 * bytes, padding to 8}. Where SPARSE_RUN is added to `length`, two words of 64 bits stand for the bytes: the first of a row of words,
 * and by how much each is more than the one before, as tables and permission maps are. Not here: what the flags mean.
 */
#ifndef FUZZ_SPARSE_H
#define FUZZ_SPARSE_H

#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

#define SPARSE_MOST 0x400000u
#define SPARSE_RUN 0x80000000u

/* The file that the last input was expanded to. */
extern uint8_t sparse_file[SPARSE_MOST];
extern size_t sparse_size;

/* Fills the file from `size` (at least 8) bytes of input, and returns the flags. Cannot fail. */
uint32_t sparse_expand(const uint8_t *data, size_t size);

/* The plan in the file, if there is one at its own place. */
struct plan_header *sparse_plan(void);

#endif
