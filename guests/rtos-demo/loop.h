/* SPDX-License-Identifier: Apache-2.0 */
/* The 1 kHz loop: releases the controller on absolute deadlines and measures how well that goes. */
#ifndef RTOS_DEMO_LOOP_H
#define RTOS_DEMO_LOOP_H

#include <stdint.h>

#include "rt/queue.h"
#include "rtos-demo/control.h"
#include "rtos-demo/jitter.h"

/* The loop's state at a full second. */
struct loop_report {
	uint64_t seconds;  /* by the clock, since the first release */
	uint64_t releases; /* that ran */
	uint64_t late;     /* of these, released after the next one's deadline */
	uint64_t lost;     /* releases that never ran */
	struct jitter jitter;
	struct control control;
};

/* Starts the loop's task; it sends a struct loop_report a second to `reports` and never waits for its reader. */
void loop_start(struct queue *reports, unsigned priority);

#endif
