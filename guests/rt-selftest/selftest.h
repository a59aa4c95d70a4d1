/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the runtime's self-test: checks are counted, the first that fails ends the run. */
#ifndef RT_SELFTEST_SELFTEST_H
#define RT_SELFTEST_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

/* Counts a check; when it is false, prints where and switches the partition off. Any task. */
#define CHECK(condition) selftest_check((condition), __FILE__, __LINE__, #condition)

void selftest_check(bool condition, const char *file, int line, const char *text);

/* main() runs at this priority; helpers are relative to it. */
#define SELFTEST_PRIORITY 16u

/* Starts one of a few helper tasks: number 0.., SELFTEST_PRIORITY + above, entry(argument). A slot can be used again
 * once its task has ended. Nothing in the tests relies on how fast anything is: an emulator may stop at any time. */
#define SELFTEST_HELPERS 4u
struct task *selftest_start(unsigned slot, int above, void (*entry)(void *argument), void *argument);

/* Waits, this task being asleep meanwhile, until the helper has ended; fails the run after some seconds. */
void selftest_join(unsigned slot);

/* Whether the condition becomes true within some seconds, this task being asleep meanwhile. */
bool selftest_becomes_true(bool (*condition)(void));

/* The time in so many microseconds. */
uint64_t selftest_after_us(uint64_t microseconds);

/* One function a file. */
void task_test(void);
void sync_test(void);
void mutex_test(void);
void time_test(void);
void libc_test(void);
void core_test(void);

#endif
