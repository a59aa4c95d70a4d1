/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Races without luck: before each atomic access that a call of one core makes, in turn, another core makes a whole
 * call. What test_vcpu.c leaves to real threads, every order of two calls' accesses of that kind, is tried here one
 * by one.
 */
#include "test.h"

#include <stdatomic.h>

static void turn(void);

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_compare_exchange_strong_explicit
#define atomic_load_explicit(object, order) (turn(), __atomic_load_n(object, order))
#define atomic_store_explicit(object, value, order) (turn(), __atomic_store_n(object, value, order))
#define atomic_fetch_add_explicit(object, value, order) (turn(), __atomic_fetch_add(object, value, order))
#define atomic_fetch_sub_explicit(object, value, order) (turn(), __atomic_fetch_sub(object, value, order))
#define atomic_compare_exchange_strong_explicit(object, old, value, success, failure)                                  \
	(turn(), __atomic_compare_exchange_n(object, old, value, false, success, failure))

#include "core/vcpu.c"

#define row_of partition_row_of /* the same name in another file */
#include "core/partition.c"
#undef row_of

#include "arch/cpu.h"
#include "fake/fake.h"

static struct plan_header *plan;

/* The other core's call, and the access of the first one's before which it is made; 0: it has been. */
static void (*other)(void);
static uint32_t turns_left;

static void turn(void)
{
	static const uint64_t nothing;

	if (turns_left == 0u) {
		return;
	}
	turns_left--;
	if (turns_left == 0u) {
		fake_meanwhile(FAKE_CALL_CRC, other); /* any call of the contract that changes nothing */
		(void)arch_crc32(&nothing, sizeof(nothing));
	}
}

/* Whether `what` on core `row` made so many accesses that the other call was made before number `number` of them. */
static bool race(uint32_t row, void (*what)(void *argument), void *argument, void (*rival)(void), uint32_t number)
{
	other = rival;
	turns_left = number;
	(void)fake_run(row, what, argument);
	return turns_left == 0u;
}

struct call {
	uint32_t number;
	uint64_t entry;
	enum vcpu_on result;
};

static void call_on(void *argument)
{
	struct call *call = argument;
	gpaddr_t entry = {call->entry};

	call->result = core_vcpu_on(call->number, entry, call->entry + 1u);
}

static void call_off(void *argument)
{
	(void)argument;
	core_vcpu_off();
}

static void call_end(void *argument)
{
	(void)argument;
	core_partition_end(true);
}

/* alpha: cores 0 and 1 on, and `more` of core 2. */
static void world_make(bool more)
{
	struct call second = {.number = 1, .entry = 0x3000};
	struct call third = {.number = 2, .entry = 0x4000};

	turns_left = 0;
	plan = fake_plan_make(&fake_shape_three);
	fake_world_run(plan);
	assert_int_equal(fake_run(0, call_on, &second), FAKE_RETURNED);
	assert_int_equal(fake_wake(1), FAKE_ENTERED);
	if (more) {
		assert_int_equal(fake_run(0, call_on, &third), FAKE_RETURNED);
		assert_int_equal(fake_wake(2), FAKE_ENTERED);
	}
}

static struct call rival_on;

static void on_by_core_1(void)
{
	(void)fake_run(1, call_on, &rival_on);
}

static void end_by_core_1(void)
{
	(void)fake_run(1, call_end, NULL);
}

static void off_by_core_1(void)
{
	(void)fake_run(1, call_off, NULL);
}

static void two_ons_have_one_winner(void **state)
{
	uint32_t number = 0;
	bool raced;

	(void)state;
	do {
		struct call call = {.number = 2, .entry = 0x1000};
		const struct call *winner;

		number++;
		world_make(false);
		rival_on = (struct call){.number = 2, .entry = 0x2000};
		raced = race(0, call_on, &call, on_by_core_1, number);
		if (raced) {
			assert_true((call.result == VCPU_ON_OK) != (rival_on.result == VCPU_ON_OK));
			winner = (call.result == VCPU_ON_OK) ? &call : &rival_on;
			assert_int_equal(fake_wake(2), FAKE_ENTERED);
			assert_int_equal(fake_core(2)->entry, winner->entry);
			assert_int_equal(fake_core(2)->argument, winner->entry + 1u);
		}
	} while (raced);
	assert_true(number > 3u);
}

/* Whoever was too late to be refused finds no memory behind its entry. */
static void an_on_against_an_end_leaves_nothing_running(void **state)
{
	uint32_t number = 0;
	bool raced;

	(void)state;
	do {
		struct call call = {.number = 2, .entry = 0x1000};

		number++;
		world_make(false);
		raced = race(0, call_on, &call, end_by_core_1, number);
		if (raced) {
			assert_true(fake_revoked(0));
			if (fake_wake(2) == FAKE_ENTERED) {
				assert_int_equal(fake_guest_fetch(2), FAKE_ASLEEP);
			}
			assert_int_equal(fake_guest_fetch(0), FAKE_ASLEEP);
			assert_int_equal(partition_state(plan, 0), PARTITION_STOPPED);
		}
	} while (raced);
	assert_true(number > 3u);
}

static void two_ends_are_one(void **state)
{
	uint32_t number = 0;
	bool raced;

	(void)state;
	do {
		number++;
		world_make(false);
		raced = race(0, call_end, NULL, end_by_core_1, number);
		assert_int_equal(fake_count(FAKE_CALL_REVOKE), 1);
		assert_int_equal(partition_state(plan, 0), PARTITION_STOPPED);
		turns_left = 0;
		(void)fake_run(3, call_end, NULL);
		assert_int_equal(fake_count(FAKE_CALL_SYSTEM_OFF), 0);
		assert_int_equal(fake_run(4, call_end, NULL), FAKE_SYSTEM_OFF);
	} while (raced);
	assert_true(number > 3u);
}

static void two_offs_end_the_partition_with_the_last(void **state)
{
	uint32_t number = 0;
	bool raced;

	(void)state;
	do {
		number++;
		world_make(true);
		raced = race(0, call_off, NULL, off_by_core_1, number);
		if (raced) {
			assert_int_equal(partition_state(plan, 0), PARTITION_RUNNING);
			assert_int_equal(fake_count(FAKE_CALL_REVOKE), 0);
			(void)fake_run(2, call_off, NULL);
			assert_int_equal(partition_state(plan, 0), PARTITION_OFF);
			assert_int_equal(fake_count(FAKE_CALL_REVOKE), 1);
		}
	} while (raced);
	assert_true(number > 1u);
}

/* An ON that succeeds while its target goes off starts it. */
static void an_on_against_an_off_loses_no_start(void **state)
{
	uint32_t number = 0;
	bool raced;

	(void)state;
	do {
		struct call call = {.number = 1, .entry = 0x1000};

		number++;
		world_make(true);
		raced = race(0, call_on, &call, off_by_core_1, number);
		if (raced && (call.result == VCPU_ON_OK)) {
			assert_int_equal(fake_wake(1), FAKE_ENTERED);
			assert_int_equal(fake_core(1)->entry, 0x1000);
		} else if (raced) {
			assert_int_equal(call.result, VCPU_ON_ALREADY);
		} else {
			/* every access has had its turn */
		}
	} while (raced);
	assert_true(number > 2u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_ons_have_one_winner),
		cmocka_unit_test(an_on_against_an_end_leaves_nothing_running),
		cmocka_unit_test(two_ends_are_one),
		cmocka_unit_test(two_offs_end_the_partition_with_the_last),
		cmocka_unit_test(an_on_against_an_off_loses_no_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
