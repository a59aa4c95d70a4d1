/* SPDX-License-Identifier: Apache-2.0 */
/* Where the tables of cores and partitions begin, and how large a partition's space is. Not here: their entries (formats.c). */
#include "plan/check/x86/parts.h"

#define ENTRIES UINT64_C(512)
#define SPACE_MOST 48u /* guest-physical bits that four levels translate */

struct verify_tree x86_core_tree(const struct verify *verify, uint32_t core, enum verify_owner_kind kind)
{
	const struct plan_core *row = &plan_cores(verify->plan)[core];

	return (struct verify_tree){.format = &x86_long_mode,
				    .root = (kind == VERIFY_LOADER) ? row->loader_root : row->el2_root,
				    .entries = ENTRIES,
				    .alignment = VERIFY_PAGE,
				    .owner = verify_owner(kind, core)};
}

struct verify_tree x86_stage2_tree(const struct verify *verify, uint32_t partition)
{
	return (struct verify_tree){.format = x86_is_intel(verify->plan) ? &x86_extended : &x86_nested,
				    .root = plan_partitions(verify->plan)[partition].stage2_root,
				    .entries = ENTRIES,
				    .alignment = VERIFY_PAGE,
				    .is_stage2 = true,
				    .owner = verify_owner(VERIFY_PARTITION, partition)};
}

/* There is no register for it, but a field of control blocks: four levels, always. */
bool x86_space_right(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[tree->owner.index];
	uint32_t bits = verify_stage2_bits(plan, partition);

	if ((bits > plan->pa_bits) || (bits > SPACE_MOST)) {
		verify_report_number(verify, VERIFY_SPACE, tree->owner, bits, 0);
		return false;
	}
	if (partition->stage2_control != 0u) {
		verify_report_number(verify, VERIFY_CONTROL, tree->owner, partition->stage2_control, 0);
	}
	return true;
}
