/* SPDX-License-Identifier: Apache-2.0 */
/* What is Armv8's own of an image: its loader's header, its console, its cores. Not here: tables and GIC (beside). */
#include "plan/check/armv8/parts.h"

#define HEADER_SIZE 64u
#define HEADER_MAGIC 56u
#define HEADER_FIELDS UINT64_C(8) /* text_offset, image_size, flags */
#define HEADER_FIELDS_SIZE UINT64_C(24)
#define HEADER_FLAGS UINT64_C(2) /* little-endian, 4 KiB pages, as near the RAM's base as can be */
#define BLOCK UINT64_C(0x200000)
#define AFFINITY UINT64_C(0xff00ffffff)
#define SGIS 0xffffu
#define FILTERS_V3 2u /* of a partition */
#define FILTERS_V2 1u
#define CONSOLE_PAGES 16u

static bool armv8_begins(const uint8_t *image, uint64_t size)
{
	static const uint8_t magic[4] = {'A', 'R', 'M', 0x64};
	bool is_image = size >= HEADER_SIZE;

	for (uint32_t i = 0; is_image && (i < sizeof(magic)); i++) {
		is_image = image[HEADER_MAGIC + i] == magic[i];
	}
	return is_image;
}

static bool armv8_is_known(const struct plan_header *plan)
{
	return (plan->gic == (uint32_t)PLAN_GIC_V3) || (plan->gic == (uint32_t)PLAN_GIC_V2);
}

/* It has no rows of its own. */
static bool armv8_refers(struct verify *verify)
{
	(void)verify;
	return true;
}

static uint32_t armv8_filter_count(const struct plan_header *plan, uint32_t partition)
{
	(void)partition;
	return armv8_gic_is_v3(plan) ? FILTERS_V3 : FILTERS_V2;
}

/* From the start of the RAM. The plan names what firmware has not reserved: before that, whole blocks may be (claims.c). */
static uint64_t text_offset_right(const struct plan_header *plan, uint64_t offset)
{
	uint64_t least = plan->image_base % BLOCK;
	bool reserved;

	for (uint32_t i = 0; i < plan->memory.count; i++) {
		const struct plan_range *range = &plan_memory(plan)[i];
		uint64_t base = (range->base + BLOCK - 1u) & ~(BLOCK - 1u);

		if (verify_inside(plan->image_base, 1u, range->base, range->size) && (base <= plan->image_base)) {
			least = plan->image_base - base;
		}
	}
	reserved = (offset > least) && (offset <= plan->image_base) && (((plan->image_base - offset) % BLOCK) == 0u);
	return reserved ? offset : least;
}

/* What a loader goes by (Linux, Documentation/arch/arm64/booting.rst, section 4): where, how much room, which kind. */
static void armv8_header_check(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	uint64_t fields = plan->image_base + HEADER_FIELDS;
	uint64_t end =
		(plan->golden_size != 0u) ? (plan->golden_base + plan->golden_size) : (plan->image_base + verify->size);
	uint64_t right[3] = {0, end - plan->image_base, HEADER_FLAGS};

	(void)verify_word(verify, fields, &verify->text_offset);
	right[0] = text_offset_right(plan, verify->text_offset);
	for (uint64_t i = 0; i < 3u; i++) {
		uint64_t word;

		(void)verify_word(verify, fields + (8u * i), &word);
		if (word != right[i]) {
			verify_report_number(verify, VERIFY_HEADER, verify_owner(VERIFY_IMAGE, 0), word, right[i]);
		}
	}
}

/*
 * How large the console's registers are the plan does not say: the pages that follow one another from its first, which are
 * nobody's but perhaps a partition's that takes the console over.
 */
