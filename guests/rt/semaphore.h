/* SPDX-License-Identifier: Apache-2.0 */
/* Counting semaphores; the way for an interrupt handler to wake a task. */
#ifndef RT_SEMAPHORE_H
#define RT_SEMAPHORE_H

#include <stdint.h>

#include "rt/list.h"
#include "rt/status.h"

struct semaphore {
	unsigned count;
	unsigned limit;
	struct list waiters;
};

void semaphore_init(struct semaphore *semaphore, unsigned count, unsigned limit);

/* STATUS_OK or STATUS_TIMEOUT. In a task; with CLOCK_POLL anywhere. */
enum status semaphore_take(struct semaphore *semaphore, uint64_t deadline);

/* Wakes the most urgent waiter, else counts up; STATUS_FULL at the limit. Any context. */
enum status semaphore_give(struct semaphore *semaphore);

#endif
