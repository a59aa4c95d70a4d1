/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hypervisor's own cores reach at EL2 (on x86 as host), in steady state and while they load a partition: which
 * regions these are, and that the tables map nothing else. Not here: the comparison itself, registers.
 */
#include "plan/check/arch.h"

#define LEAST_VA_BITS 31u
#define MOST_VA_BITS 39u
#define WIDEST_PA 52u

static bool root_right(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_header *plan = verify->plan;
	uint64_t size = tree->entries * 8u;
	bool right = ((tree->root % tree->alignment) == 0u) &&
		     verify_inside(tree->root, size, plan->table_base, plan->table_size);

	if (!right) {
		verify_report_address(verify, VERIFY_ROOT, tree->owner, tree->root, 0);
	}
	return right;
}

/* ---- what the plan leaves to the tables: places that are looked up, then judged ------------------------------------ */

static void stack_find(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_header *plan = verify->plan;
	uint32_t index = tree->owner.index;
	const struct plan_core *core = &plan_cores(plan)[index];
	uint64_t table;
	struct verify_step step = verify_lookup(verify, tree, core->stack_top - PLAN_STACK_SIZE, &table);
	uint64_t pages[2] = {step.pa, core->log_pa};

	verify->stack_pa[index] = step.pa;
	for (uint32_t i = 0; i < 2u; i++) {
		bool own = ((pages[i] % VERIFY_PAGE) == 0u) &&
			   verify_inside(pages[i], VERIFY_PAGE, plan->private_base, plan->private_size);

		for (uint32_t j = 0; j < index; j++) {
			own = own && (pages[i] != verify->stack_pa[j]) && (pages[i] != plan_cores(plan)[j].log_pa);
		}
		if (!own || (pages[0] == pages[1])) {
			verify_report_address(verify, VERIFY_STACK_PLACE, tree->owner, pages[i], 0);
		}
	}
	for (uint32_t i = 0; i < 2u; i++) {
		uint64_t guard = (i == 0u) ? core->stack_top : (core->stack_top - PLAN_STACK_SIZE - VERIFY_PAGE);

		step = verify_lookup(verify, tree, guard, &table);
		if (step.kind == VERIFY_STEP_LEAF) {
			verify_report_address(verify, VERIFY_GUARD, tree->owner, step.pa, guard);
		}
	}
}

/* The window is closed, and its descriptor is where the plan says that the core writes it. */
static void window_find(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_core *core = &plan_cores(verify->plan)[tree->owner.index];
	uint64_t table;
	uint64_t own;
	uint64_t unused;
	struct verify_step step = verify_lookup(verify, tree, core->window, &table);
	uint64_t place = (core->window / VERIFY_PAGE) % 512u;
	bool closed = (step.kind == VERIFY_STEP_END) && (table != 0u) && ((core->window % VERIFY_PAGE) == 0u) &&
		      ((core->window_descriptor % VERIFY_PAGE) == (place * 8u)) &&
		      verify_word(verify, table + (place * 8u), &own) && (own == 0u);

	verify->writable_table[tree->owner.index] = table;
	if (closed) {
		step = verify_lookup(verify, tree, core->window_descriptor, &unused);
		closed = (step.kind == VERIFY_STEP_LEAF) && (step.pa == (table + (place * 8u)));
	}
	if (!closed) {
		verify_report_number(verify, VERIFY_WINDOW_OPEN, tree->owner, step.pa, core->window);
	}
}

/* ---- regions ------------------------------------------------------------------------------------------------------ */

void verify_el2_region(struct verify *verify, uint64_t va, uint64_t pa, uint64_t size, enum verify_access access)
{
	verify_region_add(
		verify,
		(struct verify_region){
			.va = va, .pa = pa, .size = size, .access = access, .owner = verify_owner_of(verify, pa)});
}

/*
 * The hypervisor's own bytes: text, then constants, then data. Where one ends the plan does not say: the tables decide by a
 * page's permission, but only in this order, and there must be text and data.
 */
static void regions_own(struct verify *verify, const struct verify_tree *tree)
{
	static const enum verify_access order[] = {VERIFY_TEXT, VERIFY_CONSTANT, VERIFY_DATA};
	const struct plan_header *plan = verify->plan;
	uint64_t at = plan->image_base;

	for (uint32_t i = 0; i < 3u; i++) {
		uint64_t from = at;
		bool same = true;

		while (same && (at < plan->plan_base) && ((i == 2u) || (at < (plan->plan_base - VERIFY_PAGE)))) {
			uint64_t table;
			struct verify_step step = verify_lookup(verify, tree, at, &table);

			same = ((i == 0u) && (at == from)) ||
			       (i == 2u) || /* at least a page of text, the rest is data */
			       ((step.kind == VERIFY_STEP_LEAF) &&
				(step.bits == tree->format->leaf_bits(order[i], step.level)));
			at += same ? VERIFY_PAGE : 0u;
		}
		if (at != from) {
			verify_el2_region(verify, from, from, at - from, order[i]);
		}
	}
}

