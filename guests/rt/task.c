/* SPDX-License-Identifier: Apache-2.0 */
/* Life of tasks; which of them runs is scheduler.c's. */
#include "rt/task.h"

#include "rt/libc.h"
#include "rt/mutex.h"
#include "rt/panic.h"
#include "rt/scheduler.h"
#include "rt/stack.h"

static struct list all_tasks = LIST_INITIALISER(all_tasks); /* interrupts masked */

static void task_main(void *argument)
{
	struct task *self = argument;

	self->entry(self->argument);
	task_exit();
}

void task_create(struct task *task, const struct task_config *config)
{
	unsigned char *stack = config->stack;
	uint64_t state;

	ASSERT(config->priority < TASK_PRIORITIES);
	*task = (struct task){
		.name = config->name,
		.base_priority = config->priority,
		.priority = config->priority,
		.entry = config->entry,
		.argument = config->argument,
		.stack = stack,
		.stack_size = config->stack_size,
		.libc = &task->reent,
	};
	list_init(&task->mutexes);
	stack_paint(stack, config->stack_size);
	_REENT_INIT_PTR(&task->reent);
	hal_context_init(&task->context, stack + config->stack_size, task_main, task);
	state = hal_interrupts_mask();
	list_append(&all_tasks, &task->all_node);
	scheduler_add(task);
	scheduler_preempt();
	hal_interrupts_restore(state);
}

_Noreturn void task_exit(void)
{
	struct task *self = task_self();

	ASSERT(list_is_empty(&self->mutexes));
	libc_reclaim(self);
	(void)hal_interrupts_mask();
	list_remove(&self->all_node);
	scheduler_remove_running();
	hal_context_switch();
	panic("an ended task runs");
}

struct task *task_self(void)
{
	return scheduler_running();
}

void task_yield(void)
{
	uint64_t state = hal_interrupts_mask();

	scheduler_rotate();
	scheduler_preempt();
	hal_interrupts_restore(state);
}

void task_sleep_until(uint64_t time)
{
	uint64_t state = hal_interrupts_mask();

	(void)scheduler_wait(NULL, time);
	hal_interrupts_restore(state);
}

void task_set_priority(struct task *task, unsigned priority)
{
	uint64_t state;

	ASSERT(priority < TASK_PRIORITIES);
	state = hal_interrupts_mask();
	task->base_priority = priority;
	mutex_refresh_priority(task);
	scheduler_preempt();
	hal_interrupts_restore(state);
}

void task_for_each(void (*visit)(const struct task *task, void *argument), void *argument)
{
	/* A task that ends while it is visited would take its list node along, so the place is kept as a count. */
	for (size_t index = 0;; index++) {
		const struct task *task = NULL;
		size_t position = 0;
		uint64_t state = hal_interrupts_mask();

		LIST_FOR_EACH(node, &all_tasks)
		{
			if (position++ == index)
				task = LIST_OBJECT(node, struct task, all_node);
		}
		hal_interrupts_restore(state);
		if (task == NULL)
			return;
		visit(task, argument);
	}
}

size_t task_stack_unused(const struct task *task)
{
	return stack_unused(task->stack, task->stack_size);
}
