/* SPDX-License-Identifier: Apache-2.0 */
/* One line a second about the loop and about the exits of the core that it runs on. */
#ifndef RTOS_DEMO_REPORT_H
#define RTOS_DEMO_REPORT_H

#include "rt/queue.h"
#include "rtos-demo/loop.h"

/* Starts the task that prints what comes through `reports`. */
void report_start(struct queue *reports, unsigned priority);

/* Copies the latest report; all zero before the first. In a task. */
void report_latest(struct loop_report *report);

#endif
