/* SPDX-License-Identifier: Apache-2.0 */
/* A partition's life: loading, ending by its own wish or by its last core, and what the last partition's end means. */
#include "test.h"

#include "core/entry.h"
#include "core/partition.h"
#include "fake/fake.h"
#include "plan/abi.h"

static struct plan_header *plan;

static int running(void **state)
{
	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	fake_world_run(plan);
	return 0;
}

static void end_partition(void *reset)
{
	core_partition_end(*(bool *)reset);
}

static void switch_off(void *argument)
{
	(void)argument;
	core_vcpu_off();
}

static enum fake_end ends(uint32_t row, bool reset)
{
	return fake_run(row, end_partition, &reset);
}

static void loading_copies_fills_and_runs(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < plan->images.count; i++) {
		const struct plan_image *image = &fake_images(plan)[i];
		const uint8_t *to = (const uint8_t *)(uintptr_t)image->pa;

		assert_memory_equal(to, (const void *)(uintptr_t)image->golden, image->size);
		for (uint64_t j = 0; j < image->fill; j++) {
			assert_int_equal(to[image->size + j], 0);
		}
		assert_int_equal(to[image->size + image->fill], 0xee); /* and not a byte more */
	}
	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		assert_int_equal(partition_state(plan, i), PARTITION_RUNNING);
	}
}

static void nothing_runs_at_first(void **state)
{
	(void)state;
	partition_init(plan);
	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		assert_int_equal(partition_state(plan, i), PARTITION_OFF);
	}
}

static void system_off_ends_this_partition_only(void **state)
{
	(void)state;
	assert_int_equal(ends(0, false), FAKE_ASLEEP);
	assert_int_equal(partition_state(plan, 0), PARTITION_OFF);
	assert_int_equal(partition_state(plan, 1), PARTITION_RUNNING);
	assert_int_equal(partition_state(plan, 2), PARTITION_RUNNING);
	assert_true(fake_revoked(0));
	assert_false(fake_revoked(1));
	assert_false(fake_revoked(2));
	assert_non_null(strstr(fake_log(0), " partition alpha switched itself off\n"));
	assert_int_equal(fake_count(FAKE_CALL_SYSTEM_OFF), 0);
}

static void reset_stops(void **state)
{
	(void)state;
	assert_int_equal(ends(3, true), FAKE_ASLEEP);
	assert_int_equal(partition_state(plan, 1), PARTITION_STOPPED);
	assert_non_null(strstr(fake_log(3), " partition beta reset itself: stopped\n"));
}

/* Memory first, then interrupts, then kicks: what a victim still writes must not undo what follows. */
static void ending_goes_in_one_order(void **state)
{
	uint32_t revoke;
	uint32_t clear;
	uint32_t kick;
	uint32_t park;

	(void)state;
	(void)ends(1, false); /* as if virtual core 1 was on */
	revoke = fake_find(FAKE_CALL_REVOKE, 1, 0);
	clear = fake_find(FAKE_CALL_CLEAR, 1, 0);
	kick = fake_find(FAKE_CALL_KICK, 1, 0);
	park = fake_find(FAKE_CALL_PARK, 1, 0);
	assert_true((revoke < clear) && (clear < kick) && (kick < park) && (park < fake_steps()));
	assert_int_equal(fake_step(revoke)->value, 0);
	assert_int_equal(fake_step(clear)->value, 0);
	assert_int_equal(fake_count(FAKE_CALL_REVOKE), 1);
	assert_int_equal(fake_count(FAKE_CALL_KICK), 2); /* the others, not itself */
	assert_int_equal(fake_step(kick)->value, 0);
	assert_int_equal(fake_step(kick + 1u)->value, 2);
}

static void a_second_end_changes_nothing(void **state)
{
	(void)state;
	(void)ends(0, true);
	assert_int_equal(fake_guest_fetch(0), FAKE_ASLEEP);
	assert_int_equal(ends(1, false), FAKE_ASLEEP);
	assert_int_equal(partition_state(plan, 0), PARTITION_STOPPED);
	assert_int_equal(fake_count(FAKE_CALL_REVOKE), 1);
	assert_null(strstr(fake_log(1), "switched itself off"));
}

static void stopped_cores_stay_asleep_whatever_kicks_them(void **state)
{
	(void)state;
	(void)ends(0, false);
	assert_true(fake_core(1)->kicked && fake_core(2)->kicked);
	assert_int_equal(fake_wake(1), FAKE_ASLEEP);
	assert_int_equal(fake_wake(2), FAKE_ASLEEP);
	assert_int_equal(fake_count(FAKE_CALL_ENTER), 0);
}

static void the_last_core_off_ends_its_partition(void **state)
{
	(void)state;
	assert_int_equal(fake_run(3, switch_off, NULL), FAKE_ASLEEP);
	assert_int_equal(partition_state(plan, 1), PARTITION_OFF);
	assert_non_null(strstr(fake_log(3), " partition beta is off: its last core switched itself off\n"));
	assert_true(fake_revoked(1));
}

static void the_last_partition_switches_the_board_off(void **state)
{
	(void)state;
	(void)ends(0, false);
	(void)ends(3, true);
	assert_int_equal(fake_count(FAKE_CALL_SYSTEM_OFF), 0);
	assert_int_equal(ends(4, false), FAKE_SYSTEM_OFF);
	assert_int_equal(partition_state(plan, 2), PARTITION_OFF);
	assert_true(fake_revoked(2));
}

static void the_board_stays_on_where_the_plan_says_park(void **state)
{
	(void)state;
	plan->when_all_off = PLAN_ALL_OFF_PARK;
	(void)ends(0, false);
	(void)ends(3, false);
	assert_int_equal(ends(4, false), FAKE_ASLEEP);
	assert_int_equal(fake_count(FAKE_CALL_SYSTEM_OFF), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(loading_copies_fills_and_runs, running),
		cmocka_unit_test_setup(nothing_runs_at_first, running),
		cmocka_unit_test_setup(system_off_ends_this_partition_only, running),
		cmocka_unit_test_setup(reset_stops, running),
		cmocka_unit_test_setup(ending_goes_in_one_order, running),
		cmocka_unit_test_setup(a_second_end_changes_nothing, running),
		cmocka_unit_test_setup(stopped_cores_stay_asleep_whatever_kicks_them, running),
		cmocka_unit_test_setup(the_last_core_off_ends_its_partition, running),
		cmocka_unit_test_setup(the_last_partition_switches_the_board_off, running),
		cmocka_unit_test_setup(the_board_stays_on_where_the_plan_says_park, running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
