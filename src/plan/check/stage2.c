/* SPDX-License-Identifier: Apache-2.0 */
/* What partitions reach: each stage-2 root and control register, and all that it maps. Not here: the walk. */
#include "plan/check/parts.h"

#define VMID_MAX 255u

/* VTCR_EL2 (Arm ARM DDI 0487, D19.2): which bits are which; those without a name here must be zero. */
#define T0SZ(vtcr) ((uint32_t)(vtcr)&0x3fu)
#define SL0(vtcr) (((uint32_t)(vtcr) >> 6) & 3u)
#define PS(vtcr) (((uint32_t)(vtcr) >> 16) & 7u)
#define FREE_BITS UINT64_C(0x00000000000700ff)
/* RES1, SH0 inner, ORGN0 and IRGN0 write-back, TG0 4 KiB; no HA, HD, NSA, ... */
#define FIXED_BITS ((uint64_t)0x80003500u)

/* Address sizes that a walk may begin with at each level (D8.2.6), concatenated tables included. */
static const struct {
	uint32_t least;
	uint32_t most;
} sizes[3] = {{40u, 48u}, {31u, 43u}, {25u, 34u}};

static uint32_t start_level(uint64_t vtcr)
{
	return (SL0(vtcr) <= 2u) ? (2u - SL0(vtcr)) : 3u;
}

static uint32_t ipa_bits(uint64_t vtcr)
{
	return 64u - T0SZ(vtcr);
}

static uint32_t pa_bits(uint64_t vtcr)
{
	static const uint32_t bits[8] = {32u, 36u, 40u, 42u, 44u, 48u, 0u, 0u};

	return bits[PS(vtcr)];
}

struct verify_tree verify_stage2_tree(const struct verify *verify, uint32_t partition)
{
	const struct plan_partition *row = &plan_partitions(verify->plan)[partition];
	uint32_t level = start_level(row->stage2_control);
	uint32_t bits = ipa_bits(row->stage2_control);
	struct verify_tree tree = {
		.root = row->stage2_root, .is_stage2 = true, .owner = verify_owner(VERIFY_PARTITION, partition)};

	tree.level = level;
	if ((level <= 2u) && (bits >= sizes[level].least) && (bits <= sizes[level].most)) {
		tree.entries = (UINT64_C(1) << (bits - 12u)) >> (9u * (3u - level));
	}
	return tree;
}

static uint64_t root_alignment(const struct verify_tree *tree)
{
	uint64_t size = tree->entries * 8u;

	return (size < VERIFY_ROOT_ALIGNMENT) ? VERIFY_ROOT_ALIGNMENT : size;
}

/* Whether the hardware takes register and root as they are meant; a walk has a meaning only then. */
static bool space_right(struct verify *verify, const struct verify_tree *tree, uint64_t vtcr)
{
	const struct plan_header *plan = verify->plan;
	bool right = tree->entries != 0u;

	if (!right || (ipa_bits(vtcr) > pa_bits(vtcr)) || (pa_bits(vtcr) > plan->pa_bits)) {
		verify_report_number(verify, VERIFY_SPACE, tree->owner, ipa_bits(vtcr), 0);
	}
	if ((vtcr & ~FREE_BITS) != FIXED_BITS) {
		verify_report_number(verify, VERIFY_CONTROL, tree->owner, vtcr, (vtcr & ~FREE_BITS) ^ FIXED_BITS);
	}
	if (right && (((tree->root % root_alignment(tree)) != 0u) ||
		      !verify_inside(tree->root, tree->entries * 8u, plan->shared_base, plan->shared_size))) {
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
		bool is_ram = window->kind == (uint16_t)PLAN_WINDOW_RAM;

		verify_region_add(verify,
				  (struct verify_region){.va = window->base,
							 .pa = window->pa,
							 .size = window->size,
							 .access = is_ram ? VERIFY_GUEST_RAM : VERIFY_GUEST_DEVICE,
							 .owner = verify_owner(is_ram ? VERIFY_RAM : VERIFY_DEVICE,
									       window->partition)});
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
		if (space_right(verify, &tree, partition->stage2_control)) {
			roots_apart(verify, &tree);
			regions_set(verify, partition);
			verify_map_compare(verify, &tree);
			roots_compare(verify, &tree);
		}
	}
}
