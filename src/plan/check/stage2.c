/* SPDX-License-Identifier: Apache-2.0 */
/* What partitions reach: each stage-2 root and control register, and all that it maps. Not here: the walk. */
#include "plan/check/arch.h"

#define VMID_MAX 255u

uint32_t verify_stage2_bits(const struct plan_header *plan, const struct plan_partition *partition)
{
	uint64_t last = 0;
	uint32_t bits = 0;

	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(plan)[partition->window_first + i];

		last |= window->base + window->size - 1u;
	}
	for (uint32_t i = 0; i < partition->filter_count; i++) {
		const struct plan_filter *filter = &plan_filters(plan)[partition->filter_first + i];

		last |= filter->base + filter->size - 1u;
	}
	while ((bits < 64u) && ((last >> bits) != 0u)) {
		bits++;
	}
	return bits;
}

/* The root lies where a recall may clear it. */
static bool stage2_root_right(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_header *plan = verify->plan;
	bool right = ((tree->root % tree->alignment) == 0u) &&
		     verify_inside(tree->root, tree->entries * 8u, plan->shared_base, plan->shared_size);

	if (!right) {
		verify_report_address(verify, VERIFY_ROOT, tree->owner, tree->root, 0);
	}
	return right;
}

/* How many rows of the partition's roots give the entry at `address` this value. */
static uint32_t root_rows(const struct verify *verify, const struct plan_partition *partition, uint64_t address,
			  uint64_t value)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < partition->root_count; i++) {
		const struct plan_root *row = &plan_roots(verify->plan)[partition->root_first + i];

		count += ((row->address == address) && (row->value == value)) ? 1u : 0u;
	}
	return count;
}

/* A recall clears every valid entry of the root, and nothing else; a restart puts the same values back. */
static void roots_compare(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_partition *partition = &plan_partitions(verify->plan)[tree->owner.index];
	uint64_t word;

	for (uint64_t i = 0; i < tree->entries; i++) {
		uint64_t address = tree->root + (i * 8u);

		(void)verify_word(verify, address, &word);
		if ((tree->format->decode(word, tree->level, 0).kind != VERIFY_STEP_END) &&
		    (root_rows(verify, partition, address, word) == 0u)) {
			verify_report_number(verify, VERIFY_ROOT_ROW, tree->owner, address, 0);
		}
	}
	for (uint32_t i = 0; i < partition->root_count; i++) {
		const struct plan_root *row = &plan_roots(verify->plan)[partition->root_first + i];

		if (!verify_inside(row->address, 8u, tree->root, tree->entries * 8u) ||
		    !verify_word(verify, row->address, &word) || (word != row->value)) {
			verify_report_number(verify, VERIFY_ROOT_ROW, tree->owner, row->address, 0);
		}
	}
}

static void regions_set(struct verify *verify, const struct plan_partition *partition)
{
	verify->region_count = 0;
	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(verify->plan)[partition->window_first + i];
		struct verify_region region = {.va = window->base,
					       .pa = window->pa,
					       .size = window->size,
					       .access = VERIFY_GUEST_DEVICE,
					       .owner = verify_owner(VERIFY_DEVICE, window->partition)};

		if (window->kind == (uint16_t)PLAN_WINDOW_RAM) {
			region.access = VERIFY_GUEST_RAM;
			region.owner.kind = VERIFY_RAM;
		} else if (window->kind == (uint16_t)PLAN_WINDOW_INTERFACE) {
			region.owner = verify_owner(VERIFY_BOARD, 0);
		} else {
			/* a device, or a kind that verify_rows refuses */
		}
		verify_region_add(verify, region);
	}
}

/* What is written while partitions run, and so may be in nobody's way: roots and run-time state. */
static void roots_apart(struct verify *verify, const struct verify_tree *tree)
{
	struct plan_range states[VERIFY_AREAS];
	uint32_t count = verify_areas(verify, states);
	struct verify_violation violation = {
		.rule = VERIFY_ROOT_OVERLAP, .subject = tree->owner, .address = tree->root};

	for (uint32_t i = 0; i < tree->owner.index; i++) {
		struct verify_tree other = verify->arch->stage2_tree(verify, i);

		if (verify_overlap(tree->root, tree->entries * 8u, other.root, other.entries * 8u)) {
			violation.other = other.owner;
			verify_report(verify, violation);
		}
	}
	for (uint32_t i = 0; i < count; i++) {
		if (verify_overlap(tree->root, tree->entries * 8u, states[i].base, states[i].size)) {
			violation.other = verify_owner(VERIFY_SHARED, 0);
			verify_report(verify, violation);
		}
	}
}

static void vmid_check(struct verify *verify, uint32_t index)
{
	const struct plan_partition *partitions = plan_partitions(verify->plan);
	uint16_t vmid = partitions[index].vmid;
	struct verify_violation violation = {.rule = VERIFY_VMID,
					     .subject = verify_owner(VERIFY_PARTITION, index),
					     .other = verify_owner(VERIFY_PARTITION, index),
					     .address = vmid};

	if ((vmid == 0u) || (vmid > VMID_MAX)) {
		verify_report(verify, violation);
	}
	for (uint32_t i = 0; i < index; i++) {
		if (partitions[i].vmid == vmid) {
			violation.other = verify_owner(VERIFY_PARTITION, i);
			verify_report(verify, violation);
		}
	}
}

void verify_stage2(struct verify *verify)
{
	for (uint32_t i = 0; i < verify->plan->partitions.count; i++) {
		const struct plan_partition *partition = &plan_partitions(verify->plan)[i];
		struct verify_tree tree = verify->arch->stage2_tree(verify, i);

		vmid_check(verify, i);
		if (verify->arch->space_right(verify, &tree) && stage2_root_right(verify, &tree)) {
			roots_apart(verify, &tree);
			regions_set(verify, partition);
			verify_map_compare(verify, &tree);
			roots_compare(verify, &tree);
		}
	}
}
