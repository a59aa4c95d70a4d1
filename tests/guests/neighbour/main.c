/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neighbour of an attacker: fills its free memory with a pattern, runs a 1 kHz loop, and tells what it notices. One
 * line a second, and commands: "check" = a whole pass over the pattern from now on, then a line; "exits P" and "state
 * P" and "cores P" = what it may observe of partition number P; "controller" = how its own interrupts are set; "off".
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "neighbour/controller.h"
#include "neighbour/pattern.h"
#include "plan/abi.h"
#include "rt/clock.h"
#include "rt/hal.h"
#include "rt/hypercall.h"
#include "rt/mutex.h"
#include "rt/periodic.h"
#include "rt/task.h"

#define PERIOD_US 1000u
#define PERIODS_PER_LINE 1000u
#define OVERDUE_LIMIT 1000u /* the loop catches up; what is older than a second is lost */
#define HELD_US 10000u      /* a core that executes nothing for so long is held */
#define PRIORITY_LOOP 30u
#define PRIORITY_REPORT 20u
#define PRIORITY_SHELL 10u
#define PRIORITY_CHECK 1u

/* Interrupts are counted by the linker's --wrap: those that have a handler go on to it. */
void __real_interrupt_dispatch(uint32_t id);
void __wrap_interrupt_dispatch(uint32_t id);

static struct task loop_task, report_task, check_task;
static _Alignas(16) unsigned char loop_stack[TASK_STACK_DEFAULT];
static _Alignas(16) unsigned char report_stack[TASK_STACK_DEFAULT];
static _Alignas(16) unsigned char check_stack[TASK_STACK_DEFAULT];
static struct mutex screen = MUTEX_INITIALISER(screen);

static volatile uint64_t periods, lost, passes, unexpected, last_unexpected;
static volatile uint64_t seen; /* when the core last executed: each page of the pattern and each period says so */
static volatile uint64_t held, held_ever; /* ticks in which it did not: since the loop was last in time, and in all */
static volatile bool is_broken;
static volatile bool is_asked;  /* for a pass from now on */
static uint64_t exits_at_start; /* of the start-up, which are allowed */
static volatile uint64_t calls; /* that commands made: no steady state's */

void __wrap_interrupt_dispatch(uint32_t id)
{
	if (id == controller_timer() || id == rt_board.uart_interrupt) {
		__real_interrupt_dispatch(id);
	} else {
		unexpected++;
		last_unexpected = id;
	}
}

/* The core says that it executes. It always has something to execute, so that a gap is no task's: an emulator's host had
 * no time for the core, or the hypervisor kept it, and then there are exits. A core that executes on while its timer is kept
 * from it has no gap. */
static void note_execution(void)
{
	uint64_t state = hal_interrupts_mask();
	uint64_t now = clock_now();

	if (now - seen >= clock_from_us(HELD_US)) {
		held += now - seen;
		held_ever += now - seen;
	}
	seen = now;
	hal_interrupts_restore(state);
}

/* What came due while the core was held is made up for and not lost. */
static void loop(void *argument)
{
	uint64_t period = clock_from_us(PERIOD_US);
	struct periodic periodic;

	(void)argument;
	periodic_init(&periodic, clock_now() + period, period);
	for (;;) {
		uint64_t release = periodic_wait(&periodic);

		note_execution();
		if (clock_now() - release < period)
			held = 0;
		periods++;
		lost += periodic_drop_overdue(&periodic, OVERDUE_LIMIT + held / period);
	}
}

static void check(void *argument)
{
	size_t piece = 0;

	(void)argument;
	for (;;) {
		note_execution();
		if (is_asked) {
			is_asked = false;
			piece = 0;
		}
		if (!pattern_is_intact(piece))
			is_broken = true;
		piece++;
		if (piece == pattern_pieces()) {
			piece = 0;
			passes++;
		}
	}
}

static void report_line(void)
{
	uint64_t exits = 0;

	(void)hypercall_count_exits(0, &exits);
	(void)mutex_lock(&screen, CLOCK_FOREVER);
	if (unexpected > 0)
		(void)printf("UNEXPECTED irq %llu, %llu in all\n", (unsigned long long)last_unexpected,
			     (unsigned long long)unexpected);
	(void)printf("NEIGHBOUR pattern %s passes %llu periods %llu held %llu ms lost %llu exits %llu\n",
		     is_broken ? "BAD" : "ok", (unsigned long long)passes, (unsigned long long)periods,
		     (unsigned long long)(clock_to_ns(held_ever) / 1000000u), (unsigned long long)lost,
		     (unsigned long long)(exits - exits_at_start - calls));
	(void)mutex_unlock(&screen);
}

static void report(void *argument)
{
	struct periodic periodic;

	(void)argument;
	periodic_init(&periodic, clock_now(), clock_from_us(PERIOD_US) * PERIODS_PER_LINE);
	for (;;) {
		(void)periodic_wait(&periodic);
		report_line();
		(void)periodic_drop_overdue(&periodic, 0);
	}
}

static void task_start(struct task *task, void *stack, size_t size, unsigned priority, void (*entry)(void *argument))
{
	task_create(
		task,
		&(struct task_config){
			.name = "neighbour", .priority = priority, .stack = stack, .stack_size = size, .entry = entry});
}

/* ---- commands ---- */

static void sleep_a_period(void)
{
	task_sleep_until(clock_now() + clock_from_us(PERIOD_US));
}

/* The pass in progress has begun before the question, and is left. */
static void command_check(void)
{
	uint64_t before;

	is_asked = true;
	while (is_asked)
		sleep_a_period();
	before = passes;
	while (passes == before)
		sleep_a_period();
	(void)puts("CHECKED");
	report_line();
}

