/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual cores' power: CPU_ON, CPU_OFF and what they answer, in turns of one thread and then as races of real threads,
 * many rounds each.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>

#include "core/entry.h"
#include "core/partition.h"
#include "core/vcpu.h"
#include "fake/fake.h"
#include "plan/abi.h"

#define ROUNDS 200u
#define RACERS 3u

static struct plan_header *plan;

static int running(void **state)
{
	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	fake_world_run(plan);
	return 0;
}

struct call {
	uint32_t row;
	uint32_t number;
	uint64_t entry;
	uint64_t argument;
	enum vcpu_on result;
	enum vcpu_power power;
	enum fake_end end;
};

static void call_on(void *argument)
{
	struct call *call = argument;
	gpaddr_t entry = {call->entry};

	call->result = core_vcpu_on(call->number, entry, call->argument);
}

static void call_power(void *argument)
{
	struct call *call = argument;

	call->power = core_vcpu_power(call->number);
}

static void call_off(void *argument)
{
	(void)argument;
	core_vcpu_off();
}

static void call_end(void *argument)
{
	(void)argument;
	core_partition_end(false);
}

static enum vcpu_on on(uint32_t row, uint32_t number, uint64_t entry)
{
	struct call call = {.number = number, .entry = entry, .argument = entry + 1u};

	assert_int_equal(fake_run(row, call_on, &call), FAKE_RETURNED);
	return call.result;
}

static enum vcpu_power power(uint32_t row, uint32_t number)
{
	struct call call = {.number = number};

	assert_int_equal(fake_run(row, call_power, &call), FAKE_RETURNED);
	return call.power;
}

/* ---- in turns ---- */

static void only_first_cores_are_on_at_first(void **state)
{
	(void)state;
	assert_int_equal(power(0, 0), VCPU_POWER_ON);
	assert_int_equal(power(0, 1), VCPU_POWER_OFF);
	assert_int_equal(power(0, 2), VCPU_POWER_OFF);
	assert_int_equal(power(3, 0), VCPU_POWER_ON);
	assert_int_equal(power(4, 1), VCPU_POWER_OFF);
}

static void on_is_pending_until_the_guest_runs(void **state)
{
	(void)state;
	assert_int_equal(on(0, 2, 0x40080000), VCPU_ON_OK);
	assert_int_equal(power(0, 2), VCPU_POWER_PENDING);
	assert_int_equal(on(0, 2, 0x40090000), VCPU_ON_PENDING);
	assert_int_equal(fake_count(FAKE_CALL_KICK), 1);
	assert_int_equal(fake_wake(2), FAKE_ENTERED);
	assert_int_equal(power(0, 2), VCPU_POWER_ON);
	assert_int_equal(fake_core(2)->entry, 0x40080000);
	assert_int_equal(fake_core(2)->argument, 0x40080001);
	assert_int_equal(on(0, 2, 0x40090000), VCPU_ON_ALREADY);
	assert_int_equal(on(2, 2, 0x40090000), VCPU_ON_ALREADY);
	assert_int_equal(on(2, 0, 0x40090000), VCPU_ON_ALREADY);
}

static void numbers_are_the_partitions_own(void **state)
{
	(void)state;
	assert_int_equal(on(4, 1, 0x1000), VCPU_ON_OK); /* gamma's: row 5 */
	assert_int_equal(fake_wake(1), FAKE_ASLEEP);
	assert_int_equal(fake_wake(5), FAKE_ENTERED);
	assert_int_equal(on(0, 3, 0x1000), VCPU_ON_INVALID);
	assert_int_equal(on(3, 1, 0x1000), VCPU_ON_INVALID);
	assert_int_equal(on(4, 2, 0x1000), VCPU_ON_INVALID);
	assert_int_equal(on(4, UINT32_MAX, 0x1000), VCPU_ON_INVALID);
}

