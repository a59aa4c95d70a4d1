/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recursive mutexes with priority inheritance: who holds one runs at least as urgently as the most urgent task that
 * waits for it, directly or over other mutexes. A wait that would close a circle is refused, hence every chain ends.
 */
#ifndef RT_MUTEX_H
#define RT_MUTEX_H

#include <stdint.h>

#include "rt/list.h"
#include "rt/status.h"

struct task;

struct mutex {
	struct task *owner;
	unsigned depth;
	struct list waiters;
	struct list_node held_node; /* in owner->mutexes */
};

#define MUTEX_INITIALISER(name)                                                                                        \
	{                                                                                                              \
		.waiters = LIST_INITIALISER((name).waiters)                                                            \
	}

void mutex_init(struct mutex *mutex);

/* STATUS_OK, STATUS_TIMEOUT at `deadline`, or STATUS_DEADLOCK at once. In a task. */
enum status mutex_lock(struct mutex *mutex, uint64_t deadline);

/* STATUS_OK or STATUS_NOT_OWNER. The most urgent waiter gets the mutex there and then. In a task. */
enum status mutex_unlock(struct mutex *mutex);

/* For the kernel: sets the task's priority to what its base and its mutexes ask, and so along the chain. */
void mutex_refresh_priority(struct task *task);

/* For the kernel: the task's wait has ended at its deadline. If it was for a mutex, its owner loses what it inherited. */
void mutex_give_up(struct task *task);

#endif
