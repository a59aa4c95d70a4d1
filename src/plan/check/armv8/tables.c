/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translation tables of Armv8 (Arm ARM DDI 0487, D8.3: VMSAv8-64, 4 KiB granule) and where they begin. Not here: what they
 * should hold.
 */
#include "plan/check/armv8/parts.h"

#define LAST_LEVEL 3u
#define VALID UINT64_C(1)
#define TABLE UINT64_C(2) /* at level 3: page */
#define ADDRESS_BITS UINT64_C(0x0000fffffffff000)
#define LEAST_ROOT_ALIGNMENT UINT64_C(64)

/* Attributes of a leaf without its VALID and TABLE bits. */
#define STAGE2_RAM UINT64_C(0x7fc)                 /* MemAttr 1111, S2AP 11, SH 11, AF */
#define STAGE2_DEVICE UINT64_C(0x00400000000004c4) /* MemAttr 0001, S2AP 11, SH 00, AF, XN 10 */
#define EL2_TEXT UINT64_C(0x00040000000007c4)      /* AttrIndx 1, AP 11, SH 11, AF, GP */
#define EL2_CONSTANT UINT64_C(0x00400000000007c4)  /* the same, XN and no GP */
#define EL2_DATA UINT64_C(0x0040000000000744)      /* AP 01 */
#define EL2_REGISTER UINT64_C(0x0040000000000440)  /* AttrIndx 0, AP 01, SH 00, AF, XN */

/* VTCR_EL2 (D19.2): fields, and what does not depend on the partition. */
#define PS_SHIFT 16u
#define START_LEVEL_1 UINT64_C(0x40) /* SL0 */
/* RES1, SH0 inner, ORGN0 and IRGN0 write-back, TG0 4 KiB; no HA, HD, NSA, ... */
#define FIXED_BITS ((uint64_t)0x80003500u)
#define LEAST_BITS 31u /* of a space that is walked from level 1 on, up to 16 tables side by side (D8.2.6) */
#define MOST_BITS 43u
#define ROOT_SPAN_BITS 30u /* that one entry of the root covers */

static uint64_t armv8_leaf_bits(enum verify_access access, uint32_t level)
{
	static const uint64_t bits[VERIFY_ACCESS_COUNT] = {
		[VERIFY_GUEST_RAM] = STAGE2_RAM, [VERIFY_GUEST_DEVICE] = STAGE2_DEVICE,
		[VERIFY_TEXT] = EL2_TEXT,        [VERIFY_CONSTANT] = EL2_CONSTANT,
		[VERIFY_DATA] = EL2_DATA,        [VERIFY_REGISTER] = EL2_REGISTER,
	};

	return bits[access] | VALID | ((level == LAST_LEVEL) ? TABLE : 0u);
}

/* No attributes for what is below. */
static uint64_t armv8_branch_bits(uint32_t level)
{
	(void)level;
	return VALID | TABLE;
}

static struct verify_step armv8_decode(uint64_t word, uint32_t level, uint64_t va)
{
	struct verify_step step = {.kind = VERIFY_STEP_END, .level = level, .va = va, .size = verify_span(level)};

	if ((word & VALID) == 0u) {
		return step;
	}
	if ((level < LAST_LEVEL) && ((word & TABLE) != 0u)) {
		step.kind = VERIFY_STEP_TABLE;
		step.level = level + 1u;
		step.pa = word & ADDRESS_BITS;
		step.bits = word & ~ADDRESS_BITS;
	} else if ((level == LAST_LEVEL) ? ((word & TABLE) != 0u) : (level != 0u)) {
		step.kind = VERIFY_STEP_LEAF;
		step.pa = word & ADDRESS_BITS & ~(step.size - 1u);
		step.bits = word & ~step.pa;
	} else {
		/* reserved encodings: the hardware takes them for invalid */
	}
	return step;
}

const struct verify_format armv8_format = {
	.decode = armv8_decode, .leaf_bits = armv8_leaf_bits, .branch_bits = armv8_branch_bits};

/* D8.2.6: a root is aligned to its size. */
static uint64_t root_alignment(uint64_t entries)
{
	uint64_t size = entries * 8u;

	return (size < LEAST_ROOT_ALIGNMENT) ? LEAST_ROOT_ALIGNMENT : size;
}

struct verify_tree armv8_core_tree(const struct verify *verify, uint32_t core, enum verify_owner_kind kind)
{
	const struct plan_core *row = &plan_cores(verify->plan)[core];
	uint64_t entries = UINT64_C(1) << (verify->plan->va_bits - ROOT_SPAN_BITS);

	return (struct verify_tree){.format = &armv8_format,
				    .root = (kind == VERIFY_LOADER) ? row->loader_root : row->el2_root,
				    .entries = entries,
				    .alignment = root_alignment(entries),
				    .level = 1,
				    .owner = verify_owner(kind, core)};
}

static uint32_t space_bits(const struct plan_header *plan, uint32_t partition)
{
	uint32_t bits = verify_stage2_bits(plan, &plan_partitions(plan)[partition]);

	return (bits < LEAST_BITS) ? LEAST_BITS : bits;
}

struct verify_tree armv8_stage2_tree(const struct verify *verify, uint32_t partition)
{
	uint32_t bits = space_bits(verify->plan, partition);
	struct verify_tree tree = {.format = &armv8_format,
				   .root = plan_partitions(verify->plan)[partition].stage2_root,
				   .level = 1,
				   .is_stage2 = true,
				   .owner = verify_owner(VERIFY_PARTITION, partition)};

	if (bits <= MOST_BITS) {
		tree.entries = UINT64_C(1) << (bits - ROOT_SPAN_BITS);
	}
	tree.alignment = root_alignment(tree.entries);
	return tree;
}

/* The most physical address bits that VTCR_EL2.PS can say and the board has; *field: how it says them. */
static uint32_t output_bits(const struct plan_header *plan, uint64_t *field)
{
	static const uint32_t sizes[6] = {32u, 36u, 40u, 42u, 44u, 48u};
	uint32_t bits = 0;

	*field = 0;
	for (uint64_t i = 0; i < 6u; i++) {
		if (sizes[i] <= plan->pa_bits) {
			bits = sizes[i];
			*field = i;
		}
	}
	return bits;
}

bool armv8_space_right(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[tree->owner.index];
	uint32_t bits = space_bits(plan, tree->owner.index);
	uint64_t field;
	uint64_t control;

	if ((bits > output_bits(plan, &field)) || (tree->entries == 0u)) {
		verify_report_number(verify, VERIFY_SPACE, tree->owner, bits, 0);
		return false;
	}
	control = FIXED_BITS | (field << PS_SHIFT) | START_LEVEL_1 | (64u - (uint64_t)bits);
	if (partition->stage2_control != control) {
		verify_report_number(verify, VERIFY_CONTROL, tree->owner, partition->stage2_control, control);
	}
	return true;
}
