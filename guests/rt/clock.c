/* SPDX-License-Identifier: Apache-2.0 */
/* The list of deadlines, earliest first, and the timer that stands at its head. */
#include "rt/clock.h"

#include <stddef.h>

#include "rt/hal.h"
#include "rt/list.h"
#include "rt/mutex.h"
#include "rt/scheduler.h"
#include "rt/task.h"

#define US_PER_S 1000000u
#define NS_PER_S 1000000000u

static struct list deadlines = LIST_INITIALISER(deadlines); /* interrupts masked */
static uint64_t frequency;

static struct task *first_sleeper(void)
{
	struct list_node *node = list_first(&deadlines);

	return node != NULL ? LIST_OBJECT(node, struct task, clock_node) : NULL;
}

static void timer_update(void)
{
	const struct task *first = first_sleeper();

	if (first != NULL)
		hal_timer_set(first->wake_time);
	else
		hal_timer_stop();
}

void clock_init(void)
{
	frequency = hal_timer_frequency();
	hal_timer_init();
}

uint64_t clock_now(void)
{
	return hal_timer_now();
}

/* value * numerator / denominator without an intermediate overflow, for results that fit. */
static uint64_t scale(uint64_t value, uint64_t numerator, uint64_t denominator)
{
	return value / denominator * numerator + value % denominator * numerator / denominator;
}

uint64_t clock_from_us(uint64_t microseconds)
{
	return scale(microseconds, frequency, US_PER_S);
}

uint64_t clock_to_ns(uint64_t ticks)
{
	return scale(ticks, NS_PER_S, frequency);
}

void clock_arm(struct task *task, uint64_t deadline)
{
	struct list_node *position = deadlines.head.next;

	if (deadline == CLOCK_FOREVER)
		return;
	while (position != &deadlines.head && LIST_OBJECT(position, struct task, clock_node)->wake_time <= deadline)
		position = position->next;
	task->wake_time = deadline;
	list_insert_before(position, &task->clock_node);
	if (first_sleeper() == task)
		timer_update();
}

void clock_disarm(struct task *task)
{
	bool was_first;

	if (!list_node_is_linked(&task->clock_node))
		return;
	was_first = first_sleeper() == task;
	list_remove(&task->clock_node);
	if (was_first)
		timer_update();
}

void clock_on_timer(void)
{
	struct task *task = first_sleeper();
	uint64_t now = clock_now();

	while (task != NULL && task->wake_time <= now) {
		list_remove(&task->clock_node);
		scheduler_wake(task, STATUS_TIMEOUT);
		mutex_give_up(task);
		task = first_sleeper();
	}
	timer_update();
}
