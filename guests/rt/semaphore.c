/* SPDX-License-Identifier: Apache-2.0 */
/* Counting semaphores: a unit that is given while tasks wait goes to a waiter and is never counted. */
#include "rt/semaphore.h"

#include <stddef.h>

#include "rt/hal.h"
#include "rt/scheduler.h"
#include "rt/task.h"

void semaphore_init(struct semaphore *semaphore, unsigned count, unsigned limit)
{
	*semaphore = (struct semaphore){.count = count, .limit = limit};
	list_init(&semaphore->waiters);
}

enum status semaphore_take(struct semaphore *semaphore, uint64_t deadline)
{
	enum status status = STATUS_OK;
	uint64_t state = hal_interrupts_mask();

	if (semaphore->count > 0)
		semaphore->count--;
	else
		status = scheduler_wait(&semaphore->waiters, deadline);
	hal_interrupts_restore(state);
	return status;
}

enum status semaphore_give(struct semaphore *semaphore)
{
	enum status status = STATUS_OK;
	uint64_t state = hal_interrupts_mask();
	struct task *waiter = scheduler_first_waiter(&semaphore->waiters);

	if (waiter != NULL) {
		scheduler_wake(waiter, STATUS_OK);
		scheduler_preempt();
	} else if (semaphore->count < semaphore->limit) {
		semaphore->count++;
	} else {
		status = STATUS_FULL;
	}
	hal_interrupts_restore(state);
	return status;
}
