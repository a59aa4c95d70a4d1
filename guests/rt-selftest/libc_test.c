/* SPDX-License-Identifier: Apache-2.0 */
/* newlib on this kernel: formatting, mathematics, the heap, and all of that from several tasks at once. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rt-selftest/selftest.h"
#include "rt/clock.h"
#include "rt/hal.h"
#include "rt/semaphore.h"
#include "rt/task.h"

#define ROUNDS 100u
#define BLOCKS 16u
#define LIVES 1000u

static struct semaphore finished;
static volatile unsigned failures;

static void test_format(void)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%.3f %e %g", 3.14159, 12345.678, 0.1);
	CHECK(strcmp(text, "3.142 1.234568e+04 0.1") == 0);
	(void)snprintf(text, sizeof(text), "%lld %s %#x", -9000000000LL, "text", 255u);
	CHECK(strcmp(text, "-9000000000 text 0xff") == 0);
	(void)snprintf(text, sizeof(text), "%lu %hu", 7UL, (unsigned short)65530);
	CHECK(strcmp(text, "7 65530") == 0);
	CHECK(printf("printf %%f: %f\n", 2.5) == 20);
	CHECK(fabs(strtod("-1.5e3", NULL) + 1500.0) < 1e-9);
}

static void test_mathematics(void)
{
	volatile double two = 2.0;

	CHECK(fabs(sqrt(two) * sqrt(two) - 2.0) < 1e-12);
	CHECK(fabs(sin(two) * sin(two) + cos(two) * cos(two) - 1.0) < 1e-12);
	CHECK(fabs(exp(log(two)) - 2.0) < 1e-12);
}

static void test_heap(void)
{
	unsigned char *block = malloc(100000);
	void *zeroed = calloc(10, 100);

	CHECK(block != NULL);
	CHECK(zeroed != NULL);
	(void)memset(block, 0x5a, 100000);
	block = realloc(block, 200000);
	CHECK(block != NULL);
	CHECK(block[0] == 0x5a && block[99999] == 0x5a);
	free(block);
	free(zeroed);
	errno = 0;
	/* More than the partition has. */
	CHECK(malloc((size_t)rt_board.ram_size) == NULL);
	CHECK(errno == ENOMEM);
}

static bool exercise(unsigned seed)
{
	unsigned char *blocks[BLOCKS];
	char expected[32];
	char text[32];

	for (unsigned i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(16u + 37u * i);
		if (blocks[i] == NULL)
			return false;
		(void)memset(blocks[i], (int)(seed + i), 16u + 37u * i);
	}
	(void)snprintf(expected, sizeof(expected), "%u.500000", seed);
	(void)snprintf(text, sizeof(text), "%f", (double)seed + 0.5);
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (blocks[i][0] != (unsigned char)(seed + i) || blocks[i][15u + 37u * i] != (unsigned char)(seed + i))
			return false;
		free(blocks[i]);
	}
	return strcmp(text, expected) == 0;
}

/* Wakes up again and again in the middle of what the lower ones do. */
static void exercise_task(void *argument)
{
	unsigned seed = *(const unsigned *)argument;
	int mark = (int)seed;

	errno = mark;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (!exercise(seed + i) || errno != mark)
			failures++;
		task_sleep_until(selftest_after_us(50u * seed));
	}
	(void)semaphore_give(&finished);
}

static void test_concurrency(void)
{
	static const unsigned seeds[3] = {1, 2, 3};

	failures = 0;
	semaphore_init(&finished, 0, 3);
	for (unsigned i = 0; i < 3; i++)
		(void)selftest_start(i, (int)i + 1, exercise_task, (void *)(uintptr_t)&seeds[i]);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (!exercise(1000u + i))
			failures++;
	}
	for (unsigned i = 0; i < 3; i++)
		CHECK(semaphore_take(&finished, selftest_after_us(20000000)) == STATUS_OK);
	CHECK(failures == 0);
}

/* Many lives of tasks that print numbers: what newlib allocates for each of them comes back. */
static void format_and_end(void *argument)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%f", 1.0 / 3.0);
	*(bool *)argument = strcmp(text, "0.333333") == 0;
}

/* Judged by the heap's end: newlib 3.3's mallinfo() disagrees with its own header about its fields. */
static void test_task_ends(void)
{
	const char *heap_end = NULL;
	bool same = true;

	for (unsigned i = 0; i < LIVES; i++) {
		bool right = false;

		(void)selftest_start(0, 1, format_and_end, &right);
		same = same && right;
		if (i == 0)
			heap_end = sbrk(0);
	}
	CHECK(same);
	CHECK((const char *)sbrk(0) == heap_end);
}

static volatile bool woken;
static bool woken_meanwhile;

static void sleep_and_note(void *argument)
{
	(void)argument;
	task_sleep_until(selftest_after_us(1000));
	woken = true;
}

/* In place of a stream's output: as slow as a UART, and a more urgent task is due meanwhile. */
static _READ_WRITE_RETURN_TYPE write_slowly(struct _reent *state, void *cookie, const char *text,
					    _READ_WRITE_BUFSIZE_TYPE size)
{
	uint64_t limit = selftest_after_us(5000000);

	(void)state;
	(void)cookie;
	(void)text;
	(void)selftest_start(1, 2, sleep_and_note, NULL);
	while (!woken && clock_now() < limit)
		;
	woken_meanwhile = woken;
	return (_READ_WRITE_RETURN_TYPE)size;
}

/* Streams are all tasks' where newlib has locks for them; then a task's end prints nothing. */
static void print_and_end(void *argument)
{
	woken_meanwhile = stdout == argument;
	if (woken_meanwhile)
		return;
	(void)fputs("not a whole line", stdout);
	stdout->_write = write_slowly;
}

/* A task that ends with something left to print keeps nobody from running. */
static void test_last_words(void)
{
	(void)selftest_start(0, 1, print_and_end, stdout);
	selftest_join(0);
	CHECK(woken_meanwhile);
}

void libc_test(void)
{
	test_format();
	test_mathematics();
	test_heap();
	test_concurrency();
	test_task_ends();
	test_last_words();
}
