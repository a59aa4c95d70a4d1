/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the plan's check offer each other. Not here: the check itself (check.h). */
#ifndef PLAN_CHECK_PARTS_H
#define PLAN_CHECK_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/view.h"

/* ---- ranges; none of them wraps, whatever it is given ------------------------------------------------------------ */

static inline bool range_in(uint64_t base, uint64_t size, uint64_t outer, uint64_t outer_size)
{
	return (base >= outer) && (size <= outer_size) && ((base - outer) <= (outer_size - size));
}

static inline bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return (a < b) ? (b - a) < a_size : (a - b) < b_size;
}

/* base + size does not wrap, and the range is not empty */
static inline bool range_sane(uint64_t base, uint64_t size)
{
	return (size != 0u) && (size <= (UINT64_MAX - base));
}

/* Rows [first, first + count) are the array's. */
static inline bool span_in(uint32_t first, uint32_t count, const struct plan_array *array)
{
	return (first <= array->count) && (count <= (array->count - first));
}

/* `count` pages from `base` on, which begins one. */
static inline bool pages_in(uint64_t base, uint64_t count, uint64_t outer, uint64_t outer_size)
{
	return ((base % PLAN_PAGE) == 0u) && range_in(base, count * PLAN_PAGE, outer, outer_size);
}

/* ---- the plan, whose arrays fit ----------------------------------------------------------------------------------- */

static inline bool is_x86(const struct plan_header *plan)
{
	return plan->arch == (uint32_t)PLAN_ARCH_X86;
}

/* Of the interrupt controller's shared registers, bytes: one page of a GICv2's and of the I/O APIC. */
static inline uint64_t distributor_size(const struct plan_header *plan)
{
	return (plan->gic == (uint32_t)PLAN_GIC_V3) ? 0x10000u : 0x1000u; /* IHI 0069, 12.8; IHI 0048B, 4.1.2 */
}

/* check_owned.c: all of it is the board's RAM; some of it is. */
bool check_in_memory(const struct plan_header *plan, uint64_t base, uint64_t size);
bool check_touches_memory(const struct plan_header *plan, uint64_t base, uint64_t size);

/* What partitions own, no two the same: windows of memory and registers, translations, interrupts, images. References hold. */
bool check_windows(const struct plan_header *plan);
bool check_translations(const struct plan_header *plan);
bool check_interrupts(const struct plan_header *plan);
bool check_images(const struct plan_header *plan);

/*
 * check_x86.c: the filter, by its number in the partition, is all of PCI's configuration space or the pages of a table of messages;
 * the window keeps clear of these and of the IOMMU. Its row is there.
 */
bool check_x86_filter(const struct plan_header *plan, const struct plan_filter *filter, uint32_t number);
bool check_x86_window(const struct plan_header *plan, const struct plan_window *window);

/* Where all that lies that only x86 has. True on other architectures. References hold. */
bool check_x86_placed(const struct plan_header *plan);

#endif