static void console_find(struct verify *verify, const struct verify_tree *tree)
{
	uint64_t va = verify->plan->console_va - (verify->plan->console_va % VERIFY_PAGE);
	uint64_t table;
	struct verify_step step = verify_lookup(verify, tree, va, &table);

	if (verify->plan->console_va == 0u) {
		return;
	}
	verify->console_pa = step.pa;
	for (uint32_t i = 0; i < CONSOLE_PAGES; i++) {
		step = verify_lookup(verify, tree, va + (i * VERIFY_PAGE), &table);
		if ((step.kind != VERIFY_STEP_LEAF) || (step.pa != (verify->console_pa + (i * VERIFY_PAGE)))) {
			break;
		}
		verify->console_size += VERIFY_PAGE;
	}
	for (uint64_t at = 0; at < verify->console_size; at += VERIFY_PAGE) {
		struct verify_owner owner = verify_owner_of(verify, verify->console_pa + at);

		if ((owner.kind != VERIFY_NOBODY) && (owner.kind != VERIFY_DEVICE)) {
			verify_report_address(verify, VERIFY_CONSOLE, tree->owner, verify->console_pa + at, va + at);
			break;
		}
	}
	if (verify->console_size == 0u) {
		verify_report_address(verify, VERIFY_CONSOLE, tree->owner, 0, va);
	}
}

static void armv8_core_find(struct verify *verify, const struct verify_tree *tree)
{
	armv8_gic_find(verify, tree);
	if (tree->owner.index == 0u) {
		console_find(verify, tree);
	}
}

static void armv8_regions(struct verify *verify, uint32_t core)
{
	uint64_t console = verify->plan->console_va - (verify->plan->console_va % VERIFY_PAGE);

	armv8_gic_regions(verify, core);
	if (verify->console_size != 0u) {
		verify_el2_region(verify, console, verify->console_pa, verify->console_size, VERIFY_REGISTER);
	}
}

static bool armv8_has_interface(const struct plan_header *plan)
{
	return !armv8_gic_is_v3(plan);
}

static bool armv8_is_core(uint64_t mpidr)
{
	return (mpidr & ~AFFINITY) == 0u;
}

/* Every partition has all SGIs. */
static bool armv8_private_right(uint32_t mask)
{
	return (mask & SGIS) == SGIS;
}

/* Rows say all that a partition of Armv8 has. */
static void armv8_partition_check(struct verify *verify, uint32_t index)
{
	(void)verify;
	(void)index;
}

static uint32_t armv8_areas(const struct plan_header *plan, struct plan_range further[3])
{
	(void)plan;
	(void)further;
	return 0;
}

/* The first instruction lies in the image. */
static bool armv8_entry_right(const struct plan_partition *partition, const struct plan_image *image)
{
	bool thumb = ((partition->flags & PLAN_PARTITION_AARCH32) != 0u) && ((partition->entry & 1u) != 0u);
	uint64_t alignment = thumb ? UINT64_C(2) : UINT64_C(4);
	uint64_t entry = thumb ? (partition->entry - 1u) : partition->entry;

	return ((entry % alignment) == 0u) && verify_inside(entry, alignment, image->base, image->size);
}

const struct verify_arch verify_armv8 = {
	.arch = PLAN_ARCH_ARMV8,
	.flags = PLAN_PARTITION_AARCH32 | PLAN_PARTITION_WFI_TRAP,
	.made = PLAN_IMAGE_DTB,
	.patched = {.base = HEADER_FIELDS, .size = HEADER_FIELDS_SIZE},
	.has_spin_tables = true,
	.begins = armv8_begins,
	.is_known = armv8_is_known,
	.refers = armv8_refers,
	.filter_count = armv8_filter_count,
	.core_tree = armv8_core_tree,
	.stage2_tree = armv8_stage2_tree,
	.space_right = armv8_space_right,
	.core_find = armv8_core_find,
	.regions = armv8_regions,
	.holder = armv8_gic_holder,
	.has_interface = armv8_has_interface,
	.is_core = armv8_is_core,
	.vcpu_right = armv8_gic_vcpu_right,
	.filter_right = armv8_gic_filter_right,
	.private_right = armv8_private_right,
	.machine = armv8_gic_place,
	.partition = armv8_partition_check,
	.areas = armv8_areas,
	.header = armv8_header_check,
	.entry_right = armv8_entry_right,
	.claims = armv8_gic_claims,
	.core_claimed = armv8_gic_core_claimed,
	.claims_partition = armv8_partition_check,
};
