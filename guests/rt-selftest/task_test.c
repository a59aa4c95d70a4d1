/* SPDX-License-Identifier: Apache-2.0 */
/* Creation, preemption, yielding, priorities, and that a switch keeps registers, FP included. */
#include <string.h>

#include "rt-selftest/registers.h"
#include "rt-selftest/selftest.h"
#include "rt/clock.h"
#include "rt/task.h"

static char trace[16];
static size_t trace_length;

static void mark(char letter)
{
	trace[trace_length++] = letter;
	trace[trace_length] = '\0';
}

static void trace_reset(void)
{
	trace_length = 0;
	trace[0] = '\0';
}

static void mark_and_end(void *argument)
{
	mark(*(const char *)argument);
}

static void mark_yield_mark(void *argument)
{
	mark(*(const char *)argument);
	task_yield();
	mark(*(const char *)argument);
}

static void test_order(void)
{
	trace_reset();
	mark('m');
	(void)selftest_start(0, 1, mark_and_end, "h"); /* more urgent: runs within task_create */
	mark('m');
	(void)selftest_start(1, -1, mark_and_end, "l"); /* less urgent: once this task waits */
	mark('m');
	selftest_join(1);
	CHECK(strcmp(trace, "mhmml") == 0);
}

static void test_yield(void)
{
	trace_reset();
	(void)selftest_start(0, 0, mark_yield_mark, "a");
	(void)selftest_start(1, 0, mark_yield_mark, "b");
	mark('m');
	task_yield();
	mark('m');
	task_yield();
	CHECK(strcmp(trace, "mabmab") == 0);
}

static void lower_main(void *argument)
{
	mark('1');
	task_set_priority(argument, SELFTEST_PRIORITY - 2u);
	mark('2');
}

static void test_set_priority(void)
{
	struct task *self = task_self();

	trace_reset();
	(void)selftest_start(0, -1, mark_and_end, "l");
	(void)selftest_start(1, 1, lower_main, self); /* then the lower one overtakes this task */
	mark('m');
	CHECK(strcmp(trace, "12lm") == 0);
	CHECK(self->priority == SELFTEST_PRIORITY - 2u);
	task_set_priority(self, SELFTEST_PRIORITY);
	CHECK(self->priority == SELFTEST_PRIORITY);
}

static volatile bool spoil;

/* Interrupts the main task at arbitrary places and uses every FP register. */
static void spoil_registers(void *argument)
{
	(void)argument;
	while (spoil) {
		registers_spoil();
		task_sleep_until(selftest_after_us(100));
	}
}

static void test_registers(void)
{
	bool survived = true;

	spoil = true;
	(void)selftest_start(0, 1, spoil_registers, NULL);
	for (uint64_t i = 1; i <= 20; i++)
		survived = survived && registers_survive(i * UINT64_C(0x0123456789abcdef));
	spoil = false;
	selftest_join(0);
	CHECK(survived);
}

static void count_task(const struct task *task, void *argument)
{
	(void)task;
	++*(unsigned *)argument;
}

static void test_inspection(void)
{
	unsigned count = 0;

	task_for_each(count_task, &count);
	CHECK(count == 2); /* idle and main: all helpers have ended */
	CHECK(task_stack_unused(task_self()) > 0);
	CHECK(task_stack_unused(task_self()) < task_self()->stack_size);
}

void task_test(void)
{
	test_order();
	test_yield();
	test_set_priority();
	test_registers();
	test_inspection();
}
