/* SPDX-License-Identifier: Apache-2.0 */
/* Mutexes: ownership, recursion, priority inheritance along chains and its end, refusal of circles. */
#include "rt-selftest/selftest.h"
#include "rt/clock.h"
#include "rt/mutex.h"
#include "rt/task.h"

/* Long against any pause of an emulator: what is checked before it passes must have been done by then. */
#define DEADLINE_US 500000u

static struct mutex first = MUTEX_INITIALISER(first);
static struct mutex second = MUTEX_INITIALISER(second);
static enum status helper_status;

static void lock_briefly(void *argument)
{
	struct mutex *mutex = argument;

	helper_status = mutex_lock(mutex, CLOCK_FOREVER);
	if (helper_status == STATUS_OK)
		helper_status = mutex_unlock(mutex);
}

static void lock_with_deadline(void *argument)
{
	helper_status = mutex_lock(argument, selftest_after_us(DEADLINE_US));
}

static void try_unlock(void *argument)
{
	helper_status = mutex_unlock(argument);
}

static void test_ownership(void)
{
	CHECK(mutex_lock(&first, CLOCK_FOREVER) == STATUS_OK);
	CHECK(mutex_lock(&first, CLOCK_POLL) == STATUS_OK);
	(void)selftest_start(0, 1, try_unlock, &first);
	CHECK(helper_status == STATUS_NOT_OWNER);
	CHECK(mutex_unlock(&first) == STATUS_OK);
	CHECK(first.owner == task_self());
	CHECK(mutex_unlock(&first) == STATUS_OK);
	CHECK(first.owner == NULL);
	CHECK(mutex_unlock(&first) == STATUS_NOT_OWNER);
}

static void test_inheritance(void)
{
	struct task *self = task_self();

	CHECK(mutex_lock(&first, CLOCK_FOREVER) == STATUS_OK);
	(void)selftest_start(0, 4, lock_briefly, &first);
	CHECK(self->priority == SELFTEST_PRIORITY + 4u);
	(void)selftest_start(1, 6, lock_briefly, &first);
	CHECK(self->priority == SELFTEST_PRIORITY + 6u);
	CHECK(mutex_unlock(&first) == STATUS_OK);
	CHECK(self->priority == SELFTEST_PRIORITY);
	CHECK(helper_status == STATUS_OK);
	CHECK(first.owner == NULL);
}

static bool bystander_ran;

static void run_bystander(void *argument)
{
	(void)argument;
	bystander_ran = true;
}

/* The inversion that inheritance is for: a task between the two must not run while the upper one waits. */
static void test_inversion(void)
{
	CHECK(mutex_lock(&first, CLOCK_FOREVER) == STATUS_OK);
	(void)selftest_start(0, 4, lock_briefly, &first);
	bystander_ran = false;
	(void)selftest_start(1, 2, run_bystander, NULL);
	CHECK(!bystander_ran);
	CHECK(mutex_unlock(&first) == STATUS_OK);
	CHECK(bystander_ran);
}

/* The owner does not rest meanwhile: what it has inherited must not keep the waiter from its deadline. */
static void test_end_by_deadline(void)
{
	struct task *self = task_self();
	struct task *waiter;
	uint64_t limit;

	CHECK(mutex_lock(&first, CLOCK_FOREVER) == STATUS_OK);
	waiter = selftest_start(0, 4, lock_with_deadline, &first);
	CHECK(self->priority == SELFTEST_PRIORITY + 4u);
	limit = selftest_after_us(10u * DEADLINE_US);
	while (waiter->state != TASK_ENDED && clock_now() < limit)
		;
	CHECK(waiter->state == TASK_ENDED);
	CHECK(helper_status == STATUS_TIMEOUT);
	CHECK(self->priority == SELFTEST_PRIORITY);
	CHECK(mutex_unlock(&first) == STATUS_OK);
}

static void hold_second_and_want_first(void *argument)
{
	(void)argument;
	(void)mutex_lock(&second, CLOCK_FOREVER);
	helper_status = mutex_lock(&first, CLOCK_FOREVER);
	(void)mutex_unlock(&first);
	(void)mutex_unlock(&second);
}

/* main holds `first`, helper 0 holds `second` and waits for `first`, helper 1 waits for `second`. */
static void test_chain(void)
{
	struct task *self = task_self();
	struct task *middle;

	CHECK(mutex_lock(&first, CLOCK_FOREVER) == STATUS_OK);
	middle = selftest_start(0, 1, hold_second_and_want_first, NULL);
	CHECK(self->priority == SELFTEST_PRIORITY + 1u);
	(void)selftest_start(1, 5, lock_with_deadline, &second);
	CHECK(middle->priority == SELFTEST_PRIORITY + 5u);
	CHECK(self->priority == SELFTEST_PRIORITY + 5u);
	CHECK(mutex_lock(&second, CLOCK_FOREVER) == STATUS_DEADLOCK);
	selftest_join(1);
	CHECK(helper_status == STATUS_TIMEOUT);
	CHECK(middle->priority == SELFTEST_PRIORITY + 1u);
	CHECK(self->priority == SELFTEST_PRIORITY + 1u);
	CHECK(mutex_unlock(&first) == STATUS_OK);
	CHECK(helper_status == STATUS_OK);
	CHECK(self->priority == SELFTEST_PRIORITY);
	CHECK(first.owner == NULL);
	CHECK(second.owner == NULL);
}

/* A boosted owner whose base priority is changed keeps the boost, and falls to the new base after it. */
static void test_base_change(void)
{
	struct task *self = task_self();

	CHECK(mutex_lock(&first, CLOCK_FOREVER) == STATUS_OK);
	(void)selftest_start(0, 4, lock_briefly, &first);
	task_set_priority(self, SELFTEST_PRIORITY + 1u);
	CHECK(self->priority == SELFTEST_PRIORITY + 4u);
	CHECK(mutex_unlock(&first) == STATUS_OK);
	CHECK(self->priority == SELFTEST_PRIORITY + 1u);
	task_set_priority(self, SELFTEST_PRIORITY);
}

void mutex_test(void)
{
	test_ownership();
	test_inheritance();
	test_inversion();
	test_end_by_deadline();
	test_chain();
	test_base_change();
}
