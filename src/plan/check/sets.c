/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CRCs of tables: each is right, and what a core walks it has checked before. Not here: which tables are walked
 * (map.c).
 */
#include "plan/check/arch.h"

#define BOOT_ALIGNMENT 16u

/* Whether sets first .. first + count cover [base, base + size) together. */
static bool covered(const struct plan_header *plan, uint32_t first, uint32_t count, uint64_t base, uint64_t size)
{
	uint64_t end = base + size;
	uint64_t at = base;

	for (uint32_t round = 0; (round < count) && (at < end); round++) {
		for (uint32_t i = 0; i < count; i++) {
			const struct plan_table_set *set = &plan_table_sets(plan)[first + i];

			at = verify_inside(at, 1u, set->base, set->size) ? (set->base + set->size) : at;
		}
	}
	return at >= end;
}

static void core_covers(struct verify *verify, const struct verify_tree *tree, uint32_t index, uint64_t base,
			uint64_t size)
{
	const struct plan_core *core = &plan_cores(verify->plan)[index];
	uint32_t count = core->table_set_count;

	/* what its steady state walks it checks before its MMU is on */
	if (tree->owner.kind == VERIFY_CORE) {
		count = PLAN_BOOT_TABLE_SETS;
	}
	if (!covered(verify->plan, core->table_set_first, count, base, size)) {
		verify_report(verify, (struct verify_violation){.rule = VERIFY_TABLE_UNSET,
								.subject = tree->owner,
								.other = verify_owner(VERIFY_CORE, index),
								.address = base});
	}
}

void verify_sets_cover(struct verify *verify, const struct verify_tree *tree, uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < verify->plan->cores.count; i++) {
		const struct plan_core *core = &plan_cores(verify->plan)[i];

		if (tree->is_stage2 ? (core->partition == tree->owner.index) : (i == tree->owner.index)) {
			core_covers(verify, tree, i, base, size);
		}
	}
}

static bool is_boot_set(const struct plan_header *plan, uint32_t set)
{
	bool boot = false;

	for (uint32_t i = 0; i < plan->cores.count; i++) {
		uint32_t first = plan_cores(plan)[i].table_set_first;

		boot = boot || ((set >= first) && ((set - first) < PLAN_BOOT_TABLE_SETS));
	}
	return boot;
}

/* In the shared area only stage-2 roots keep their bytes until each core has checked them. */
static bool is_root(const struct verify *verify, const struct plan_table_set *set)
{
	bool root = false;

	for (uint32_t i = 0; i < verify->plan->partitions.count; i++) {
		struct verify_tree tree = verify->arch->stage2_tree(verify, i);

		root = root || verify_inside(set->base, set->size, tree.root, tree.entries * 8u);
	}
	return root && verify_inside(set->base, set->size, verify->plan->shared_base, verify->plan->shared_size);
}

void verify_sets(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;

	for (uint32_t i = 0; i < plan->table_sets.count; i++) {
		const struct plan_table_set *set = &plan_table_sets(plan)[i];
		bool constant = verify_inside(set->base, set->size, plan->table_base, plan->table_size);
		bool boot = is_boot_set(plan, i);
		bool place = (constant || (!boot && is_root(verify, set))) && (set->size != 0u) &&
			     ((set->size % BOOT_ALIGNMENT) == 0u) && ((set->base % (boot ? BOOT_ALIGNMENT : 8u)) == 0u);

		if (!place) {
			verify_report_number(verify, VERIFY_SET_PLACE, verify_owner(VERIFY_IMAGE, 0), set->base, 0);
		} else if (verify_crc32(&verify->image[set->base - plan->image_base], set->size) != set->crc) {
			verify_report_number(verify, VERIFY_SET_CRC, verify_owner(VERIFY_IMAGE, 0), set->base, 0);
		} else {
			/* right */
		}
	}
}
