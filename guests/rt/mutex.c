/* SPDX-License-Identifier: Apache-2.0 */
/* Mutexes: ownership is handed over at unlock, priorities follow the chain of owners. */
#include "rt/mutex.h"

#include <stdbool.h>
#include <stddef.h>

#include "rt/clock.h"
#include "rt/hal.h"
#include "rt/interrupt.h"
#include "rt/panic.h"
#include "rt/scheduler.h"
#include "rt/task.h"

void mutex_init(struct mutex *mutex)
{
	*mutex = (struct mutex){0};
	list_init(&mutex->waiters);
}

/* Who keeps `task` waiting, or NULL. A task that has timed out but not yet run waits no more. */
static struct task *blocker_of(const struct task *task)
{
	return task->state == TASK_WAITING && task->waits_for != NULL ? task->waits_for->owner : NULL;
}

static bool would_deadlock(const struct mutex *mutex, const struct task *self)
{
	for (const struct task *task = mutex->owner; task != NULL; task = blocker_of(task)) {
		if (task == self)
			return true;
	}
	return false;
}

static unsigned priority_due(const struct task *task)
{
	unsigned priority = task->base_priority;

	LIST_FOR_EACH(node, &task->mutexes)
	{
		const struct mutex *mutex = LIST_OBJECT(node, struct mutex, held_node);
		const struct task *waiter = scheduler_first_waiter(&mutex->waiters);

		if (waiter != NULL && waiter->priority > priority)
			priority = waiter->priority;
	}
	return priority;
}

void mutex_refresh_priority(struct task *task)
{
	/* Ends after as many steps as there are tasks: mutex_lock lets no circle come about. */
	while (task != NULL) {
		unsigned priority = priority_due(task);

		if (priority == task->priority)
			return;
		scheduler_set_priority(task, priority);
		task = blocker_of(task);
	}
}

static void take(struct mutex *mutex, struct task *task)
{
	mutex->owner = task;
	mutex->depth = 1;
	list_append(&task->mutexes, &mutex->held_node);
}

static enum status wait_for(struct mutex *mutex, struct task *self, uint64_t deadline)
{
	enum status status;

	if (would_deadlock(mutex, self))
		return STATUS_DEADLOCK;
	if (deadline != CLOCK_FOREVER && deadline <= clock_now())
		return STATUS_TIMEOUT;
	self->waits_for = mutex;
	scheduler_wait_begin(&mutex->waiters, deadline);
	mutex_refresh_priority(mutex->owner);
	status = scheduler_wait_end();
	self->waits_for = NULL;
	if (status == STATUS_TIMEOUT && mutex->owner != NULL)
		mutex_refresh_priority(mutex->owner);
	return status;
}

enum status mutex_lock(struct mutex *mutex, uint64_t deadline)
{
	struct task *self = task_self();
	enum status status = STATUS_OK;
	uint64_t state;

	ASSERT(!interrupt_is_active());
	state = hal_interrupts_mask();
	if (mutex->owner == NULL)
		take(mutex, self);
	else if (mutex->owner == self)
		mutex->depth++;
	else
		status = wait_for(mutex, self, deadline);
	hal_interrupts_restore(state);
	return status;
}

static void hand_over(struct mutex *mutex)
{
	struct task *next = scheduler_first_waiter(&mutex->waiters);

	list_remove(&mutex->held_node);
	mutex->owner = NULL;
	mutex->depth = 0;
	if (next == NULL)
		return;
	scheduler_wake(next, STATUS_OK);
	take(mutex, next);
}

enum status mutex_unlock(struct mutex *mutex)
{
	struct task *self = task_self();
	uint64_t state = hal_interrupts_mask();

	if (mutex->owner != self) {
		hal_interrupts_restore(state);
		return STATUS_NOT_OWNER;
	}
	if (mutex->depth > 1) {
		mutex->depth--;
	} else {
		hand_over(mutex);
		mutex_refresh_priority(self);
		scheduler_preempt();
	}
	hal_interrupts_restore(state);
	return STATUS_OK;
}
