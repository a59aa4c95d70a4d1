/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier on damaged images (sparse.h), alone and beside what a configuration claims, and its findings in words. Flags
 * ask for the plan's CRCs to be made anew, so that what lies behind them is judged.
 */
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "mutate.h"
#include "plan/check/verify.h"
#include "planner/verify_text.h"
#include "sparse.h"
#include "stand_in.h"

#define FLAG_SEAL 1u
#define FLAG_CLAIMS 2u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

static struct verify verify;

const uint8_t *stand_in_file(const char *path, size_t *size)
{
	(void)path;
	*size = 0;
	return NULL;
}

/* What tests/image/two.dts gives, and its board; the hypervisor is a stand-in. */
static const struct verify_claims *claims_of(bool wanted)
{
	static const uint64_t cores[] = {0, 1, 2, 3}, releases[] = {0, 0, 0, 0};
	static const struct plan_range memory[] = {{0x40000000, 0x80000000}};
	static const struct plan_range controllers[] = {{0x8000000, 0x10000}, {0x80a0000, 0xf60000}};
	static const uint8_t text[4] = {0x00, 0x00, 0x00, 0x14};
	static const struct verify_claim_partition partitions[] = {
		{"linux", .observes = 1, .entry_floats = true, .has_tree = true, .core_count = 2, .cores = {0, 1}},
		{"rtos", .observes = 2, .entry = 0x40000004, .has_tree = true, .core_count = 1, .cores = {3}},
	};
	static const struct verify_claim_window windows[] = {
		{0x40000000, 0, 0x10000000, 0, PLAN_WINDOW_RAM, 0},
		{0x9000000, 0x9000000, 0x1000, 0, PLAN_WINDOW_DEVICE, 1},
		{0x40000000, 0, 0x800000, 1, PLAN_WINDOW_RAM, 0},
		{0x9000000, 0x9040000, 0x1000, 1, PLAN_WINDOW_DEVICE, 1},
	};
	static const struct verify_claim_interrupt interrupts[] = {{33, 0, 0}, {40, 1, 0}};
	static const struct verify_claim_image images[] = {
		{text, 0, sizeof(text), 0, 0, PLAN_IMAGE_KERNEL, true},
		{text, 0x40000000, sizeof(text), 16, 1, PLAN_IMAGE_KERNEL, false},
	};
	static const struct verify_claim_segment segments[] = {{text, 0x40200000, sizeof(text), 64, VERIFY_TEXT},
							       {text, 0x40201000, 0, 0x2000, VERIFY_DATA}};
	static const struct verify_claims claims = {
		.board = "qemu-virt-gicv3",
		.load_address = 0x40200000,
		.gicd = 0x8000000,
		.gicr = 0x80a0000,
		.gicr_size = 0xf60000,
		.console = 0x9000000,
		.console_size = 0x1000,
		.gic = PLAN_GIC_V3,
		.pa_bits = 40,
		.when_all_off = 1,
		.private_interrupts = 0x48000000,
		.core_count = 4,
		.partition_count = 2,
		.memory_count = 1,
		.window_count = 4,
		.interrupt_count = 2,
		.controller_count = 2,
		.image_count = 2,
		.segment_count = 2,
		.cores = cores,
		.releases = releases,
		.partitions = partitions,
		.memory = memory,
		.windows = windows,
		.interrupts = interrupts,
		.controllers = controllers,
		.images = images,
		.segments = segments,
	};

	return wanted ? &claims : NULL;
}

/* Only the plan's own CRCs keep the verifier from going on; other sums are findings like any. */
static void seal(struct plan_header *plan)
{
	size_t room = sparse_size - (size_t)((uint8_t *)plan - sparse_file);
	size_t from = offsetof(struct plan_header, version);

	plan->version = PLAN_VERSION;
	plan->image_size = sparse_size;
	if (plan->size >= sizeof(*plan) && plan->size <= room)
		plan->body_crc = (uint32_t)crc32_z(0, (const uint8_t *)(plan + 1), plan->size - sizeof(*plan));
	plan->header_crc = (uint32_t)crc32_z(0, (const uint8_t *)plan + from, sizeof(*plan) - from);
}

static void judge(void *context)
{
	/* a byte behind the file is as wrong as one behind the array */
	ASAN_POISON_MEMORY_REGION(sparse_file + sparse_size, SPARSE_MOST - sparse_size);
	verify_image(&verify, sparse_file, sparse_size, context);
	ASAN_UNPOISON_MEMORY_REGION(sparse_file, SPARSE_MOST);
	for (uint32_t i = 0; i < verify.kept; i++)
		(void)verify_text(&verify, &verify.violations[i]);
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
		seal(plan);
	stand_in_run(judge, (void *)(uintptr_t)claims_of((flags & FLAG_CLAIMS) != 0));
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	uint64_t state = seed + 1u;

	if (size < 16 || mutate_random(&state) % 16u == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	for (uint64_t count = 1u + mutate_random(&state) % 2u; count != 0; count--)
		mutate_word(&state, data + 8, size - 8);
	data[0] = (uint8_t)(mutate_random(&state) % 8u == 0 ? 0 : FLAG_SEAL | mutate_random(&state));
	return size;
}
