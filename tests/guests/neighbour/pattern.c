/* SPDX-License-Identifier: Apache-2.0 */
/* Every word is a hash of its own place, so that a word from elsewhere is as wrong as a changed one. */
#include "neighbour/pattern.h"

#include <stdint.h>

extern char __heap_start[];
extern char __heap_end[];

#define HEAP_LEFT 0x40000u /* for newlib, from the heap's start */
#define STEP_SIZE 0x1000u  /* of the reading, between two words with the caller */

static uint64_t *first(void)
{
	return (uint64_t *)(((uintptr_t)__heap_start + HEAP_LEFT) & ~(uintptr_t)7);
}

static uint64_t word_at(const uint64_t *place)
{
	uint64_t hash = (uint64_t)(uintptr_t)place * UINT64_C(0x9e3779b97f4a7c15);

	return hash ^ hash >> 29;
}

size_t pattern_size(void)
{
	return (size_t)(__heap_end - (char *)first());
}

void pattern_fill(void)
{
	for (uint64_t *word = first(); word < (uint64_t *)(void *)__heap_end; word++)
		*word = word_at(word);
}

bool pattern_check(void (*step)(void))
{
	uint64_t wrong = 0;

	for (const uint64_t *word = first(); word < (const uint64_t *)(void *)__heap_end; word++) {
		if ((uintptr_t)word % STEP_SIZE == 0)
			step();
		wrong |= *(const volatile uint64_t *)word ^ word_at(word);
	}
	return wrong == 0;
}
