/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors of EL2's stage 1 and of stage 2, and the walk that writes them. Not here: what is mapped. */
#include "planner/tables.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "planner/align.h"
#include "planner/memory.h"

#define VALID UINT64_C(1)
#define NOT_BLOCK UINT64_C(2) /* a table at levels 1 and 2, a page at level 3 */
#define ADDRESS UINT64_C(0x0000fffffffff000)
#define INNER_SHAREABLE (UINT64_C(3) << 8)
#define ACCESSED (UINT64_C(1) << 10)
#define EXECUTE_NEVER (UINT64_C(1) << 54)

#define EL2_NORMAL (UINT64_C(1) << 2) /* MAIR_EL2 index; 0 = device */
#define EL2_RES1 (UINT64_C(1) << 6)   /* AP[1] in a one-privilege regime */
#define EL2_READ_ONLY (UINT64_C(1) << 7)
#define EL2_GUARDED (UINT64_C(1) << 50) /* BTI: indirect branches land on landing pads only */

#define STAGE2_NORMAL (UINT64_C(0xf) << 2) /* MemAttr: write-back, inner and outer: stage 1 decides */
#define STAGE2_DEVICE (UINT64_C(1) << 2)   /* MemAttr: Device-nGnRE at most */
#define STAGE2_READ_WRITE (UINT64_C(3) << 6)

static uint64_t arm_branch(uint64_t pa, unsigned int level)
{
	(void)level;
	return pa | NOT_BLOCK | VALID;
}

static uint64_t arm_leaf(uint64_t pa, unsigned int level)
{
	return pa | ACCESSED | VALID | (level == 3 ? NOT_BLOCK : 0);
}

static uint64_t el2_leaf(uint64_t pa, unsigned int level, enum table_access access)
{
	uint64_t leaf = arm_leaf(pa, level) | EL2_RES1;

	switch (access) {
	case TABLE_CODE:
		return leaf | EL2_NORMAL | INNER_SHAREABLE | EL2_READ_ONLY | EL2_GUARDED;
	case TABLE_CONSTANT:
		return leaf | EL2_NORMAL | INNER_SHAREABLE | EL2_READ_ONLY | EXECUTE_NEVER;
	case TABLE_REGISTERS:
		return leaf | EXECUTE_NEVER;
	case TABLE_DATA:
	case TABLE_GUEST:
	default:
		/* The loader writes a guest's RAM, and never runs it. */
		return leaf | EL2_NORMAL | INNER_SHAREABLE | EXECUTE_NEVER;
	}
}

static uint64_t stage2_leaf(uint64_t pa, unsigned int level, enum table_access access)
{
	uint64_t leaf = arm_leaf(pa, level) | STAGE2_READ_WRITE;

	if (access == TABLE_REGISTERS)
		return leaf | STAGE2_DEVICE | EXECUTE_NEVER;
	return leaf | STAGE2_NORMAL | INNER_SHAREABLE;
}

const struct table_format table_el2 = {el2_leaf, arm_branch, 1};
const struct table_format table_stage2 = {stage2_leaf, arm_branch, 1};

static void table_expect(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "bulkhead: internal error: translation tables: %s\n", what);
	abort();
}

uint64_t *table_page(struct table_pages *pages, uint64_t *pa)
{
	*pa = pages->base + pages->count * PAGE_SIZE;
	*MEMORY_APPEND(pages->pages, pages->count) = memory_zeroed(TABLE_ENTRIES, sizeof(uint64_t));
	return pages->pages[pages->count - 1];
}

/* The table below an entry that is empty so far, or already a branch. */
static uint64_t *table_below(const struct table_tree *tree, uint64_t *entry, unsigned int level)
{
	uint64_t *below;
	uint64_t pa;
	size_t index;

	if (*entry == 0) {
		below = table_page(tree->pages, &pa);
		tree->pages->leaves.tables++;
		*entry = tree->format->branch(pa, level);
		return below;
	}
	index = ((*entry & ADDRESS) - tree->pages->base) / PAGE_SIZE;
	table_expect(index < tree->pages->count && *entry == tree->format->branch(*entry & ADDRESS, level),
		     "mapped twice");
	return tree->pages->pages[index];
}

static void map_level(const struct table_tree *tree, uint64_t *table, unsigned int level, uint64_t va, uint64_t pa,
		      uint64_t size, enum table_access access)
{
	unsigned int shift = 12 + 9 * (3 - level);
	uint64_t span = UINT64_C(1) << shift;
	size_t mask = level == tree->level ? SIZE_MAX : TABLE_ENTRIES - 1;

	while (size) {
		uint64_t *entry = &table[(va >> shift) & mask];
		uint64_t part = span - (va & (span - 1));

		part = part < size ? part : size;
		if (level >= tree->format->leaf_level && part == span && (pa & (span - 1)) == 0) {
			table_expect(*entry == 0, "mapped twice");
			*entry = tree->format->leaf(pa, level, access);
			tree->pages->leaves.of_level[level]++;
		} else {
			map_level(tree, table_below(tree, entry, level), level + 1, va, pa, part, access);
		}
		va += part;
		pa += part;
		size -= part;
	}
}

void table_map(const struct table_tree *tree, uint64_t va, uint64_t pa, uint64_t size, enum table_access access)
{
	uint64_t covered = (uint64_t)tree->entries << (12 + 9 * (3 - tree->level));

	table_expect(((va | pa | size) & (PAGE_SIZE - 1)) == 0, "unaligned");
	table_expect(range_inside(va, size, 0, covered), "outside the address space");
	table_expect(size <= ADDRESS && pa <= ADDRESS - size, "physical address too large");
	map_level(tree, tree->root, tree->level, va, pa, size, access);
}