static void a_kick_alone_starts_nothing(void **state)
{
	(void)state;
	fake_core(1)->kicked = true;
	assert_int_equal(fake_wake(1), FAKE_ASLEEP);
	assert_int_equal(fake_core(1)->entered, 0);
}

static void off_and_on_again(void **state)
{
	(void)state;
	for (uint64_t round = 1; round <= 5u; round++) {
		assert_int_equal(on(0, 1, round * 0x1000u), VCPU_ON_OK);
		assert_int_equal(fake_wake(1), FAKE_ENTERED);
		assert_int_equal(fake_core(1)->entry, round * 0x1000u);
		assert_int_equal(fake_run(1, call_off, NULL), FAKE_ASLEEP);
		assert_int_equal(power(0, 1), VCPU_POWER_OFF);
		assert_int_equal(partition_state(plan, 0), PARTITION_RUNNING);
	}
}

/* The boot core of a partition is a core like any other once a second one is on. */
static void the_first_core_may_go_off(void **state)
{
	(void)state;
	assert_int_equal(on(0, 1, 0x1000), VCPU_ON_OK);
	assert_int_equal(fake_run(0, call_off, NULL), FAKE_ASLEEP);
	assert_int_equal(partition_state(plan, 0), PARTITION_RUNNING); /* the other is on its way */
	assert_int_equal(fake_wake(1), FAKE_ENTERED);
	assert_int_equal(on(1, 0, 0x2000), VCPU_ON_OK);
	assert_int_equal(fake_wake(0), FAKE_ENTERED);
	assert_int_equal(fake_core(0)->entry, 0x2000);
	assert_int_equal(fake_run(0, call_off, NULL), FAKE_ASLEEP);
	assert_int_equal(fake_run(1, call_off, NULL), FAKE_ASLEEP);
	assert_int_equal(partition_state(plan, 0), PARTITION_OFF);
}

static void a_partition_that_ends_starts_no_core(void **state)
{
	(void)state;
	assert_int_equal(on(0, 1, 0x1000), VCPU_ON_OK);
	assert_int_equal(fake_wake(1), FAKE_ENTERED);
	(void)fake_run(0, call_end, NULL);
	assert_int_equal(on(1, 2, 0x1000), VCPU_ON_DENIED);
	assert_int_equal(on(1, 9, 0x1000), VCPU_ON_INVALID);
	assert_int_equal(fake_count(FAKE_CALL_KICK), 3); /* of on(1), and of the end */
}

/* On its way when its partition ends: it may still enter, and what it fetches first faults. */
static void a_pending_core_of_an_ended_partition_never_runs(void **state)
{
	(void)state;
	assert_int_equal(on(0, 1, 0x1000), VCPU_ON_OK);
	(void)fake_run(0, call_end, NULL);
	assert_int_equal(fake_wake(1), FAKE_ENTERED);
	assert_int_equal(fake_guest_fetch(1), FAKE_ASLEEP);
	assert_int_equal(fake_state(1)->exits[EXIT_RECALL], 1);
	assert_int_equal(fake_state(1)->exits[EXIT_FAULT], 0);
	assert_non_null(strstr(fake_log(1), " virtual core 1 recalled\n"));
	assert_null(strstr(fake_log(1), "faulted"));
}

/* ---- in a chosen order ---- */

static enum vcpu_on meanwhile_result;
static enum vcpu_power meanwhile_power;

static void on_meanwhile(void)
{
	meanwhile_power = power(0, 1);
	meanwhile_result = on(0, 1, 0x7000);
}

/* A core that goes off is on until it can hear a kick: an earlier CPU_ON would be lost. */
static void off_is_told_only_when_a_kick_is_heard(void **state)
{
	(void)state;
	assert_int_equal(on(0, 1, 0x1000), VCPU_ON_OK);
	assert_int_equal(fake_wake(1), FAKE_ENTERED);
	fake_meanwhile(FAKE_CALL_PARK, on_meanwhile);
	assert_int_equal(fake_run(1, call_off, NULL), FAKE_ASLEEP);
	assert_int_equal(meanwhile_power, VCPU_POWER_ON);
	assert_int_equal(meanwhile_result, VCPU_ON_ALREADY);
	assert_int_equal(power(0, 1), VCPU_POWER_OFF);
}

