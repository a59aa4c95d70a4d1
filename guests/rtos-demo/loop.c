/* SPDX-License-Identifier: Apache-2.0 */
/* The task of the 1 kHz loop. Everything here is written by that task alone; others get copies. */
#include "rtos-demo/loop.h"

#include "rt/clock.h"
#include "rt/periodic.h"
#include "rt/task.h"

#define RELEASES_PER_REPORT (1000000u / CONTROL_PERIOD_US)
#define US_PER_S 1000000u

/* The loop catches up with what it missed, but after a whole second of silence old releases are of no use. */
#define OVERDUE_LIMIT 1000u

static struct task task;
static _Alignas(16) unsigned char stack[TASK_STACK_DEFAULT];
static struct loop_report state;

/* A period is whole ticks, so a thousand of them may end a little before their second does. */
static void send_report(struct queue *reports, uint64_t start)
{
	state.seconds = (clock_now() - start + clock_from_us(CONTROL_PERIOD_US)) / clock_from_us(US_PER_S);
	(void)queue_send(reports, &state, CLOCK_POLL);
}

static void run(void *argument)
{
	struct queue *reports = argument;
	uint64_t period = clock_from_us(CONTROL_PERIOD_US);
	uint64_t start = clock_now() + period;
	struct periodic periodic;

	control_init(&state.control);
	periodic_init(&periodic, start, period);
	for (;;) {
		uint64_t release = periodic_wait(&periodic);
		uint64_t delay = clock_now() - release;

		if (state.releases > 0 && state.releases % RELEASES_PER_REPORT == 0)
			send_report(reports, start);
		jitter_record(&state.jitter, clock_to_ns(delay));
		if (delay >= period)
			state.late++;
		control_step(&state.control);
		state.releases++;
		state.lost += periodic_drop_overdue(&periodic, OVERDUE_LIMIT);
	}
}

void loop_start(struct queue *reports, unsigned priority)
{
	task_create(&task, &(struct task_config){.name = "control",
						 .priority = priority,
						 .stack = stack,
						 .stack_size = sizeof(stack),
						 .entry = run,
						 .argument = reports});
}
