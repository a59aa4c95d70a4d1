/* SPDX-License-Identifier: Apache-2.0 */
/* Reads translation tables back from an image, for people. Not here: writing them (tables.h), judging them. */
#ifndef PLANNER_WALK_H
#define PLANNER_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes that tables may lie in: `size` of them, from physical address `base` up. */
struct walk_memory {
	const uint8_t *bytes;
	uint64_t base;
	uint64_t size;
};

/* Called for each mapping, ascending: `level` 1 = 1 GiB, 2 = 2 MiB, 3 = 4 KiB. */
typedef void walk_visit(void *context, uint64_t va, uint64_t entry, unsigned int level);

struct walk {
	struct walk_memory memory;
	walk_visit *visit;
	void *context;
	uint64_t tables; /* below the root, counted */
};

/* Walks the tree from the level-1 root at `root`. False when a table lies outside the memory; it is then left there. */
bool walk_tree(struct walk *walk, uint64_t root, size_t entries);

#endif
