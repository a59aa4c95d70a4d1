/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding and ranges, on 64-bit addresses and sizes. Constants and inline functions only. */
#ifndef PLANNER_ALIGN_H
#define PLANNER_ALIGN_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE UINT64_C(0x1000)
#define BLOCK_SIZE UINT64_C(0x200000) /* a level-2 block of the 4 KiB granule */
#define GIBIBYTE UINT64_C(0x40000000) /* a level-1 block */

/* `value` up, or down, to a multiple of `unit`, a power of two. Callers keep clear of 2^64. */
static inline uint64_t align_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1u) & ~(unit - 1u);
}

static inline uint64_t align_down(uint64_t value, uint64_t unit)
{
	return value & ~(unit - 1u);
}

/* Whether [base, base + size), rounded up to whole pages, ends beyond 64 bits. */
static inline bool range_wraps(uint64_t base, uint64_t size)
{
	return size > UINT64_MAX - PAGE_SIZE || base > UINT64_MAX - PAGE_SIZE - size;
}

/* Whether [base, base + size) lies in [outer, outer + outer_size). No sum is formed that could wrap. */
static inline bool range_inside(uint64_t base, uint64_t size, uint64_t outer, uint64_t outer_size)
{
	return base >= outer && size <= outer_size && base - outer <= outer_size - size;
}

/* Whether two ranges share a byte; an empty one shares none. */
static inline bool range_overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a_size != 0 && b_size != 0 && (a < b ? b - a < a_size : a - b < b_size);
}

#endif
