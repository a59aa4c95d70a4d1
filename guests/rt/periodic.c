/* SPDX-License-Identifier: Apache-2.0 */
/* Periodic release: the arithmetic of nominal release times. */
#include "rt/periodic.h"

#include "rt/clock.h"
#include "rt/task.h"

void periodic_init(struct periodic *periodic, uint64_t first, uint64_t period)
{
	periodic->period = period;
	periodic->next = first;
}

uint64_t periodic_wait(struct periodic *periodic)
{
	uint64_t release = periodic->next;

	periodic->next += periodic->period;
	task_sleep_until(release);
	return release;
}

uint64_t periodic_drop_overdue(struct periodic *periodic, uint64_t limit)
{
	uint64_t now = clock_now();
	uint64_t overdue;

	if (now <= periodic->next)
		return 0;
	overdue = (now - periodic->next) / periodic->period;
	if (overdue <= limit)
		return 0;
	periodic->next += overdue * periodic->period;
	return overdue;
}