/* Until its guest is entered a core is on its way: nobody can start it twice. */
static void a_core_on_its_way_is_not_started_again(void **state)
{
	static const enum fake_call calls[] = {FAKE_CALL_HAND_OVER, FAKE_CALL_ENTER};

	for (size_t i = 0; i < COUNT(calls); i++) {
		(void)running(state);
		assert_int_equal(on(0, 1, 0x1000), VCPU_ON_OK);
		fake_meanwhile(calls[i], on_meanwhile);
		assert_int_equal(fake_wake(1), FAKE_ENTERED);
		assert_int_equal(meanwhile_power, VCPU_POWER_PENDING);
		assert_int_equal(meanwhile_result, VCPU_ON_PENDING);
		assert_int_equal(fake_core(1)->entry, 0x1000);
	}
}

static void end_meanwhile(void)
{
	assert_int_equal(fake_run(1, call_end, NULL), FAKE_ASLEEP);
}

/* The state is that of the end from its first step on: a core that asks in the midst of it starts nothing. */
static void no_core_is_started_while_its_partition_ends(void **state)
{
	static const enum fake_call calls[] = {FAKE_CALL_REVOKE, FAKE_CALL_CLEAR, FAKE_CALL_KICK};

	for (size_t i = 0; i < COUNT(calls); i++) {
		(void)running(state);
		assert_int_equal(on(0, 2, 0x1000), VCPU_ON_OK);
		assert_int_equal(fake_wake(2), FAKE_ENTERED);
		fake_meanwhile(calls[i], on_meanwhile);
		assert_int_equal(fake_run(2, call_end, NULL), FAKE_ASLEEP);
		assert_int_equal(meanwhile_power, VCPU_POWER_OFF);
		assert_int_equal(meanwhile_result, VCPU_ON_DENIED);
		assert_int_equal(partition_state(plan, 0), PARTITION_OFF);
	}
}

/* CPU_ON has passed its check when another core ends the partition: the kicked core finds no memory. */
static void an_end_in_the_midst_of_on_still_ends_all(void **state)
{
	(void)running(state);
	assert_int_equal(on(0, 1, 0x1000), VCPU_ON_OK);
	assert_int_equal(fake_wake(1), FAKE_ENTERED);
	fake_meanwhile(FAKE_CALL_KICK, end_meanwhile);
	assert_int_equal(on(0, 2, 0x2000), VCPU_ON_OK);
	assert_int_equal(partition_state(plan, 0), PARTITION_OFF);
	assert_int_equal(fake_wake(2), FAKE_ENTERED);
	assert_int_equal(fake_guest_fetch(2), FAKE_ASLEEP);
	assert_int_equal(fake_guest_fetch(0), FAKE_ASLEEP);
	assert_int_equal(fake_count(FAKE_CALL_REVOKE), 1);
}

/* ---- races ---- */

static pthread_barrier_t barrier;

static void *run_on(void *argument)
{
	struct call *call = argument;

	pthread_barrier_wait(&barrier);
	call->end = fake_run(call->row, call_on, call);
	return NULL;
}

static void *run_on_until_ok(void *argument)
{
	struct call *call = argument;

	pthread_barrier_wait(&barrier);
	do {
		call->end = fake_run(call->row, call_on, call);
		sched_yield();
	} while ((call->result == VCPU_ON_ALREADY) || (call->result == VCPU_ON_PENDING));
	return NULL;
}

static void *run_off(void *argument)
{
	struct call *call = argument;

	pthread_barrier_wait(&barrier);
	call->end = fake_run(call->row, call_off, NULL);
	return NULL;
}

