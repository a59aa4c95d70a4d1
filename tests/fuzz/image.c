/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bulkhead show` on damaged images (sparse.h). Checksums keep nearly all damage out, so flags ask for the plan's seal, or
 * those of tables and golden images too, to be made anew: what lies behind them is then read.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "mutate.h"
#include "plan/check.h"
#include "plan/view.h"
#include "planner/align.h"
#include "planner/seal.h"
#include "planner/show.h"
#include "sparse.h"
#include "stand_in.h"

#define FLAG_SEAL 1u
#define FLAG_SEAL_CONTENT 2u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

const uint8_t *stand_in_file(const char *path, size_t *size)
{
	*size = sparse_size;
	return strcmp(path, "image") == 0 ? sparse_file : NULL;
}

static void content_seal(const struct plan_header *plan)
{
	for (uint32_t i = 0; i < plan->table_sets.count; i++) {
		struct plan_table_set *set = (struct plan_table_set *)(uintptr_t)&plan_table_sets(plan)[i];

		set->crc = (uint32_t)crc32_z(0, sparse_file + (set->base - plan->image_base), set->size);
	}
	for (uint32_t i = 0; i < plan->images.count; i++) {
		struct plan_image *image = (struct plan_image *)(uintptr_t)&plan_images(plan)[i];

		if (image->size != 0 && range_inside(image->golden, image->size, plan->image_base, sparse_size))
			seal_sha256(sparse_file + (image->golden - plan->image_base), image->size, image->sha256);
	}
}

/* Only what the target would take can be sealed: of anything else the extent is not known. */
static void seal(struct plan_header *plan, bool content)
{
	plan->version = PLAN_VERSION;
	plan->image_size = sparse_size;
	if (plan->size < sizeof(*plan) || plan->size > sparse_size - (size_t)((uint8_t *)plan - sparse_file) ||
	    plan_check(plan, PLAN_ARCH_ARMV8) != REFUSAL_NONE ||
	    !range_inside(plan->plan_base, sizeof(*plan), plan->image_base, plan->shared_base - plan->image_base))
		return;
	if (content)
		content_seal(plan);
	seal_plan(sparse_file, plan);
}

static void show(void *context)
{
	(void)context;
	(void)show_image("image");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stand_in_start();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_header *plan;
	uint32_t flags;

	if (size < 8)
		return 0;
	flags = sparse_expand(data, size);
	plan = sparse_plan();
	if (plan != NULL && (flags & FLAG_SEAL) != 0)
		seal(plan, (flags & FLAG_SEAL_CONTENT) != 0);
	stand_in_run(show, NULL);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	uint64_t state = seed + 1u;

	if (size < 16 || mutate_random(&state) % 16u == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	for (uint64_t count = 1u + mutate_random(&state) % 2u; count != 0; count--)
		mutate_word(&state, data + 8, size - 8);
	data[0] = (uint8_t)mutate_random(&state);
	return size;
}