static bool count(uint64_t partition, uint64_t core, uint64_t reason, uint64_t *value)
{
	uint64_t result[4] = {0, partition, core, reason};

	hal_hypercall(ABI_EXITS, result);
	*value = result[1];
	return (int64_t)result[0] == ABI_OK;
}

/* "EXITS 0.1 sgi 12 ...": partition and virtual core. */
static void print_exits(uint64_t partition, uint64_t core)
{
	static const char *const names[EXIT_REASONS] = {
		[EXIT_SGI] = "sgi",         [EXIT_WFI] = "wfi",         [EXIT_PSCI] = "psci",
		[EXIT_SERVICE] = "service", [EXIT_OBSERVE] = "observe", [EXIT_GICD] = "gicd",
		[EXIT_GICR] = "gicr",       [EXIT_SYSREG] = "sysreg",   [EXIT_FAULT] = "fault",
		[EXIT_RECALL] = "recall",   [EXIT_CPUID] = "cpuid",     [EXIT_PORT] = "port",
	};
	char line[256];
	size_t length = 0;
	uint64_t value;

	for (uint64_t reason = 0; reason < EXIT_REASONS; reason++) {
		if (count(partition, core, reason, &value))
			length += (size_t)snprintf(line + length, sizeof(line) - length, " %s %llu", names[reason],
						   (unsigned long long)value);
	}
	(void)mutex_lock(&screen, CLOCK_FOREVER);
	(void)printf("EXITS %llu.%llu%s\n", (unsigned long long)partition, (unsigned long long)core, line);
	(void)mutex_unlock(&screen);
}

/* Whether the partition may be observed; its state and number of cores. */
static bool look(uint64_t partition, uint64_t *cores, uint64_t *state)
{
	uint64_t result[4] = {0, partition, 0, 0};

	calls++;
	hal_hypercall(ABI_PARTITION, result);
	*cores = result[2];
	*state = result[3];
	return (int64_t)result[0] == ABI_OK;
}

static void command_exits(uint64_t partition)
{
	uint64_t cores = 0;
	uint64_t state = 0;

	if (!look(partition, &cores, &state))
		(void)puts("EXITS denied");
	for (uint64_t core = 0; core < cores; core++)
		print_exits(partition, core);
	(void)puts("EXITS end");
}

static void command_state(uint64_t partition)
{
	static const char *const names[] = {
		[PARTITION_OFF] = "off",           [PARTITION_LOADING] = "loading", [PARTITION_RUNNING] = "running",
		[PARTITION_STOPPING] = "stopping", [PARTITION_STOPPED] = "stopped", [PARTITION_FAULTED] = "faulted",
	};
	uint64_t cores;
	uint64_t state;

	if (look(partition, &cores, &state) && state < sizeof(names) / sizeof(names[0]))
		(void)printf("STATE %llu %s\n", (unsigned long long)partition, names[state]);
	else
		(void)puts("STATE denied");
}

/* "CORES 0 0x3": bit n is set while virtual core n is not off. */
static void command_cores(uint64_t partition)
{
	uint64_t result[4] = {0, partition, 0, 0};

	calls++;
	hal_hypercall(ABI_CORES, result);
	if ((int64_t)result[0] == ABI_OK)
		(void)printf("CORES %llu 0x%llx\n", (unsigned long long)partition, (unsigned long long)result[1]);
	else
		(void)puts("CORES denied");
}

/* "CONTROLLER 0 1 ... end": the same at all times, unless somebody else writes there. */
static void command_controller(void)
{
	uint64_t state = hal_interrupts_mask(); /* no report between the exits and their count */

	calls += controller_read();
	hal_interrupts_restore(state);
	(void)mutex_lock(&screen, CLOCK_FOREVER);
	controller_print();
	(void)mutex_unlock(&screen);
}

static void execute(char *line)
{
	char *rest = line;
	const char *command = strsep(&rest, " ");
	uint64_t argument = rest != NULL ? strtoull(rest, NULL, 0) : 0;

	if (strcmp(command, "check") == 0)
		command_check();
	else if (strcmp(command, "exits") == 0)
		command_exits(argument);
	else if (strcmp(command, "state") == 0)
		command_state(argument);
	else if (strcmp(command, "cores") == 0)
		command_cores(argument);
	else if (strcmp(command, "controller") == 0)
		command_controller();
	else if (strcmp(command, "off") == 0)
		hal_power_off();
	else if (*command != '\0')
		(void)printf("unknown command '%s'\n", command);
}

static void read_line(char *line, size_t size)
{
	size_t length = 0;
	char key = '\0';

	while (length + 1u < size && read(STDIN_FILENO, &key, 1) == 1 && key != '\r') {
		line[length] = key;
		length++;
	}
	line[length] = '\0';
}

int main(void)
{
	static char line[80];

	controller_listen();
	pattern_fill();
	if (hypercall_is_available())
		(void)hypercall_count_exits(0, &exits_at_start);
	seen = clock_now();
	(void)printf("NEIGHBOUR ready, %lu KiB of pattern\n",
		     (unsigned long)(pattern_pieces() * PATTERN_PIECE / 1024u));
	task_start(&loop_task, loop_stack, sizeof(loop_stack), PRIORITY_LOOP, loop);
	task_start(&report_task, report_stack, sizeof(report_stack), PRIORITY_REPORT, report);
	task_start(&check_task, check_stack, sizeof(check_stack), PRIORITY_CHECK, check);
	task_set_priority(task_self(), PRIORITY_SHELL);
	for (;;) {
		read_line(line, sizeof(line));
		(void)printf("> %s\n", line);
		execute(line);
	}
}
