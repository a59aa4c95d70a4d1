/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one writer of translation tables, with a descriptor format per kind of table. 4 KiB granule, largest blocks that
 * address, size and format allow. Not here: what is mapped (el2.h, stage2.h).
 */
#ifndef PLANNER_TABLES_H
#define PLANNER_TABLES_H

#include <stddef.h>
#include <stdint.h>

#define TABLE_ENTRIES 512u

enum table_access {
	TABLE_CODE,      /* read, execute */
	TABLE_CONSTANT,  /* read */
	TABLE_DATA,      /* read, write */
	TABLE_REGISTERS, /* read, write: device memory */
	TABLE_GUEST      /* read, write, execute: a partition's own RAM */
};

/* How one kind of table writes its entries. `level` 0 = 512 GiB an entry, 1 = 1 GiB, 2 = 2 MiB, 3 = 4 KiB. */
struct table_format {
	uint64_t (*leaf)(uint64_t pa, unsigned int level, enum table_access access);
	uint64_t (*branch)(uint64_t pa, unsigned int level);
	unsigned int leaf_level; /* the first with leaves */
};

/* EL2 stage 1 (Arm ARM DDI 0487, D8.3; MAIR_EL2 index 0 = Device-nGnRnE, 1 = Normal write-back). */
extern const struct table_format table_el2;
/* Stage 2 (DDI 0487, D8.3; with FEAT_S2FWB off). */
extern const struct table_format table_stage2;
/*
 * The same two of x86: long mode, and AMD's nested paging, (APM volume 2, 5.3 and 15.25), and a guest's own tables. No 1 GiB pages: not
 * every core has them. Accessed and dirty bits are set from the start, so that no core ever writes to a table. Nested tables are
 * an AMD IOMMU's as well (IOMMU specification 48882, 2.2.3), which finds its own bits where cores look at none.
 */
extern const struct table_format table_long_mode;
extern const struct table_format table_nested;
extern const struct table_format table_user;
/* Intel's (SDM volume 3, 29.3.2), with the EPT's own accessed and dirty bits off. */
extern const struct table_format table_extended;

/* How many entries of each level map something, not further tables; how many tables there are below the roots. */
struct table_leaves {
	uint64_t of_level[4], tables;
};

/* Table pages that will lie one behind the other from physical address `base`, in the order in which they are taken. */
struct table_pages {
	uint64_t base;
	uint64_t **pages; /* TABLE_ENTRIES words each */
	size_t count;
	struct table_leaves leaves; /* of all trees that grow from here */
};

/* A tree whose root the caller holds; `level` is the root's. Lower tables come from `pages`. */
struct table_tree {
	const struct table_format *format;
	struct table_pages *pages;
	uint64_t *root;
	size_t entries;
	unsigned int level;
};

/* A further table page, all zero; its physical address goes to `pa`. Cannot fail. */
uint64_t *table_page(struct table_pages *pages, uint64_t *pa);

/*
 * Maps [va, va + size) to [pa, pa + size); all three multiples of 4 KiB, inside what the root covers and mapped nowhere
 * yet: whoever breaks this made a mistake in the planner, and the program ends.
 */
void table_map(const struct table_tree *tree, uint64_t va, uint64_t pa, uint64_t size, enum table_access access);

#endif
