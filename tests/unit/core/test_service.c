/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of plan/abi.h: who may see what, what they answer, what they count. */
#include "test.h"

#include "core/entry.h"
#include "fake/fake.h"
#include "plan/abi.h"

#define GARBAGE UINT64_C(0xdeadbeefcafef00d)

static struct plan_header *plan;

/* Partition 1 (beta, row 3) observes all; the others themselves. */
static int running(void **state)
{
	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	fake_partitions(plan)[1].observes = 0x7;
	fake_world_run(plan);
	for (uint32_t row = 0; row < plan->cores.count; row++) {
		for (uint32_t reason = 0; reason < EXIT_REASONS; reason++) {
			fake_state(row)->exits[reason] = 1000u * row + 10u * reason;
		}
	}
	return 0;
}

struct service {
	uint32_t function;
	uint64_t values[4];
	bool known;
};

static void service_call(void *argument)
{
	struct service *service = argument;

	service->known = core_on_service(service->function, service->values);
}

static struct service service(uint32_t row, uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct service service = {function, {function, x1, x2, x3}, false};

	assert_int_equal(fake_run(row, service_call, &service), FAKE_RETURNED);
	return service;
}

static void assert_values(const struct service *service, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	assert_true(service->known);
	assert_int_equal(service->values[0], x0);
	assert_int_equal(service->values[1], x1);
	assert_int_equal(service->values[2], x2);
	assert_int_equal(service->values[3], x3);
}

static void features_uid_and_revision(void **state)
{
	struct service answer = service(0, ABI_FEATURES, GARBAGE, GARBAGE, GARBAGE);

	(void)state;
	assert_values(&answer, ABI_FEATURE_EXITS, GARBAGE, GARBAGE, GARBAGE);
	answer = service(0, ABI_UID, 0, 0, 0);
	assert_values(&answer, 0x3a2c1d6f, 0x0f4eb458, 0xc4b0719a, 0x16f5e2d8);
	answer = service(0, ABI_REVISION, GARBAGE, GARBAGE, GARBAGE);
	assert_values(&answer, 1, 0, GARBAGE, GARBAGE);
}

/* The UID's words are the bytes of 6f1d2c3a-58b4-4e0f-9a71-b0c4d8e2f516, little-endian (SMCCC 1.4, 6.2). */
static void the_uid_is_the_documented_one(void **state)
{
	static const uint8_t bytes[16] = {0x6f, 0x1d, 0x2c, 0x3a, 0x58, 0xb4, 0x4e, 0x0f,
					  0x9a, 0x71, 0xb0, 0xc4, 0xd8, 0xe2, 0xf5, 0x16};
	struct service answer = service(0, ABI_UID, 0, 0, 0);

	(void)state;
	for (uint32_t i = 0; i < 16u; i++) {
		assert_int_equal((answer.values[i / 4u] >> (8u * (i % 4u))) & 0xffu, bytes[i]);
	}
}

static void unknown_functions_are_unknown(void **state)
{
	static const uint32_t unknown[] = {0x86000001, 0x8600ff00, 0x8600ff02, 0xc6000000, 0xc6000013, 0x86000013, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(unknown); i++) {
		struct service answer = service(0, unknown[i], 1, 2, 3);

		assert_false(answer.known);
		assert_int_equal(answer.values[1], 1);
		assert_int_equal(answer.values[3], 3);
	}
}

static void own_counters_are_seen(void **state)
{
	struct service answer = service(4, ABI_EXITS, ABI_SELF, 1, EXIT_GICR); /* gamma's second core: row 5 */

	(void)state;
	assert_values(&answer, ABI_OK, 5060, 1, EXIT_GICR);
	answer = service(4, ABI_EXITS, 2, 0, EXIT_RECALL);
	assert_values(&answer, ABI_OK, 4090, 0, EXIT_RECALL);
}

static void an_observer_sees_all(void **state)
{
	struct service answer = service(3, ABI_EXITS, 0, 2, EXIT_SGI);

	(void)state;
	assert_values(&answer, ABI_OK, 2000, 2, EXIT_SGI);
	answer = service(3, ABI_PARTITION, 0, 0, 0);
	assert_values(&answer, ABI_OK, 0, 3, PARTITION_RUNNING);
}

static void others_are_denied(void **state)
{
	(void)state;
	for (uint64_t other = 0; other < 2u; other++) {
		struct service answer = service(5, ABI_EXITS, other, 0, 0);

		assert_values(&answer, (uint64_t)ABI_DENIED, other, 0, 0);
		answer = service(5, ABI_PARTITION, other, 0, 0);
		assert_values(&answer, (uint64_t)ABI_DENIED, other, 0, 0);
	}
}

