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

/* Who keeps `task` waiting, or NULL. */
static struct task *blocker_of(const struct task *task)
{
	return task->waits_for != NULL ? task->waits_for->owner : NULL;
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

/* At once, and not when the task runs: until then the owner, still as urgent, would go on before it. */
void mutex_give_up(struct task *task)
{
	struct task *owner = blocker_of(task);

	task->waits_for = NULL;
	mutex_refresh_priority(owner);
}

static void take(struct mutex *mutex, struct task *task)
{
	task->waits_for = NULL;
	mutex->owner = task;
	mutex->depth = 1;
	list_append(&task->mutexes, &mutex->held_node);
}

static enum status wait_for(struct mutex *mutex, struct task *self, uint64_t deadline)
{
	if (would_deadlock(mutex, self))
		return STATUS_DEADLOCK;
	if (deadline != CLOCK_FOREVER && deadline <= clock_now())
		return STATUS_TIMEOUT;
	self->waits_for = mutex;
	scheduler_wait_begin(&mutex->waiters, deadline);
	mutex_refresh_priority(mutex->owner);
	return scheduler_wait_end();
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
