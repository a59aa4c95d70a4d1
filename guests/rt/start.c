/* SPDX-License-Identifier: Apache-2.0 */
/* From the first C line to main(), which is an ordinary task. */
#include <stdio.h>
#include <stdlib.h>

#include "rt/clock.h"
#include "rt/console.h"
#include "rt/hal.h"
#include "rt/panic.h"
#include "rt/scheduler.h"
#include "rt/task.h"

#define IDLE_STACK_SIZE 1024u
#define MAIN_STACK_SIZE 16384u

int main(void);

static struct task idle_task;
static struct task main_task;
static _Alignas(16) unsigned char idle_stack[IDLE_STACK_SIZE];
static _Alignas(16) unsigned char main_stack[MAIN_STACK_SIZE];

static void idle(void *argument)
{
	(void)argument;
	for (;;)
		hal_idle();
}

/* Returning from main ends the partition. */
static void run_main(void *argument)
{
	int status = main();

	(void)argument;
	/* newlib's exit() flushes only what its global state has opened, and every task has a state of its own. */
	(void)fflush(stdout);
	(void)fflush(NULL);
	exit(status);
}

_Noreturn void rt_start(void)
{
	console_init();
	scheduler_init();
	hal_interrupt_init();
	clock_init();
	console_init_input();
	task_create(&idle_task,
		    &(struct task_config){
			    .name = "idle", .stack = idle_stack, .stack_size = sizeof(idle_stack), .entry = idle});
	task_create(&main_task, &(struct task_config){.name = "main",
						      .priority = TASK_PRIORITY_MAIN,
						      .stack = main_stack,
						      .stack_size = sizeof(main_stack),
						      .entry = run_main});
	scheduler_start();
}
