/* SPDX-License-Identifier: Apache-2.0 */
/* The demo: a control loop above, a reporter in the middle, a shell below. */
#include <stdio.h>

#include "rt/queue.h"
#include "rt/task.h"
#include "rtos-demo/loop.h"
#include "rtos-demo/report.h"
#include "rtos-demo/shell.h"

#define PRIORITY_LOOP 30u
#define PRIORITY_REPORT 8u
#define PRIORITY_SHELL 1u

#define REPORTS_QUEUED 2u

static struct queue reports;
static struct loop_report report_buffer[REPORTS_QUEUED];

int main(void)
{
	(void)puts("rtos: 1 kHz control loop, one line a second; type 'help'");
	queue_init(&reports, report_buffer, sizeof(report_buffer[0]), REPORTS_QUEUED);
	report_start(&reports, PRIORITY_REPORT);
	loop_start(&reports, PRIORITY_LOOP);
	task_set_priority(task_self(), PRIORITY_SHELL);
	shell_run();
}
