/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes whatever in the place of the plan: plan_check reads nothing but them, and of what it lets through, what
 * it promises (plan/check.h) is asked again here, in other words.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"
#include "plan/check.h"
#include "plan/view.h"

#define SIZE_BITS 21 /* start.S lets no plan through that has more */
#define GICR_SIZE 0x20000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#define PROMISE(condition) promise((condition), #condition)

static void promise(bool holds, const char *condition)
{
	if (!holds) {
		fprintf(stderr, "plan_check let through: not %s\n", condition);
		abort();
	}
}

static bool apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	__uint128_t a_end = (__uint128_t)a + a_size;
	__uint128_t b_end = (__uint128_t)b + b_size;

	return a_size == 0 || b_size == 0 || a_end <= b || b_end <= a;
}

static bool within(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a >= b && (__uint128_t)a + a_size <= (__uint128_t)b + b_size;
}

static bool in_memory(const struct plan_header *plan, uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < plan->memory.count; i++) {
		if (within(base, size, plan_memory(plan)[i].base, plan_memory(plan)[i].size))
			return true;
	}
	return false;
}

/* Every core has one owner, and a partition's virtual cores are cores of its own, with their own redistributors. */
static void check_cores(const struct plan_header *plan)
{
	bool used[PLAN_MAX_CORES] = {false};

	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		const struct plan_partition *partition = &plan_partitions(plan)[i];

		for (uint32_t j = 0; j < partition->vcpu_count; j++) {
			const struct plan_vcpu *vcpu = &plan_vcpus(plan)[partition->vcpu_first + j];
			const struct plan_core *core = &plan_cores(plan)[vcpu->core];

			PROMISE(!used[vcpu->core] && core->partition == i);
			PROMISE(&plan_vcpus(plan)[core->vcpu] == vcpu && vcpu->number == j);
			used[vcpu->core] = true;
			if (plan->gic == PLAN_GIC_V3)
				PROMISE(plan_filters(plan)[partition->filter_first + 1].va + j * GICR_SIZE ==
					core->gicr_va);
		}
	}
}

static void check_windows(const struct plan_header *plan)
{
	const struct plan_window *windows = plan_windows(plan);

	for (uint32_t i = 0; i < plan->windows.count; i++) {
		const struct plan_window *window = &windows[i];
		bool ram = window->kind == PLAN_WINDOW_RAM;

		PROMISE(window->size != 0 && (window->pa | window->base | window->size) % PLAN_PAGE == 0);
		PROMISE(ram == in_memory(plan, window->pa, window->size));
		PROMISE(apart(window->pa, window->size, plan->image_base, plan->image_size));
		if (ram)
			PROMISE(apart(window->pa, window->size, plan->golden_base, plan->golden_size));
		else
			PROMISE(apart(window->pa, window->size, plan->gicd_pa, 0x10000));
		for (uint32_t j = 0; j < i; j++)
			PROMISE(apart(window->pa, window->size, windows[j].pa, windows[j].size));
	}
}

static void check_interrupts(const struct plan_header *plan)
{
	for (uint32_t i = 0; i < plan->interrupts.count; i++) {
		const struct plan_interrupt *row = &plan_interrupts(plan)[i];

		PROMISE(row->id >= 32 && row->id < 1020 && row->partition < plan->partitions.count);
	}
	for (uint32_t id = 32; id < PLAN_INTERRUPTS; id++) {
		uint32_t owners = 0;

		for (uint32_t i = 0; i < plan->partitions.count; i++)
			owners += plan_owns_interrupt(&plan_partitions(plan)[i], id);
		PROMISE(owners <= 1);
	}
}

/* What loading writes is its partition's memory, what it reads the golden area. */
static void check_images(const struct plan_header *plan)
{
	for (uint32_t i = 0; i < plan->images.count; i++) {
		const struct plan_image *image = &plan_images(plan)[i];
		bool lands = false;

		for (uint32_t j = 0; j < plan->windows.count; j++) {
			const struct plan_window *window = &plan_windows(plan)[j];

			lands = lands || (window->kind == PLAN_WINDOW_RAM && window->partition == image->partition &&
					  within(image->pa, image->size, window->pa, window->size) &&
					  within(image->pa + image->size, image->fill, window->pa, window->size));
		}
		PROMISE(lands && image->size + image->fill >= image->size);
		if (!image->in_place)
			PROMISE(within(image->golden, image->size, plan->golden_base, plan->golden_size));
	}
}

/* What the hypervisor writes and what its cores walk lies in the image's own memory. */
static void check_tables(const struct plan_header *plan)
{
	PROMISE(in_memory(plan, plan->image_base, plan->image_size));
	PROMISE(within(plan->shared_base, plan->shared_size, plan->image_base, plan->image_size));
	PROMISE(within(plan->core_state, plan->cores.count * PLAN_CORE_STATE_SIZE, plan->shared_base,
		       plan->shared_size));
	for (uint32_t i = 0; i < plan->roots.count; i++)
		PROMISE(within(plan_roots(plan)[i].address, 8, plan->shared_base, plan->shared_size));
	for (uint32_t i = 0; i < plan->cores.count; i++) {
		const struct plan_core *core = &plan_cores(plan)[i];

		for (uint32_t j = 0; j < core->table_set_count; j++) {
			const struct plan_table_set *set = &plan_table_sets(plan)[core->table_set_first + j];

			PROMISE(within(set->base, set->size, plan->image_base, plan->image_size));
		}
	}
}

/* As start.S does: what the header says is there, or the plan is refused before. */
static struct plan_header *plan_make(const uint8_t *data, size_t size)
{
	struct plan_header header = {0};
	uint8_t *plan;

	memcpy(&header, data, size < sizeof(header) ? size : sizeof(header));
	if (header.size < sizeof(header) || header.size >> SIZE_BITS != 0)
		return NULL;
	plan = calloc(1, header.size);
	if (plan != NULL)
		memcpy(plan, data, size < header.size ? size : header.size);
	return (struct plan_header *)(void *)plan;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_header *plan = plan_make(data, size);

	if (plan == NULL)
		return 0;
	if (plan_check(plan, PLAN_ARCH_ARMV8) == REFUSAL_NONE) {
		check_cores(plan);
		check_windows(plan);
		check_interrupts(plan);
		check_images(plan);
		check_tables(plan);
	}
	free(plan);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	uint64_t state = seed + 1u;

	if (size < sizeof(struct plan_header) || mutate_random(&state) % 8u == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	for (uint64_t count = 1u + mutate_random(&state) % 3u; count != 0; count--)
		mutate_word(&state, data, mutate_random(&state) % 4u == 0 ? sizeof(struct plan_header) : size);
	return size;
}
