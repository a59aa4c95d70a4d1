/* SPDX-License-Identifier: Apache-2.0 */
/* The reporting task. It runs below the loop, so that printing delays no release. */
#include "rtos-demo/report.h"

#include <stdio.h>

#include "rt/clock.h"
#include "rt/hypercall.h"
#include "rt/mutex.h"
#include "rt/task.h"
#include "rtos-demo/shell.h"

static struct task task;
static _Alignas(16) unsigned char stack[TASK_STACK_DEFAULT];
static struct mutex latest_mutex = MUTEX_INITIALISER(latest_mutex);
static struct loop_report latest; /* under latest_mutex */

/* "0 (+0)": all exits of the core but those for looking, and those since the last call. */
static void format_exits(char *text, size_t size)
{
	static uint64_t previous; /* this task's alone */
	uint64_t count;

	if (!hypercall_is_available() || !hypercall_count_exits(0, &count)) {
		(void)snprintf(text, size, "n/a");
		return;
	}
	(void)snprintf(text, size, "%llu (+%llu)", (unsigned long long)count, (unsigned long long)(count - previous));
	previous = count;
}

static void print(const struct loop_report *report)
{
	char line[320];
	char jitter[200];
	char exits[48];

	jitter_format(&report->jitter, jitter, sizeof(jitter));
	format_exits(exits, sizeof(exits));
	(void)snprintf(line, sizeof(line), "rtos: %llu s  releases %llu  late %llu lost %llu  jitter us %s  exits %s",
		       (unsigned long long)report->seconds, (unsigned long long)report->releases,
		       (unsigned long long)report->late, (unsigned long long)report->lost, jitter, exits);
	shell_print_line(line);
}

static void run(void *argument)
{
	struct queue *reports = argument;
	static struct loop_report report; /* too large for the stack's taste */

	for (;;) {
		(void)queue_receive(reports, &report, CLOCK_FOREVER);
		(void)mutex_lock(&latest_mutex, CLOCK_FOREVER);
		latest = report;
		(void)mutex_unlock(&latest_mutex);
		print(&report);
	}
}

void report_latest(struct loop_report *report)
{
	(void)mutex_lock(&latest_mutex, CLOCK_FOREVER);
	*report = latest;
	(void)mutex_unlock(&latest_mutex);
}

void report_start(struct queue *reports, unsigned priority)
{
	task_create(&task, &(struct task_config){.name = "report",
						 .priority = priority,
						 .stack = stack,
						 .stack_size = sizeof(stack),
						 .entry = run,
						 .argument = reports});
}
