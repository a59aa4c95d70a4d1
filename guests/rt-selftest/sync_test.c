/* SPDX-License-Identifier: Apache-2.0 */
/* Semaphores and queues: counting, limits, deadlines, and that the most urgent waiter comes first. */
#include <string.h>

#include "rt-selftest/selftest.h"
#include "rt/clock.h"
#include "rt/queue.h"
#include "rt/semaphore.h"
#include "rt/task.h"

static struct semaphore semaphore;
static char order[8];
static size_t order_length;

static void test_counting(void)
{
	semaphore_init(&semaphore, 1, 2);
	CHECK(semaphore_take(&semaphore, CLOCK_POLL) == STATUS_OK);
	CHECK(semaphore_take(&semaphore, CLOCK_POLL) == STATUS_TIMEOUT);
	CHECK(semaphore_give(&semaphore) == STATUS_OK);
	CHECK(semaphore_give(&semaphore) == STATUS_OK);
	CHECK(semaphore_give(&semaphore) == STATUS_FULL);
	CHECK(semaphore_take(&semaphore, CLOCK_FOREVER) == STATUS_OK);
	CHECK(semaphore_take(&semaphore, CLOCK_FOREVER) == STATUS_OK);
}

static void test_deadline(void)
{
	uint64_t deadline = selftest_after_us(3000);

	CHECK(semaphore_take(&semaphore, deadline) == STATUS_TIMEOUT);
	CHECK(clock_now() >= deadline);
	CHECK(semaphore.count == 0);
	CHECK(list_is_empty(&semaphore.waiters));
}

static void take_and_note(void *argument)
{
	if (semaphore_take(&semaphore, CLOCK_FOREVER) == STATUS_OK)
		order[order_length++] = *(const char *)argument;
}

static void test_waiters_by_priority(void)
{
	order_length = 0;
	(void)memset(order, 0, sizeof(order));
	(void)selftest_start(0, 1, take_and_note, "a");
	(void)selftest_start(1, 3, take_and_note, "b");
	(void)selftest_start(2, 1, take_and_note, "c");
	(void)selftest_start(3, 2, take_and_note, "d");
	for (int i = 0; i < 4; i++)
		CHECK(semaphore_give(&semaphore) == STATUS_OK);
	CHECK(strcmp(order, "bdac") == 0);
	CHECK(semaphore.count == 0);
}

struct message {
	uint32_t number;
	char text[12];
};

#define QUEUE_CAPACITY 3u
#define MESSAGES 50u

static struct queue queue;
static struct message buffer[QUEUE_CAPACITY];

static void test_queue_limits(void)
{
	struct message message = {.number = 1};

	queue_init(&queue, buffer, sizeof(buffer[0]), QUEUE_CAPACITY);
	CHECK(queue_receive(&queue, &message, CLOCK_POLL) == STATUS_TIMEOUT);
	for (uint32_t i = 0; i < QUEUE_CAPACITY; i++) {
		message.number = i;
		CHECK(queue_send(&queue, &message, CLOCK_POLL) == STATUS_OK);
	}
	CHECK(queue_send(&queue, &message, CLOCK_POLL) == STATUS_TIMEOUT);
	CHECK(queue_send(&queue, &message, selftest_after_us(1000)) == STATUS_TIMEOUT);
	for (uint32_t i = 0; i < QUEUE_CAPACITY; i++) {
		CHECK(queue_receive(&queue, &message, CLOCK_POLL) == STATUS_OK);
		CHECK(message.number == i);
	}
}

static void send_all(void *argument)
{
	struct message message = {.text = "hello"};

	(void)argument;
	for (message.number = 0; message.number < MESSAGES; message.number++)
		(void)queue_send(&queue, &message, CLOCK_FOREVER);
}

/* A sender of higher, then of lower priority than the receiver: one waits for space, the other is waited for. */
static void test_queue_stream(int sender_above)
{
	bool in_order = true;
	struct message message;

	(void)selftest_start(0, sender_above, send_all, NULL);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		in_order = in_order && queue_receive(&queue, &message, CLOCK_FOREVER) == STATUS_OK &&
			   message.number == i && strcmp(message.text, "hello") == 0;
	}
	CHECK(in_order);
	CHECK(queue_receive(&queue, &message, selftest_after_us(1000)) == STATUS_TIMEOUT);
	selftest_join(0); /* on a busy host a millisecond may pass before the lower one has run to its end */
}

void sync_test(void)
{
	test_counting();
	test_deadline();
	test_waiters_by_priority();
	test_queue_limits();
	test_queue_stream(1);
	test_queue_stream(-1);
}
