/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of messages of one fixed size, copied in and out, first in first out. */
#ifndef RT_QUEUE_H
#define RT_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "rt/semaphore.h"
#include "rt/status.h"

struct queue {
	struct semaphore items;
	struct semaphore spaces;
	unsigned char *buffer;
	size_t item_size;
	unsigned capacity;
	unsigned read_index;
	unsigned write_index;
};

/* `buffer` holds capacity * item_size bytes and lives as long as the queue. */
void queue_init(struct queue *queue, void *buffer, size_t item_size, unsigned capacity);

/* Copy a message in or out: STATUS_OK, or STATUS_TIMEOUT when there was no space or no message until `deadline`.
 * In a task; with CLOCK_POLL anywhere. */
enum status queue_send(struct queue *queue, const void *item, uint64_t deadline);
enum status queue_receive(struct queue *queue, void *item, uint64_t deadline);

#endif
