/* SPDX-License-Identifier: Apache-2.0 */
/* A walker for trees of the 4 KiB granule that start at level 1. Not here: what the attributes mean. */
#include "planner/walk.h"

#include <string.h>

#include "planner/align.h"

#define ENTRIES 512u
#define VALID 1u
#define TYPE 2u
#define ADDRESS UINT64_C(0x0000fffffffff000)

static bool walk_table(struct walk *walk, uint64_t table, size_t entries, unsigned int level, uint64_t va)
{
	uint64_t span = UINT64_C(1) << (12 + 9 * (3 - level));

	if (table % 8 != 0 || !range_inside(table, entries * 8, walk->memory.base, walk->memory.size))
		return false;
	for (size_t i = 0; i < entries; i++) {
		uint64_t entry;

		memcpy(&entry, walk->memory.bytes + (table - walk->memory.base) + i * 8, sizeof(entry));
		if ((entry & VALID) == 0)
			continue;
		if (level == 3 || (entry & TYPE) == 0) {
			walk->visit(walk->context, va + i * span, entry, level);
			continue;
		}
		walk->tables++;
		if (!walk_table(walk, entry & ADDRESS, ENTRIES, level + 1, va + i * span))
			return false;
	}
	return true;
}

bool walk_tree(struct walk *walk, uint64_t root, size_t entries)
{
	return walk_table(walk, root, entries, 1, 0);
}