static void *run_end(void *argument)
{
	struct call *call = argument;

	pthread_barrier_wait(&barrier);
	call->end = fake_run(call->row, call_end, NULL);
	return NULL;
}

/* A parked core until it sleeps for good: enters its guest when switched on, which fetches until it is told to stop. */
static void *run_parked(void *argument)
{
	struct call *call = argument;

	pthread_barrier_wait(&barrier);
	call->end = fake_wake(call->row);
	return NULL;
}

struct thread {
	void *(*main)(void *);
	struct call call;
	pthread_t id;
};

static void threads_start(struct thread *threads, uint32_t count)
{
	pthread_barrier_init(&barrier, NULL, count);
	fake_sleep_blocks(true);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(pthread_create(&threads[i].id, NULL, threads[i].main, &threads[i].call), 0);
	}
}

static void thread_join(struct thread *thread)
{
	assert_int_equal(pthread_join(thread->id, NULL), 0);
}

static void racing_ons_have_one_winner(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct thread threads[] = {
			{run_on, {.row = 0, .number = 2, .entry = 0x1000, .argument = 1}, 0},
			{run_on, {.row = 1, .number = 2, .entry = 0x2000, .argument = 2}, 0},
			{run_parked, {.row = 2}, 0},
		};
		uint32_t winners = 0;

		(void)running(state);
		assert_int_equal(on(0, 1, 0x3000), VCPU_ON_OK);
		assert_int_equal(fake_wake(1), FAKE_ENTERED);
		threads_start(threads, 3);
		for (uint32_t i = 0; i < 3u; i++) {
			thread_join(&threads[i]);
		}
		for (uint32_t i = 0; i < 2u; i++) {
			const struct call *call = &threads[i].call;

			if (call->result == VCPU_ON_OK) {
				winners++;
				assert_int_equal(fake_core(2)->entry, call->entry);
				assert_int_equal(fake_core(2)->argument, call->argument);
			} else {
				assert_true((call->result == VCPU_ON_PENDING) || (call->result == VCPU_ON_ALREADY));
			}
		}
		assert_int_equal(winners, 1);
		assert_int_equal(threads[2].call.end, FAKE_ENTERED);
		assert_int_equal(fake_core(2)->entered, 1);
	}
}

static void on_against_off_loses_no_start(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct thread threads[] = {
			{run_on_until_ok, {.row = 0, .number = 1, .entry = 0x2000 + round, .argument = round}, 0},
			{run_off, {.row = 1}, 0},
		};

		(void)running(state);
		assert_int_equal(on(0, 1, 0x1000), VCPU_ON_OK);
		assert_int_equal(fake_wake(1), FAKE_ENTERED);
		threads_start(threads, 2);
		thread_join(&threads[0]);
		thread_join(&threads[1]); /* would never end if the kick was lost */
		assert_int_equal(threads[0].call.result, VCPU_ON_OK);
		assert_int_equal(threads[1].call.end, FAKE_ENTERED);
		assert_int_equal(fake_core(1)->entry, 0x2000 + round);
		assert_int_equal(fake_core(1)->argument, round);
		assert_int_equal(partition_state(plan, 0), PARTITION_RUNNING);
	}
}

/* Both cores of a partition switch themselves off at once: one of them is the last. */
static void racing_offs_end_the_partition_once(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct thread threads[] = {{run_off, {.row = 4}, 0}, {run_off, {.row = 5}, 0}};

		(void)running(state);
		assert_int_equal(on(4, 1, 0x1000), VCPU_ON_OK);
		assert_int_equal(fake_wake(5), FAKE_ENTERED);
		threads_start(threads, 2);
		while (partition_state(plan, 2) != PARTITION_OFF) {
			sched_yield();
		}
		fake_sleep_blocks(false);
		thread_join(&threads[0]);
		thread_join(&threads[1]);
		assert_int_equal(fake_count(FAKE_CALL_REVOKE), 1);
		assert_int_equal(fake_count(FAKE_CALL_CLEAR), 1);
		assert_int_equal(fake_count(FAKE_CALL_ENTER), 1);
	}
}

