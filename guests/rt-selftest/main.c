/* SPDX-License-Identifier: Apache-2.0 */
/* Tests the RTOS runtime on its target: prints `RT-SELFTEST ok N checks` and switches the partition off. */
#include <stdio.h>

#include "rt-selftest/selftest.h"
#include "rt/clock.h"
#include "rt/hal.h"
#include "rt/task.h"

static unsigned checks;

static struct task helpers[SELFTEST_HELPERS];
static _Alignas(16) unsigned char stacks[SELFTEST_HELPERS][TASK_STACK_DEFAULT];

void selftest_check(bool condition, const char *file, int line, const char *text)
{
	if (!condition) {
		(void)printf("RT-SELFTEST FAILED %s:%d: %s\n", file, line, text);
		hal_power_off();
	}
	checks++;
}

struct task *selftest_start(unsigned slot, int above, void (*entry)(void *argument), void *argument)
{
	static const char *const names[SELFTEST_HELPERS] = {"helper0", "helper1", "helper2", "helper3"};

	task_create(&helpers[slot], &(struct task_config){.name = names[slot],
							  .priority = (unsigned)((int)SELFTEST_PRIORITY + above),
							  .stack = stacks[slot],
							  .stack_size = sizeof(stacks[slot]),
							  .entry = entry,
							  .argument = argument});
	return &helpers[slot];
}

void selftest_join(unsigned slot)
{
	uint64_t deadline = selftest_after_us(10000000);

	while (helpers[slot].state != TASK_ENDED && clock_now() < deadline)
		task_sleep_until(selftest_after_us(1000));
	CHECK(helpers[slot].state == TASK_ENDED);
}

bool selftest_becomes_true(bool (*condition)(void))
{
	uint64_t deadline = selftest_after_us(5000000);

	while (!condition()) {
		if (clock_now() > deadline)
			return false;
		task_sleep_until(selftest_after_us(1000));
	}
	return true;
}

uint64_t selftest_after_us(uint64_t microseconds)
{
	return clock_now() + clock_from_us(microseconds);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{"tasks", task_test},     {"semaphores and queues", sync_test},
		{"mutexes", mutex_test},  {"time", time_test},
		{"C library", libc_test}, {"cores", core_test},
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		unsigned before = checks;

		tests[i].run();
		(void)printf("%s: %u checks\n", tests[i].name, checks - before);
	}
	(void)printf("RT-SELFTEST ok %u checks\n", checks);
	return 0;
}
