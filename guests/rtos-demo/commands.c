/* SPDX-License-Identifier: Apache-2.0 */
/* What one can ask of the demo: what it does, what it costs, and to end in several ways. */
#include "rtos-demo/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/abi.h"
#include "rt/hal.h"
#include "rt/hypercall.h"
#include "rt/task.h"
#include "rtos-demo/report.h"

struct command {
	const char *name;
	const char *help;
	void (*run)(const char *arguments);
};

static void command_help(const char *arguments);

static void add_time(const struct task *task, void *argument)
{
	*(uint64_t *)argument += task->cpu_time;
}

static void print_task(const struct task *task, void *argument)
{
	static const char *const states[] = {
		[TASK_READY] = "ready", [TASK_WAITING] = "waiting", [TASK_ENDED] = "ended"};
	const uint64_t *total = argument;

	(void)printf("%-8s  priority %2u  %-7s  cpu %5.1f %%  stack %5lu of %5lu unused\n", task->name, task->priority,
		     states[task->state], 100.0 * (double)task->cpu_time / (double)*total,
		     (unsigned long)task_stack_unused(task), (unsigned long)task->stack_size);
}

static void command_tasks(const char *arguments)
{
	uint64_t total = 0;

	(void)arguments;
	task_for_each(add_time, &total);
	task_for_each(print_task, &total);
}

static void command_exits(const char *arguments)
{
	static const char *const names[EXIT_REASONS] = {
		[EXIT_SGI] = "sgi",         [EXIT_WFI] = "wfi",         [EXIT_PSCI] = "psci",
		[EXIT_SERVICE] = "service", [EXIT_OBSERVE] = "observe", [EXIT_GICD] = "gicd",
		[EXIT_GICR] = "gicr",       [EXIT_SYSREG] = "sysreg",   [EXIT_FAULT] = "fault",
		[EXIT_RECALL] = "recall",   [EXIT_CPUID] = "cpuid",     [EXIT_PORT] = "port",
	};

	(void)arguments;
	if (!hypercall_is_available()) {
		(void)puts("no hypervisor that counts exits");
		return;
	}
	for (uint32_t reason = 0; reason < EXIT_REASONS; reason++) {
		uint64_t count;

		if (hypercall_count_exits_for(0, reason, &count))
			(void)printf("%-8s %llu\n", names[reason], (unsigned long long)count);
	}
}

static void command_stats(const char *arguments)
{
	struct loop_report report;
	const struct control *control = &report.control;

	(void)arguments;
	report_latest(&report);
	(void)printf("reference %.2f rad/s, speed %.3f (estimated %.3f), current %.3f A (estimated %.3f), %.3f V\n",
		     control->reference, control->plant.speed, control->estimate.speed, control->plant.current,
		     control->estimate.current, control->voltage);
	(void)printf("steps %llu, late %llu, lost %llu, worst jitter %.1f us\n", (unsigned long long)control->steps,
		     (unsigned long long)report.late, (unsigned long long)report.lost,
		     (double)report.jitter.max_ns / 1000.0);
}

static void command_off(const char *arguments)
{
	(void)arguments;
	(void)puts("switching off");
	hal_power_off();
}

static void command_reset(const char *arguments)
{
	(void)arguments;
	(void)puts("resetting");
	hal_power_reset();
}

/* Without an address: the first one behind the partition's own memory. */
static void command_crash(const char *arguments)
{
	uint64_t address = rt_board.ram_base + rt_board.ram_size;

	if (*arguments != '\0')
		address = strtoull(arguments, NULL, 0) & ~UINT64_C(3);
	(void)printf("reading 0x%llx, which is not ours\n", (unsigned long long)address);
	(void)printf("read 0x%08lx: nothing stopped us\n", (unsigned long)mmio_read32(address));
}

static const struct command commands[] = {
	{"help", "this list", command_help},
	{"tasks", "the tasks, their processor time and their stacks", command_tasks},
	{"exits", "how often this core entered the hypervisor, by reason", command_exits},
	{"stats", "the controller and its loop", command_stats},
	{"off", "switch this partition off", command_off},
	{"reset", "start this partition anew", command_reset},
	{"crash", "[address]: read memory that is not ours", command_crash},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void command_help(const char *arguments)
{
	(void)arguments;
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		(void)printf("%-6s %s\n", commands[i].name, commands[i].help);
}

bool command_run(const char *name, const char *arguments)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0) {
			commands[i].run(arguments);
			return true;
		}
	}
	return false;
}