static void racing_ends_end_the_board_once(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct thread threads[RACERS] = {
			{run_end, {.row = 0}, 0}, {run_end, {.row = 3}, 0}, {run_end, {.row = 4}, 0}};
		uint32_t offs = 0;

		(void)running(state);
		threads_start(threads, RACERS);
		fake_sleep_blocks(false);
		for (uint32_t i = 0; i < RACERS; i++) {
			thread_join(&threads[i]);
			offs += (threads[i].call.end == FAKE_SYSTEM_OFF) ? 1u : 0u;
		}
		assert_int_equal(offs, 1);
		assert_int_equal(fake_count(FAKE_CALL_SYSTEM_OFF), 1);
		assert_int_equal(fake_count(FAKE_CALL_REVOKE), 3);
	}
}

/* Whoever comes first: in the end the partition is off, and no core of it fetches another instruction. */
static void stop_against_on_leaves_nothing_running(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct thread threads[] = {
			{run_end, {.row = 0}, 0},
			{run_on, {.row = 1, .number = 2, .entry = 0x2000, .argument = 2}, 0},
			{run_parked, {.row = 2}, 0},
		};

		(void)running(state);
		assert_int_equal(on(0, 1, 0x1000), VCPU_ON_OK);
		assert_int_equal(fake_wake(1), FAKE_ENTERED);
		threads_start(threads, 3);
		thread_join(&threads[1]);
		while (partition_state(plan, 0) != PARTITION_OFF) {
			sched_yield();
		}
		fake_sleep_blocks(false);
		thread_join(&threads[0]);
		thread_join(&threads[2]);
		assert_true((threads[1].call.result == VCPU_ON_OK) || (threads[1].call.result == VCPU_ON_DENIED));
		assert_int_equal(fake_count(FAKE_CALL_REVOKE), 1);
		assert_true(fake_revoked(0));
		if (threads[1].call.result == VCPU_ON_DENIED) {
			assert_int_equal(fake_core(2)->entered, 0);
		}
		assert_int_equal(fake_guest_fetch(1), FAKE_ASLEEP);
		if (fake_core(2)->end == FAKE_ENTERED) {
			assert_int_equal(fake_guest_fetch(2), FAKE_ASLEEP);
		}
		assert_int_equal(on(1, 2, 0x3000), VCPU_ON_DENIED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_first_cores_are_on_at_first, running),
		cmocka_unit_test_setup(on_is_pending_until_the_guest_runs, running),
		cmocka_unit_test_setup(numbers_are_the_partitions_own, running),
		cmocka_unit_test_setup(a_kick_alone_starts_nothing, running),
		cmocka_unit_test_setup(off_and_on_again, running),
		cmocka_unit_test_setup(the_first_core_may_go_off, running),
		cmocka_unit_test_setup(a_partition_that_ends_starts_no_core, running),
		cmocka_unit_test_setup(a_pending_core_of_an_ended_partition_never_runs, running),
		cmocka_unit_test_setup(off_is_told_only_when_a_kick_is_heard, running),
		cmocka_unit_test(a_core_on_its_way_is_not_started_again),
		cmocka_unit_test(no_core_is_started_while_its_partition_ends),
		cmocka_unit_test(an_end_in_the_midst_of_on_still_ends_all),
		cmocka_unit_test(racing_ons_have_one_winner),
		cmocka_unit_test(on_against_off_loses_no_start),
		cmocka_unit_test(racing_offs_end_the_partition_once),
		cmocka_unit_test(racing_ends_end_the_board_once),
		cmocka_unit_test(stop_against_on_leaves_nothing_running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