/* With a configuration the hypervisor's own file says where each kind of byte lies. */
static void regions_claimed(struct verify *verify)
{
	for (uint32_t i = 0; i < verify->claims->segment_count; i++) {
		const struct verify_claim_segment *segment = &verify->claims->segments[i];
		uint64_t size = (segment->memory_size + VERIFY_PAGE - 1u) & ~(VERIFY_PAGE - 1u);

		verify_el2_region(verify, segment->base, segment->base, size, segment->access);
	}
}

static void regions_steady(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_core *core = &plan_cores(plan)[tree->owner.index];

	verify->region_count = 0;
	if ((verify->claims != NULL) && (verify->claims->segment_count != 0u)) {
		regions_claimed(verify);
	} else {
		regions_own(verify, tree);
	}
	verify_el2_region(verify, plan->plan_base, plan->plan_base, plan->shared_base - plan->plan_base,
			  VERIFY_CONSTANT);
	verify_el2_region(verify, plan->shared_base, plan->shared_base, plan->shared_size, VERIFY_DATA);
	verify_el2_region(verify, core->stack_top - PLAN_STACK_SIZE, verify->stack_pa[tree->owner.index],
			  PLAN_STACK_SIZE, VERIFY_DATA);
	verify_el2_region(verify, core->log, core->log_pa, PLAN_LOG_SIZE, VERIFY_DATA);
	verify_el2_region(verify, core->window_descriptor - (core->window_descriptor % VERIFY_PAGE),
			  verify->writable_table[tree->owner.index], VERIFY_PAGE, VERIFY_DATA);
	verify->arch->regions(verify, tree->owner.index);
}

/* Added while a partition is loaded: golden images to read, the partition's RAM to write. */
static void regions_loader(struct verify *verify, const struct plan_partition *partition)
{
	const struct plan_header *plan = verify->plan;

	if (plan->golden_size != 0u) {
		verify_el2_region(verify, plan->golden_base + plan->loader_offset, plan->golden_base, plan->golden_size,
				  VERIFY_CONSTANT);
	}
	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(plan)[partition->window_first + i];

		if (window->kind == (uint16_t)PLAN_WINDOW_RAM) {
			verify_el2_region(verify, window->pa + plan->loader_offset, window->pa, window->size,
					  VERIFY_DATA);
		}
	}
}

static void core_compare(struct verify *verify, uint32_t index)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_core *core = &plan_cores(plan)[index];
	struct verify_tree tree = verify->arch->core_tree(verify, index, VERIFY_CORE);

	if (root_right(verify, &tree)) {
		regions_steady(verify, &tree);
		verify_map_compare(verify, &tree);
	}
	tree = verify->arch->core_tree(verify, index, VERIFY_LOADER);
	if ((core->loader_root != 0u) && (core->partition != PLAN_NONE) && root_right(verify, &tree)) {
		regions_steady(verify, &tree);
		regions_loader(verify, &plan_partitions(plan)[core->partition]);
		verify_map_compare(verify, &tree);
	}
}

/* Loaders' addresses are the upper half of the space, so that they meet none of the steady state's. */
static void space_check(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	struct verify_owner image = verify_owner(VERIFY_IMAGE, 0);
	uint64_t half = UINT64_C(1) << (plan->va_bits - 1u);

	if (plan->loader_offset != half) {
		verify_report_number(verify, VERIFY_LOADER_OFFSET, image, plan->loader_offset, half);
	}
	for (uint32_t i = 0; i < plan->memory.count; i++) {
		const struct plan_range *range = &plan_memory(plan)[i];

		if (!verify_inside(range->base, range->size, 0, half) || (plan->pa_bits > WIDEST_PA) ||
		    (((range->base + range->size - 1u) >> plan->pa_bits) != 0u)) {
			verify_report_number(verify, VERIFY_SPACE, image, plan->va_bits, 0);
		}
	}
}

void verify_el2(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;

	if ((plan->va_bits < LEAST_VA_BITS) || (plan->va_bits > MOST_VA_BITS)) {
		verify_report_number(verify, VERIFY_SPACE, verify_owner(VERIFY_IMAGE, 0), plan->va_bits, 0);
		return;
	}
	space_check(verify);
	for (uint32_t i = 0; i < plan->cores.count; i++) {
		struct verify_tree tree = verify->arch->core_tree(verify, i, VERIFY_CORE);

		verify->arch->core_find(verify, &tree);
		stack_find(verify, &tree);
		window_find(verify, &tree);
	}
	for (uint32_t i = 0; i < plan->cores.count; i++) {
		core_compare(verify, i);
	}
}
