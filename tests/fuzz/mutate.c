/* SPDX-License-Identifier: Apache-2.0 */
/* See mutate.h. */
#include "mutate.h"

#include <string.h>

#define PAGE 0x1000u

uint64_t mutate_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

uint64_t mutate_number(uint64_t *state, uint64_t old)
{
	static const uint64_t limits[] = {0,        1,          2,          0xff,       0x100,      0xfff,
					  0x1000,   0xffff,     0x10000,    0x7fffffff, 0x80000000, 0xffffffff,
					  0x200000, 0x40000000, UINT64_MAX, INT64_MAX};
	uint64_t random = mutate_random(state);
	uint64_t value;

	switch (random % 8u) {
	case 0:
		value = old + 1u + (random >> 8) % 4u;
		break;
	case 1:
		value = old - 1u - (random >> 8) % 4u;
		break;
	case 2:
		value = old ^ (UINT64_C(1) << ((random >> 8) % 64u));
		break;
	case 3:
		value = limits[(random >> 8) % (sizeof(limits) / sizeof(limits[0]))];
		break;
	case 4:
		value = old + PAGE * ((random >> 8) % 8u);
		break;
	case 5:
		value = old - PAGE * ((random >> 8) % 8u);
		break;
	case 6:
		value = UINT64_C(1) << ((random >> 8) % 64u);
		break;
	default:
		value = random >> (random % 64u);
		break;
	}
	return value;
}

void mutate_word(uint64_t *state, uint8_t *data, size_t size)
{
	size_t width = (size_t)1 << (mutate_random(state) % 4u);
	size_t slots = size / width;
	uint8_t *at = data + (mutate_random(state) % slots) * width;
	uint64_t value = 0;

	if (mutate_random(state) % 4u == 0) {
		memmove(at, data + (mutate_random(state) % slots) * width, width);
		return;
	}
	memcpy(&value, at, width);
	value = mutate_number(state, value);
	memcpy(at, &value, width);
}
