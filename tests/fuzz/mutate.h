/* SPDX-License-Identifier: Apache-2.0 */
/* Mutations that know more than bytes: numbers in the places where C structs have them. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own mutation, for a target's LLVMFuzzerCustomMutator to fall back on. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* The next of a sequence that `state`, not 0, determines. */
uint64_t mutate_random(uint64_t *state);

/* A number that is worth a try: `old` a little changed, a limit, a power of two, anything. */
uint64_t mutate_number(uint64_t *state, uint64_t old);

/*
 * Changes one naturally aligned number of 1, 2, 4 or 8 bytes, or copies one from elsewhere. Alignment counts from
 * `data`; `size` is at least 8.
 */
void mutate_word(uint64_t *state, uint8_t *data, size_t size);

#endif
