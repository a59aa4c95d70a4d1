/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan's checks: a valid plan passes, each rule is broken alone (mutations.c), and no bytes whatever
 * make them read outside the plan.
 */
#include "test.h"

#include "fake/fake.h"
#include "plan/check.h"
#include "plan/mutations.h"

#define RANDOM_PLANS 20000u

/* A copy that ends where its allocation ends, so that a read one byte behind it is caught. */
static struct plan_header *exact_copy(const struct plan_header *plan, size_t size)
{
	struct plan_header *copy = malloc(size);

	assert_non_null(copy);
	memcpy(copy, plan, size);
	return copy;
}

static void valid_plans_pass(void **state)
{
	static const struct fake_shape shapes[] = {
		{.partitions = 3, .cores = {3, 1, 2}},
		{.partitions = 3, .cores = {3, 1, 2}, .spare_boot_core = true},
		{.partitions = 1, .cores = {8}},
		{.partitions = 4, .cores = {1, 1, 1, 1}, .spare_boot_core = true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct plan_header *plan = fake_plan_make(&shapes[i]);
		struct plan_header *copy = exact_copy(plan, plan->size);

		assert_int_equal(plan_check(copy, PLAN_ARCH_FAKE), REFUSAL_NONE);
		free(copy);
	}
}

static void valid_corner_cases_pass(void **state)
{
	struct plan_header *plan = fake_plan_make(&fake_shape_three);

	(void)state;
	plan->golden_size = 0;
	plan->golden_base = 0;
	for (uint32_t i = 0; i < plan->images.count; i++) { /* in place: wherever its window is */
		fake_images(plan)[i].in_place = 1;
		fake_images(plan)[i].golden = fake_images(plan)[i].pa;
	}
	assert_int_equal(plan_check(plan, PLAN_ARCH_FAKE), REFUSAL_NONE);
	fake_windows(plan)[1].pa = plan->gicd_pa + 0x10000u; /* just behind the distributor */
	assert_int_equal(plan_check(plan, PLAN_ARCH_FAKE), REFUSAL_NONE);
	fake_images(plan)[1].fill = fake_windows(plan)[2].size - fake_images(plan)[1].size; /* to the last byte */
	assert_int_equal(plan_check(plan, PLAN_ARCH_FAKE), REFUSAL_NONE);
}

static void gicv2_passes(void **state)
{
	struct plan_header *plan = fake_plan_make(&fake_shape_three);

	(void)state;
	gicv2_make(plan);
	assert_int_equal(plan_check(plan, PLAN_ARCH_FAKE), REFUSAL_NONE);
}

static void each_rule_refuses_by_its_own_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < mutations_count; i++) {
		struct plan_header *plan = fake_plan_make(&fake_shape_three);
		size_t size = plan->size;
		struct plan_header *copy;
		enum refusal refusal;

		mutations[i].apply(plan);
		size = (plan->size > size) ? plan->size : size;
		copy = exact_copy(plan, size);
		refusal = plan_check(copy, PLAN_ARCH_FAKE);
		free(copy);
		if (refusal != mutations[i].expected) {
			fail_msg("%s: E%02d instead of E%02d", mutations[i].name, refusal, mutations[i].expected);
		}
	}
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Whatever the bytes are, `size` excepted: the caller bounds that to what is readable. */
static void check_within(struct plan_header *copy, size_t size)
{
	copy->size = (uint32_t)size;
	copy->arch = PLAN_ARCH_FAKE;
	(void)plan_check(copy, PLAN_ARCH_FAKE);
}

static void flipped_bits_never_lead_outside(void **state)
{
	struct plan_header *plan = fake_plan_make(&fake_shape_three);
	size_t size = plan->size;
	struct plan_header *copy = exact_copy(plan, size);
	uint64_t seed = 0x9e3779b97f4a7c15u;

	(void)state;
	for (size_t bit = 0; bit < (size * 8u); bit++) { /* each alone */
		((uint8_t *)copy)[bit / 8u] ^= (uint8_t)(1u << (bit % 8u));
		check_within(copy, size);
		memcpy(copy, plan, size);
	}
	for (uint32_t i = 0; i < RANDOM_PLANS; i++) { /* some together */
		for (uint64_t flips = 1u + random_next(&seed) % 8u; flips > 0u; flips--) {
			uint64_t bit = random_next(&seed) % (size * 8u);

			((uint8_t *)copy)[bit / 8u] ^= (uint8_t)(1u << (bit % 8u));
		}
		check_within(copy, size);
		memcpy(copy, plan, size);
	}
	free(copy);
}

/* Random rows behind a header whose arrays fit: the deepest that random bytes get. */
static void random_rows_never_lead_outside(void **state)
{
	struct plan_header *plan = fake_plan_make(&fake_shape_three);
	size_t size = plan->size;
	struct plan_header *copy = exact_copy(plan, size);
	uint64_t seed = 42;

	(void)state;
	for (uint32_t i = 0; i < RANDOM_PLANS; i++) {
		uint32_t kind = (uint32_t)(random_next(&seed) % 3u);
		uint16_t *words = (uint16_t *)(void *)(copy + 1);
		size_t count = (size - sizeof(*copy)) / 2u;

		for (uint64_t changes = 1u + random_next(&seed) % 40u; changes > 0u; changes--) {
			uint64_t at = random_next(&seed) % count;

			words[at] = (uint16_t)((kind == 0u)   ? random_next(&seed)
					       : (kind == 1u) ? random_next(&seed) % 8u
							      : 0xffffu - random_next(&seed) % 4u);
		}
		check_within(copy, size);
		memcpy(copy, plan, size);
	}
	free(copy);
}

static void random_bytes_never_lead_outside(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (uint32_t i = 0; i < RANDOM_PLANS; i++) {
		size_t size = sizeof(struct plan_header) + (size_t)(random_next(&seed) % 512u) * 8u;
		struct plan_header *bytes = malloc(size);

		assert_non_null(bytes);
		for (size_t at = 0; at < size; at += 8u) {
			uint64_t value = random_next(&seed);

			memcpy((uint8_t *)bytes + at, &value, 8u);
		}
		for (struct plan_array *array = &bytes->cores; array <= &bytes->memory; array++) {
			array->offset %= (uint32_t)(size + 64u);
			array->count %= 70u;
		}
		check_within(bytes, size);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_plans_pass),
		cmocka_unit_test(valid_corner_cases_pass),
		cmocka_unit_test(gicv2_passes),
		cmocka_unit_test(each_rule_refuses_by_its_own_number),
		cmocka_unit_test(flipped_bits_never_lead_outside),
		cmocka_unit_test(random_rows_never_lead_outside),
		cmocka_unit_test(random_bytes_never_lead_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
