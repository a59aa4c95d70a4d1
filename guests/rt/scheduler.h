/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's inside: ready lists, waiting and waking. For the files of guests/rt only, and always with interrupts
 * masked. Wait queues are lists of tasks, most urgent first.
 */
#ifndef RT_SCHEDULER_H
#define RT_SCHEDULER_H

#include <stdint.h>

#include "rt/list.h"
#include "rt/status.h"

struct task;

/* Prepares the ready lists; once, before any task exists. */
void scheduler_init(void);

/* Enters the most urgent task and never returns; once, when the first tasks exist. */
_Noreturn void scheduler_start(void);

/* The running task, or NULL before scheduler_start(). */
struct task *scheduler_running(void);

/* Adds a new task to its ready list. */
void scheduler_add(struct task *task);

/* Takes the running task off its ready list for good; the next switch leaves it. */
void scheduler_remove_running(void);

/* Puts the running task behind the others of its priority. */
void scheduler_rotate(void);

/*
 * Waiting in two steps, so that a mutex can raise its owner between them: the first queues the running task (`queue`
 * may be NULL) and arms its deadline, the second leaves it until scheduler_wake(). A deadline that is past is answered
 * by the caller, not here.
 */
void scheduler_wait_begin(struct list *queue, uint64_t deadline);
enum status scheduler_wait_end(void);

/* Both steps, or STATUS_TIMEOUT at once when the deadline is past. */
enum status scheduler_wait(struct list *queue, uint64_t deadline);

/* Makes a waiting task ready; its wait ends with `status`. */
void scheduler_wake(struct task *task, enum status status);

/* The most urgent task of a wait queue, or NULL. */
struct task *scheduler_first_waiter(const struct list *queue);

/* Switches to a more urgent task if there is one; in an interrupt handler that is left to the handler's end. */
void scheduler_preempt(void);

/* Sets the effective priority and moves the task within whatever list it is in. */
void scheduler_set_priority(struct task *task, unsigned priority);

#endif
