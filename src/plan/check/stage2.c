/* SPDX-License-Identifier: Apache-2.0 */
/* What partitions reach: each stage-2 root and control register, and all that it maps. Not here: the walk. */
#include "plan/check/parts.h"

#define VMID_MAX 255u

/* VTCR_EL2 (Arm ARM DDI 0487, D19.2): fields, and what does not depend on the partition. */
#define PS_SHIFT 16u
#define START_LEVEL_1 UINT64_C(0x40) /* SL0 */
/* RES1, SH0 inner, ORGN0 and IRGN0 write-back, TG0 4 KiB; no HA, HD, NSA, ... */
#define FIXED_BITS ((uint64_t)0x80003500u)
#define LEAST_BITS 31u /* of a space that is walked from level 1 on, up to 16 tables side by side (D8.2.6) */
#define MOST_BITS 43u
#define ROOT_SPAN_BITS 30u /* that one entry of the root covers */

/* Guest-physical address bits of a partition: the fewest that reach its windows and filters. */
static uint32_t space_bits(const struct plan_header *plan, const struct plan_partition *partition)
{
	uint64_t last = 0;
	uint32_t bits = LEAST_BITS;

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

struct verify_tree verify_stage2_tree(const struct verify *verify, uint32_t partition)
{
	const struct plan_partition *row = &plan_partitions(verify->plan)[partition];
	uint32_t bits = space_bits(verify->plan, row);
	struct verify_tree tree = {.root = row->stage2_root,
				   .level = 1,
				   .is_stage2 = true,
				   .owner = verify_owner(VERIFY_PARTITION, partition)};

	if (bits <= MOST_BITS) {
		tree.entries = UINT64_C(1) << (bits - ROOT_SPAN_BITS);
	}
	return tree;
}

static uint64_t root_alignment(const struct verify_tree *tree)
{
	uint64_t size = tree->entries * 8u;

	return (size < VERIFY_ROOT_ALIGNMENT) ? VERIFY_ROOT_ALIGNMENT : size;
}

/* Whether the hardware takes register and root as they are meant; a walk has a meaning only then. */
static bool space_right(struct verify *verify, const struct verify_tree *tree, const struct plan_partition *partition)
{
	const struct plan_header *plan = verify->plan;
	uint32_t bits = space_bits(plan, partition);
	bool right = tree->entries != 0u;
	uint64_t field;
	uint64_t control;

	if (!right || (bits > output_bits(plan, &field))) {
		verify_report_number(verify, VERIFY_SPACE, tree->owner, bits, 0);
		return false;
	}
	control = FIXED_BITS | (field << PS_SHIFT) | START_LEVEL_1 | (64u - (uint64_t)bits);
	if (partition->stage2_control != control) {
		verify_report_number(verify, VERIFY_CONTROL, tree->owner, partition->stage2_control, control);
	}
	if (((tree->root % root_alignment(tree)) != 0u) ||
	    !verify_inside(tree->root, tree->entries * 8u, plan->shared_base, plan->shared_size)) {
		verify_report_address(verify, VERIFY_ROOT, tree->owner, tree->root, 0);
		right = false;
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
		if (((word & 1u) != 0u) && (root_rows(verify, partition, address, word) == 0u)) {
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
	const struct plan_header *plan = verify->plan;
	const struct verify_region states[] = {
		{.pa = plan->core_state, .size = (uint64_t)plan->cores.count * PLAN_CORE_STATE_SIZE},
		{.pa = plan->partition_state, .size = (uint64_t)plan->partitions.count * PLAN_PARTITION_STATE_SIZE},
		{.pa = plan->vcpu_state, .size = (uint64_t)plan->vcpus.count * PLAN_VCPU_STATE_SIZE},
	};
	struct verify_violation violation = {
		.rule = VERIFY_ROOT_OVERLAP, .subject = tree->owner, .address = tree->root};

	for (uint32_t i = 0; i < tree->owner.index; i++) {
		struct verify_tree other = verify_stage2_tree(verify, i);

		if (verify_overlap(tree->root, tree->entries * 8u, other.root, other.entries * 8u)) {
			violation.other = other.owner;
			verify_report(verify, violation);
		}
	}
	for (uint32_t i = 0; i < (sizeof(states) / sizeof(states[0])); i++) {
		if (verify_overlap(tree->root, tree->entries * 8u, states[i].pa, states[i].size)) {
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
		struct verify_tree tree = verify_stage2_tree(verify, i);

		vmid_check(verify, i);
		if (space_right(verify, &tree, partition)) {
			roots_apart(verify, &tree);
			regions_set(verify, partition);
			verify_map_compare(verify, &tree);
			roots_compare(verify, &tree);
		}
	}
}
