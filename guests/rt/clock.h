/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time: absolute 64-bit counter ticks since the machine's start. Deadlines are absolute, so that nothing drifts; there
 * is no tick, the timer always stands at the next deadline.
 */
#ifndef RT_CLOCK_H
#define RT_CLOCK_H

#include <stdint.h>

struct task;

/* Deadlines of the calls that may wait: not at all, and for ever. */
#define CLOCK_POLL UINT64_C(0)
#define CLOCK_FOREVER UINT64_MAX

/* The time now; any context. */
uint64_t clock_now(void);

/* Ticks in so many microseconds, and nanoseconds in so many ticks, rounded down; for results that fit. */
uint64_t clock_from_us(uint64_t microseconds);
uint64_t clock_to_ns(uint64_t ticks);

/* ---- for the kernel; interrupts masked --------------------------------------------------------------------------- */

void clock_init(void);

/* Wakes `task` with STATUS_TIMEOUT at `deadline`, unless clock_disarm() comes first. CLOCK_FOREVER does nothing. */
void clock_arm(struct task *task, uint64_t deadline);
void clock_disarm(struct task *task);

/* The timer has expired. Called by the architecture's interrupt handler. */
void clock_on_timer(void);

#endif
