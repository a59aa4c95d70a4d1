/* SPDX-License-Identifier: Apache-2.0 */
/* Compares what a tree maps with the regions that it is to map. Not here: which regions these are. */
#include "plan/check/arch.h"

void verify_region_add(struct verify *verify, struct verify_region region)
{
	if (verify->region_count < VERIFY_REGIONS) {
		verify->regions[verify->region_count] = region;
		verify->regions[verify->region_count].mapped = 0;
		verify->region_count++;
	}
}

/* The region that `va` is in, or the region count; *end: where what holds for `va` ends, at most `limit`. */
static uint32_t region_find(const struct verify *verify, uint64_t va, uint64_t limit, uint64_t *end)
{
	uint32_t found = verify->region_count;

	*end = limit;
	for (uint32_t i = 0; i < verify->region_count; i++) {
		const struct verify_region *region = &verify->regions[i];
		uint64_t last = region->va + region->size;

		if ((va >= region->va) && (va < last)) {
			if (found == verify->region_count) {
				found = i;
			}
			*end = (last < *end) ? last : *end;
		} else if ((region->va > va) && (region->va < *end)) {
			*end = region->va;
		} else {
			/* behind, or beyond what is asked for */
		}
	}
	return found;
}

/* Judges the part [va, va + size) of a leaf, all of it in one region or in none. */
static void judge(struct verify *verify, const struct verify_tree *tree, const struct verify_step *leaf, uint64_t va,
		  uint64_t size, uint32_t index)
{
	struct verify_region *region = &verify->regions[index];
	uint64_t pa = leaf->pa + (va - leaf->va);
	enum verify_rule rule = VERIFY_OK;

	if ((index == verify->region_count) || ((region->pa + (va - region->va)) != pa)) {
		rule = VERIFY_REACH;
	} else {
		region->mapped += size;
		verify->pages += size / VERIFY_PAGE;
		rule = (leaf->bits != tree->format->leaf_bits(region->access, leaf->level)) ? VERIFY_ATTRIBUTES
											    : VERIFY_OK;
	}
	if (rule != VERIFY_OK) {
		verify_report(verify, (struct verify_violation){.rule = rule,
								.subject = tree->owner,
								.other = verify_owner_of(verify, pa),
								.address = pa,
								.at = va,
								.size = size});
	}
}

static void compare_leaf(struct verify *verify, const struct verify_tree *tree, const struct verify_step *leaf)
{
	uint64_t va = leaf->va;

	verify->leaves++;
	/* each round passes a border of a region, of which there are two each */
	for (uint32_t i = 0; (i <= (2u * VERIFY_REGIONS)) && (va < (leaf->va + leaf->size)); i++) {
		uint64_t end;
		uint32_t index = region_find(verify, va, leaf->va + leaf->size, &end);

		judge(verify, tree, leaf, va, end - va, index);
		va = end;
	}
}

/* A table page that a core may write is for that core's own trees only. */
static void table_writers(struct verify *verify, const struct verify_tree *tree, uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < verify->plan->cores.count; i++) {
		bool own = !tree->is_stage2 && (tree->owner.index == i);

		if (!own && verify_overlap(base, size, verify->writable_table[i], VERIFY_PAGE)) {
			verify_report(verify, (struct verify_violation){.rule = VERIFY_TABLE_WRITABLE,
									.subject = tree->owner,
									.other = verify_owner(VERIFY_CORE, i),
									.address = base});
		}
	}
}

void verify_map_guarded(struct verify *verify, const struct verify_tree *tree, uint64_t base, uint64_t size)
{
	table_writers(verify, tree, base, size);
	verify_sets_cover(verify, tree, base, size);
}

bool verify_map_constant(struct verify *verify, const struct verify_tree *tree, uint64_t base, uint64_t size)
{
	const struct plan_header *plan = verify->plan;
	bool inside = verify_inside(base, size, plan->table_base, plan->table_size);

	if (inside) {
		verify_map_guarded(verify, tree, base, size);
	}
	return inside;
}

static void compare_table(struct verify *verify, const struct verify_tree *tree, const struct verify_step *step)
{
	verify->tables++;
	if (step->bits != tree->format->branch_bits(step->level)) {
		verify_report_number(verify, VERIFY_TABLE_BITS, tree->owner, step->pa, step->va);
	}
	if ((step->kind == VERIFY_STEP_OUTSIDE) || !verify_map_constant(verify, tree, step->pa, VERIFY_PAGE)) {
		verify_report_address(verify, VERIFY_TABLE_PLACE, tree->owner, step->pa, step->va);
	}
}

static void report_unmapped(struct verify *verify, const struct verify_tree *tree)
{
	for (uint32_t i = 0; i < verify->region_count; i++) {
		const struct verify_region *region = &verify->regions[i];

		if (region->mapped != region->size) {
			verify_report(verify, (struct verify_violation){.rule = VERIFY_UNMAPPED,
									.subject = tree->owner,
									.other = region->owner,
									.address = region->pa,
									.at = region->va,
									.size = region->size});
		}
	}
}

void verify_map_compare(struct verify *verify, const struct verify_tree *tree)
{
	struct verify_cursor cursor;
	struct verify_step step;

	verify->trees++;
	verify_map_guarded(verify, tree, tree->root, tree->entries * 8u);
	verify_walk_start(verify, tree, &cursor);
	step = verify_walk_next(verify, &cursor);
	while (step.kind != VERIFY_STEP_END) {
		if (step.kind == VERIFY_STEP_LEAF) {
			compare_leaf(verify, tree, &step);
		} else if (step.kind == VERIFY_STEP_ENDLESS) {
			verify_report_number(verify, VERIFY_TABLE_COUNT, tree->owner, 0, 0);
		} else {
			compare_table(verify, tree, &step);
		}
		step = verify_walk_next(verify, &cursor);
	}
	report_unmapped(verify, tree);
}
