/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzzer's dice: a sequence for each block of each core, so that a block is the same whatever ran before it. */
#ifndef FUZZER_RANDOM_H
#define FUZZER_RANDOM_H

#include <stdint.h>

struct dice {
	uint64_t state;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t roll(struct dice *dice)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0..limit-1. */
static inline uint32_t below(struct dice *dice, uint32_t limit)
{
	return (uint32_t)((roll(dice) >> 32) * limit >> 32);
}

static inline uint32_t bits(struct dice *dice, unsigned count)
{
	return (uint32_t)(roll(dice) >> (64u - count));
}

#endif
