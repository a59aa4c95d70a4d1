/* SPDX-License-Identifier: Apache-2.0 */
/* A queue is a ring between two semaphores that count its spaces and its messages. */
#include "rt/queue.h"

#include <string.h>

#include "rt/hal.h"

void queue_init(struct queue *queue, void *buffer, size_t item_size, unsigned capacity)
{
	*queue = (struct queue){.buffer = buffer, .item_size = item_size, .capacity = capacity};
	semaphore_init(&queue->items, 0, capacity);
	semaphore_init(&queue->spaces, capacity, capacity);
}

static unsigned next_index(const struct queue *queue, unsigned index)
{
	return index + 1u == queue->capacity ? 0 : index + 1u;
}

enum status queue_send(struct queue *queue, const void *item, uint64_t deadline)
{
	enum status status = semaphore_take(&queue->spaces, deadline);
	uint64_t state;

	if (status != STATUS_OK)
		return status;
	state = hal_interrupts_mask();
	(void)memcpy(queue->buffer + queue->write_index * queue->item_size, item, queue->item_size);
	queue->write_index = next_index(queue, queue->write_index);
	hal_interrupts_restore(state);
	return semaphore_give(&queue->items);
}

enum status queue_receive(struct queue *queue, void *item, uint64_t deadline)
{
	enum status status = semaphore_take(&queue->items, deadline);
	uint64_t state;

	if (status != STATUS_OK)
		return status;
	state = hal_interrupts_mask();
	(void)memcpy(item, queue->buffer + queue->read_index * queue->item_size, queue->item_size);
	queue->read_index = next_index(queue, queue->read_index);
	hal_interrupts_restore(state);
	return semaphore_give(&queue->spaces);
}