/* Denied comes before invalid: who may not look learns nothing about what is there. */
static void wrong_arguments_are_invalid(void **state)
{
	static const uint64_t wrong[][3] = {
		{3, 0, 0},
		{UINT64_MAX, 0, 0},
		{UINT64_C(0x100000000), 0, 0},
		{PLAN_NONE, 0, 0},
		{0, 3, 0},
		{0, UINT64_C(0x100000000), 0},
		{0, 0, EXIT_REASONS},
		{0, 0, UINT64_C(0x100000000)},
		{ABI_SELF, 1, 0},
	};
	struct service answer;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		answer = service(3, ABI_EXITS, wrong[i][0], wrong[i][1], wrong[i][2]);
		assert_values(&answer, (uint64_t)ABI_INVALID, wrong[i][0], wrong[i][1], wrong[i][2]);
	}
	answer = service(3, ABI_PARTITION, 3, 0, 0);
	assert_values(&answer, (uint64_t)ABI_INVALID, 3, 0, 0);
	answer = service(0, ABI_EXITS, 1, 99, 99);
	assert_values(&answer, (uint64_t)ABI_DENIED, 1, 99, 99);
}

static void end_partition(void *argument)
{
	(void)argument;
	core_partition_end(true);
}

static void an_ended_partition_is_seen_as_such(void **state)
{
	struct service answer;

	(void)state;
	(void)fake_run(0, end_partition, NULL);
	answer = service(3, ABI_PARTITION, 0, 0, 0);
	assert_values(&answer, ABI_OK, 0, 3, PARTITION_STOPPED);
}

static void narrow_forms_split_their_result(void **state)
{
	struct service answer;

	(void)state;
	fake_state(0)->exits[EXIT_SGI] = UINT64_C(0x123456789a);
	answer = service(3, ABI_32(ABI_EXITS), UINT64_C(0xdead00000000), UINT64_C(0xdead00000000), EXIT_SGI);
	assert_values(&answer, ABI_OK, 0x3456789a, 0x12, EXIT_SGI);
	answer = service(3, ABI_32(ABI_CORES), 0, 7, 7);
	assert_values(&answer, ABI_OK, 1, 0, 7);
	answer = service(3, ABI_32(ABI_PARTITION), 0, 0, 0);
	assert_values(&answer, ABI_OK, 0, 3, PARTITION_RUNNING);
	answer = service(0, ABI_32(ABI_EXITS), 1, 7, 7);
	assert_values(&answer, (uint64_t)ABI_DENIED, 1, 7, 7);
}

/* The core that ended alpha is off; the two others were never switched on. */
static void cores_that_are_on_are_seen(void **state)
{
	struct service answer;

	(void)state;
	answer = service(3, ABI_CORES, 0, 7, 7);
	assert_values(&answer, ABI_OK, 1, 7, 7);
	(void)fake_run(0, end_partition, NULL);
	answer = service(3, ABI_CORES, 0, 7, 7);
	assert_values(&answer, ABI_OK, 0, 7, 7);
	answer = service(0, ABI_CORES, 1, 7, 7);
	assert_values(&answer, (uint64_t)ABI_DENIED, 1, 7, 7);
	answer = service(0, ABI_CORES, 3, 7, 7);
	assert_values(&answer, (uint64_t)ABI_INVALID, 3, 7, 7);
}

static void looking_is_counted_apart(void **state)
{
	struct core_state *own = fake_state(3);
	struct core_state before = *own;

	(void)state;
	(void)service(3, ABI_EXITS, 0, 0, 0);
	(void)service(3, ABI_EXITS, 99, 0, 0);
	(void)service(3, ABI_PARTITION, 0, 0, 0);
	(void)service(3, ABI_FEATURES, 0, 0, 0);
	(void)service(3, 0x86000099, 0, 0, 0);
	for (uint32_t reason = 0; reason < EXIT_REASONS; reason++) {
		uint64_t more = (reason == EXIT_OBSERVE) ? 2u : (reason == EXIT_SERVICE) ? 3u : 0u;

		assert_int_equal(own->exits[reason], before.exits[reason] + more);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(features_uid_and_revision, running),
		cmocka_unit_test_setup(the_uid_is_the_documented_one, running),
		cmocka_unit_test_setup(unknown_functions_are_unknown, running),
		cmocka_unit_test_setup(own_counters_are_seen, running),
		cmocka_unit_test_setup(an_observer_sees_all, running),
		cmocka_unit_test_setup(others_are_denied, running),
		cmocka_unit_test_setup(wrong_arguments_are_invalid, running),
		cmocka_unit_test_setup(an_ended_partition_is_seen_as_such, running),
		cmocka_unit_test_setup(cores_that_are_on_are_seen, running),
		cmocka_unit_test_setup(narrow_forms_split_their_result, running),
		cmocka_unit_test_setup(looking_is_counted_apart, running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
