/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks: preemptive, fixed priorities, first come first served within one. The most urgent ready task runs; there are
 * no time slices. Tasks and their stacks are the caller's memory and must live as long as the task.
 */
#ifndef RT_TASK_H
#define RT_TASK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/reent.h>

#include "rt/hal.h"
#include "rt/list.h"
#include "rt/status.h"

struct mutex;

/* 0 is the idle task's; TASK_PRIORITIES - 1 is the most urgent. main() starts in the middle. */
#define TASK_PRIORITIES 32u
#define TASK_PRIORITY_MAIN 16u

/* printf needs about 3 KiB, the more so with %f. */
#define TASK_STACK_DEFAULT 8192u

enum task_state { TASK_READY, TASK_WAITING, TASK_ENDED };

/* Opaque to users, but for name and priorities. Written with interrupts masked. */
struct task {
	struct hal_context context;
	const char *name;
	unsigned base_priority; /* as set */
	unsigned priority;      /* as inherited over mutexes, at least base_priority */
	enum task_state state;
	enum status wait_status;
	struct list_node queue_node; /* in a ready list, or in wait_queue */
	struct list *wait_queue;     /* NULL while only a deadline is waited for */
	struct list_node clock_node; /* in the clock's list while a deadline is armed */
	uint64_t wake_time;
	struct mutex *waits_for; /* NULL while it waits for no mutex */
	struct list mutexes;     /* those it holds */
	struct list_node all_node;
	void (*entry)(void *argument);
	void *argument;
	unsigned char *stack;
	size_t stack_size;
	uint64_t cpu_time;   /* ticks, up to the last switch */
	struct _reent reent; /* newlib's state: errno and the like */
	struct _reent *libc; /* the state that newlib goes by while the task runs: its own, but for its end */
};

struct task_config {
	const char *name;  /* not copied */
	unsigned priority; /* 1 .. TASK_PRIORITIES - 1 */
	void *stack;
	size_t stack_size;
	void (*entry)(void *argument);
	void *argument;
};

/* Makes a task ready; runs it at once if it is the more urgent. In a task, or before the kernel starts. Cannot fail. */
void task_create(struct task *task, const struct task_config *config);

/* Ends the calling task, which must hold no mutex; so does returning from its entry. */
_Noreturn void task_exit(void);

/* The running task. */
struct task *task_self(void);

/* Lets ready tasks of the same priority go first. */
void task_yield(void);

/* Waits until the clock reaches `time`; returns at once when that is past. */
void task_sleep_until(uint64_t time);

/* Sets the base priority of a task; what it inherits stays. In a task. */
void task_set_priority(struct task *task, unsigned priority);

/* Calls visit(task, argument) for each task that has not ended, in order of creation, one at a time, interrupts on. */
void task_for_each(void (*visit)(const struct task *task, void *argument), void *argument);

/* Bytes of the task's stack that have never been written. */
size_t task_stack_unused(const struct task *task);

#endif
