/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines and periodic release. How late a release is, is not judged: under an emulator it says nothing. */
#include "rt-selftest/selftest.h"
#include "rt/clock.h"
#include "rt/periodic.h"
#include "rt/task.h"

#define PERIOD_US 1000u
#define RELEASES 100u

static void test_conversion(void)
{
	CHECK(clock_from_us(0) == 0);
	CHECK(clock_to_ns(clock_from_us(1000000)) == 1000000000u);
	/* A century: no overflow on the way. */
	CHECK(clock_to_ns(clock_from_us(UINT64_C(3155760000000000))) == UINT64_C(3155760000000000000));
}

static void test_sleep(void)
{
	uint64_t deadline = selftest_after_us(2000);

	task_sleep_until(deadline);
	CHECK(clock_now() >= deadline);
	task_sleep_until(deadline); /* past: returns at once */
	task_sleep_until(0);
}

static uint64_t woken_at[3];

static void sleep_and_note(void *argument)
{
	uint64_t *slot = argument;
	uint64_t deadline = *slot;

	task_sleep_until(deadline);
	*slot = clock_now();
	if (*slot < deadline)
		*slot = 0;
}

/* Three deadlines armed in an order other than theirs. False when a pause of the host let the first pass before that. */
static bool try_many_deadlines(void)
{
	uint64_t start = clock_now();
	bool armed_in_time;

	woken_at[0] = start + clock_from_us(60000);
	woken_at[1] = start + clock_from_us(20000);
	woken_at[2] = start + clock_from_us(40000);
	for (unsigned i = 0; i < 3; i++)
		(void)selftest_start(i, 1, sleep_and_note, &woken_at[i]);
	armed_in_time = clock_now() < start + clock_from_us(20000);
	for (unsigned i = 0; i < 3; i++)
		selftest_join(i);
	return armed_in_time;
}

static void test_many_deadlines(void)
{
	bool armed_in_time = false;

	for (unsigned i = 0; i < 10 && !armed_in_time; i++)
		armed_in_time = try_many_deadlines();
	CHECK(armed_in_time);
	CHECK(woken_at[1] != 0 && woken_at[2] != 0 && woken_at[0] != 0);
	CHECK(woken_at[1] <= woken_at[2] && woken_at[2] <= woken_at[0]);
}

static void test_periodic(void)
{
	uint64_t period = clock_from_us(PERIOD_US);
	uint64_t first = clock_now() + period;
	struct periodic periodic;
	bool exact = true;
	bool early = false;

	periodic_init(&periodic, first, period);
	for (uint64_t i = 0; i < RELEASES; i++) {
		uint64_t release = periodic_wait(&periodic);

		exact = exact && release == first + i * period;
		early = early || clock_now() < release;
	}
	CHECK(exact);
	CHECK(!early);
}

/* Ten periods are slept through; all ten come, in order and without waiting. */
static void test_catch_up(void)
{
	uint64_t period = clock_from_us(PERIOD_US);
	uint64_t first = clock_now();
	struct periodic periodic;

	periodic_init(&periodic, first, period);
	task_sleep_until(first + 10 * period);
	for (uint64_t i = 0; i < 10; i++)
		CHECK(periodic_wait(&periodic) == first + i * period);
	CHECK(periodic_drop_overdue(&periodic, 1000) == 0);
	task_sleep_until(first + 30 * period);
	CHECK(periodic_drop_overdue(&periodic, 5) >= 20);
	CHECK((periodic.next - first) % period == 0);
	CHECK(clock_now() >= periodic.next);
}

void time_test(void)
{
	test_conversion();
	test_sleep();
	test_many_deadlines();
	test_periodic();
	test_catch_up();
}
