/* SPDX-License-Identifier: Apache-2.0 */
/* Every word is a hash of its own place, so that a word from elsewhere is as wrong as a changed one. */
#include "neighbour/pattern.h"

#include <stdint.h>

extern char __heap_start[];
extern char __heap_end[];

#define HEAP_LEFT 0x40000u /* for newlib, from the heap's start */
#define PIECE_WORDS (PATTERN_PIECE / sizeof(uint64_t))

static uint64_t *piece_at(size_t piece)
{
	uintptr_t first = ((uintptr_t)__heap_start + HEAP_LEFT) & ~(uintptr_t)(PATTERN_PIECE - 1u);

	return (uint64_t *)(first + piece * PATTERN_PIECE);
}

static uint64_t word_at(const uint64_t *place)
{
	uint64_t hash = (uint64_t)(uintptr_t)place * UINT64_C(0x9e3779b97f4a7c15);

	return hash ^ hash >> 29;
}

size_t pattern_pieces(void)
{
	return (size_t)(__heap_end - (char *)piece_at(0)) / PATTERN_PIECE;
}

void pattern_fill(void)
{
	for (uint64_t *word = piece_at(0); word < piece_at(pattern_pieces()); word++)
		*word = word_at(word);
}

/* Unrolled: all memory is read for each attack, some of it by slow emulators. */
bool pattern_is_intact(size_t piece)
{
	const volatile uint64_t *words = piece_at(piece);
	uint64_t wrong = 0;

#pragma GCC unroll 16
	for (size_t i = 0; i < PIECE_WORDS; i++)
		wrong |= words[i] ^ word_at((const uint64_t *)&words[i]);
	return wrong == 0;
}
