/* SPDX-License-Identifier: Apache-2.0 */
/* Which task runs: ready lists by priority, with a bitmap of those that are not empty. */
#include "rt/scheduler.h"

#include <stdbool.h>
#include <stddef.h>

#include "rt/clock.h"
#include "rt/hal.h"
#include "rt/interrupt.h"
#include "rt/panic.h"
#include "rt/stack.h"
#include "rt/task.h"

/* All of this with interrupts masked. The running task stays in its ready list. */
static struct list ready[TASK_PRIORITIES];
static uint32_t ready_bits;
static struct task *running;
static uint64_t switched_at;

/* Where vectors.S saves the running task. */
struct hal_context *scheduler_context;

static void ready_insert(struct task *task, bool at_head)
{
	struct list *list = &ready[task->priority];

	if (at_head)
		list_prepend(list, &task->queue_node);
	else
		list_append(list, &task->queue_node);
	ready_bits |= 1u << task->priority;
}

static void ready_remove(struct task *task)
{
	list_remove(&task->queue_node);
	if (list_is_empty(&ready[task->priority]))
		ready_bits &= ~(1u << task->priority);
}

/* The idle task is always ready. */
static struct task *most_urgent(void)
{
	unsigned priority = TASK_PRIORITIES - 1u - (unsigned)__builtin_clz(ready_bits);

	return LIST_OBJECT(list_first(&ready[priority]), struct task, queue_node);
}

static void waiter_insert(struct list *queue, struct task *task)
{
	struct list_node *position = queue->head.next;

	while (position != &queue->head && LIST_OBJECT(position, struct task, queue_node)->priority >= task->priority)
		position = position->next;
	list_insert_before(position, &task->queue_node);
}

void scheduler_init(void)
{
	for (unsigned i = 0; i < TASK_PRIORITIES; i++)
		list_init(&ready[i]);
}

_Noreturn void scheduler_start(void)
{
	running = most_urgent();
	scheduler_context = &running->context;
	_impure_ptr = running->libc;
	switched_at = clock_now();
	hal_context_start(scheduler_context);
}

struct task *scheduler_running(void)
{
	return running;
}

void scheduler_add(struct task *task)
{
	task->state = TASK_READY;
	ready_insert(task, false);
}

void scheduler_remove_running(void)
{
	running->state = TASK_ENDED;
	ready_remove(running);
}

void scheduler_rotate(void)
{
	ready_remove(running);
	ready_insert(running, false);
}

void scheduler_wait_begin(struct list *queue, uint64_t deadline)
{
	ASSERT(!interrupt_is_active());
	ready_remove(running);
	running->state = TASK_WAITING;
	running->wait_queue = queue;
	if (queue != NULL)
		waiter_insert(queue, running);
	clock_arm(running, deadline);
}

enum status scheduler_wait_end(void)
{
	struct task *self = running;

	hal_context_switch();
	return self->wait_status;
}

enum status scheduler_wait(struct list *queue, uint64_t deadline)
{
	if (deadline != CLOCK_FOREVER && deadline <= clock_now())
		return STATUS_TIMEOUT;
	scheduler_wait_begin(queue, deadline);
	return scheduler_wait_end();
}

void scheduler_wake(struct task *task, enum status status)
{
	clock_disarm(task);
	if (task->wait_queue != NULL)
		list_remove(&task->queue_node);
	task->wait_queue = NULL;
	task->wait_status = status;
	task->state = TASK_READY;
	ready_insert(task, false);
}

struct task *scheduler_first_waiter(const struct list *queue)
{
	struct list_node *node = list_first(queue);

	return node != NULL ? LIST_OBJECT(node, struct task, queue_node) : NULL;
}

void scheduler_preempt(void)
{
	if (running != NULL && !interrupt_is_active() && most_urgent() != running)
		hal_context_switch();
}

void scheduler_set_priority(struct task *task, unsigned priority)
{
	if (task->state == TASK_READY) {
		ready_remove(task);
		task->priority = priority;
		/* Who runs has its turn still: a boost that ends must not cost it. */
		ready_insert(task, task == running);
		return;
	}
	task->priority = priority;
	if (task->wait_queue != NULL) {
		list_remove(&task->queue_node);
		waiter_insert(task->wait_queue, task);
	}
}

struct hal_context *scheduler_switch(void)
{
	uint64_t now = clock_now();

	if (!stack_is_intact(running->stack))
		panic("a task has overflowed its stack");
	running->cpu_time += now - switched_at;
	switched_at = now;
	running = most_urgent();
	scheduler_context = &running->context;
	_impure_ptr = running->libc;
	return scheduler_context;
}
