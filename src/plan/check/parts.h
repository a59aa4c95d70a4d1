/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier's files offer each other. Not here: the verifier's own interface (verify.h). */
#ifndef PLAN_CHECK_PARTS_H
#define PLAN_CHECK_PARTS_H

#include "plan/check/verify.h"
#include "plan/view.h"

#define VERIFY_PAGE UINT64_C(4096)
#define VERIFY_AREAS 6u

/* ---- ranges (verify.c); none of them wraps, whatever it is given -------------------------------------------------- */

bool verify_inside(uint64_t base, uint64_t size, uint64_t outer, uint64_t outer_size);
bool verify_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size);
bool verify_in_ram(const struct verify *verify, uint64_t base, uint64_t size);
bool verify_touches_ram(const struct verify *verify, uint64_t base, uint64_t size);

/* ---- results (verify.c) ------------------------------------------------------------------------------------------- */

struct verify_owner verify_owner(enum verify_owner_kind kind, uint32_t index);

/* Who besides partitions has something outside of image and memory in [base, base + size), or NOBODY. */
struct verify_owner verify_holder(const struct verify *verify, uint64_t base, uint64_t size);

/* Counts a violation, and keeps it while there is room. One that goes on where the last one ended prolongs that. */
void verify_report(struct verify *verify, struct verify_violation violation);

/* The same for one without size; `other` is whoever has `address`. */
void verify_report_address(struct verify *verify, enum verify_rule rule, struct verify_owner subject, uint64_t address,
			   uint64_t at);

/* The same for a number that is no address. */
void verify_report_number(struct verify *verify, enum verify_rule rule, struct verify_owner subject, uint64_t number,
			  uint64_t at);

/* ---- decoding and walking (walk.c) ------------------------------------------------------------------------- */

enum verify_step_kind {
	VERIFY_STEP_END,
	VERIFY_STEP_LEAF,
	VERIFY_STEP_TABLE,   /* entered */
	VERIFY_STEP_OUTSIDE, /* a table that is not in the file: not entered */
	VERIFY_STEP_ENDLESS  /* more tables than there are: the walk ends */
};

struct verify_step {
	enum verify_step_kind kind;
	uint32_t level; /* of the leaf, or of the table that the descriptor leads to */
	uint64_t va;
	uint64_t pa;
	uint64_t size;
	uint64_t bits; /* all of the descriptor but the address */
};

/* What the descriptors of a tree mean. */
struct verify_format {
	/* What `word`, read from a table of `level`, says; END: nothing, the access faults. */
	struct verify_step (*decode)(uint64_t word, uint32_t level, uint64_t va);
	uint64_t (*leaf_bits)(enum verify_access access, uint32_t level); /* that a leaf must have, but its address */
	uint64_t (*branch_bits)(uint32_t level);                          /* and what leads to a table of `level` */
};

struct verify_tree {
	const struct verify_format *format;
	uint64_t root; /* physical */
	uint64_t entries;
	uint64_t alignment; /* that the root needs */
	uint32_t level;     /* of the root: 0 .. 3 */
	bool is_stage2;
	struct verify_owner owner; /* VERIFY_PARTITION, VERIFY_CORE or VERIFY_LOADER */
};

/* A walk in progress. */
struct verify_cursor {
	struct verify_tree tree;
	uint64_t tables_left;
	uint32_t depth;
	uint64_t table[4];
	uint64_t index[4];
	uint64_t va[4];
};

/* The 64-bit word at physical address `pa`; false when the file has none there. */
bool verify_word(const struct verify *verify, uint64_t pa, uint64_t *word);

/* Bytes that an entry of a table of this level maps. */
uint64_t verify_span(uint32_t level);

void verify_walk_start(const struct verify *verify, const struct verify_tree *tree, struct verify_cursor *cursor);

/* The next leaf or table, in ascending order of va. Ends after a bounded number of calls. */
struct verify_step verify_walk_next(const struct verify *verify, struct verify_cursor *cursor);

/*
 * What `va` leads to: a leaf, with `pa` that of `va`; or END where it is not mapped. `table` becomes the level-3 table that
 * was read on the way, or 0.
 */
struct verify_step verify_lookup(const struct verify *verify, const struct verify_tree *tree, uint64_t va,
				 uint64_t *table);

/* ---- comparing (map.c) ------------------------------------------------------------------------------------- */

void verify_region_add(struct verify *verify, struct verify_region region);

/* Whether the tree maps exactly the regions: nothing more, nothing less, nothing else, and through whose tables. */
void verify_map_compare(struct verify *verify, const struct verify_tree *tree);

/* Whether those who go by the constant bytes [base, base + size) of the tree's owner check them, and nobody else writes them. */
void verify_map_guarded(struct verify *verify, const struct verify_tree *tree, uint64_t base, uint64_t size);

/* The same, and that they lie among the constant tables. False when they do not. */
bool verify_map_constant(struct verify *verify, const struct verify_tree *tree, uint64_t base, uint64_t size);

/* ---- the rules ---------------------------------------------------------------------------------------------------- */

/* frame.c: finds the plan; false when nothing behind it can be read. */
bool verify_frame(struct verify *verify);

/* rows.c, content.c: what the plan's rows say, without tables. */
void verify_rows(struct verify *verify);
void verify_content(struct verify *verify);

/* el2.c before stage2.c: which pages EL2 maps writable is known then. */
void verify_el2(struct verify *verify);
void verify_stage2(struct verify *verify);

/* Guest-physical address bits of a partition: the fewest that reach its windows and filters. */
uint32_t verify_stage2_bits(const struct plan_header *plan, const struct plan_partition *partition);

/* All of the run-time state but roots and stacks; the number of areas. */
uint32_t verify_areas(const struct verify *verify, struct plan_range areas[VERIFY_AREAS]);

/* A region of a core's own map: whatever lies at `pa`. */
void verify_el2_region(struct verify *verify, uint64_t va, uint64_t pa, uint64_t size, enum verify_access access);

/* sets.c: that a table is covered by the CRCs that the cores check. */
void verify_sets(struct verify *verify);
void verify_sets_cover(struct verify *verify, const struct verify_tree *tree, uint64_t base, uint64_t size);

/* claims.c, images.c: only with claims. */
void verify_claims_compare(struct verify *verify);
void verify_images_compare(struct verify *verify);

/* hash.c */
uint32_t verify_crc32(const uint8_t *data, uint64_t size);

struct verify_sha256 {
	uint32_t state[8];
	uint64_t size;
	uint8_t block[64];
};

void verify_sha256_start(struct verify_sha256 *hash);
void verify_sha256_add(struct verify_sha256 *hash, const uint8_t *data, uint64_t size);
void verify_sha256_end(struct verify_sha256 *hash, uint8_t digest[VERIFY_DIGEST]);

#endif
