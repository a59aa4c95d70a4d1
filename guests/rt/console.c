/* SPDX-License-Identifier: Apache-2.0 */
/* Console: polled output, input through a queue that the interrupt handler fills. No echo, no line editing. */
#include "rt/console.h"

#include "rt/clock.h"
#include "rt/hal.h"
#include "rt/interrupt.h"
#include "rt/uart.h"
#include "rt/queue.h"

static struct queue input;
static char input_buffer[256];

void console_init(void)
{
	uart_init(rt_board.uart_base);
}

static void on_receive(void *argument)
{
	char character;

	(void)argument;
	/* Typing ahead of a full queue is lost, as with any terminal. */
	while (uart_get(&character))
		(void)queue_send(&input, &character, CLOCK_POLL);
}

void console_init_input(void)
{
	queue_init(&input, input_buffer, sizeof(input_buffer[0]), sizeof(input_buffer));
	interrupt_attach((uint32_t)rt_board.uart_interrupt, on_receive, NULL);
	uart_enable_receive_interrupt();
}

void console_write(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			uart_put('\r');
		uart_put(text[i]);
	}
}

size_t console_read(char *buffer, size_t size)
{
	size_t length = 0;
	uint64_t deadline = CLOCK_FOREVER;

	while (length < size && queue_receive(&input, &buffer[length], deadline) == STATUS_OK) {
		length++;
		deadline = CLOCK_POLL;
	}
	return length;
}
