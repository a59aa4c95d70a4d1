/* SPDX-License-Identifier: Apache-2.0 */
/* 16550 behind I/O ports (TI PC16550D, 8): transmit only, as firmware left it configured. `base` is its first port. */
#include "platform/uart.h"

#define DATA 0u   /* THR */
#define STATUS 5u /* LSR */
#define STATUS_EMPTY 0x20u
#define WAIT_LIMIT 1000000u

static uint8_t port_in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void put_raw(uint16_t port, char c)
{
	uint32_t limit = WAIT_LIMIT;

	while (((port_in(port + STATUS) & STATUS_EMPTY) == 0u) && (limit > 0u)) {
		limit--;
	}
	__asm__ volatile("outb %0, %1" ::"a"(c), "Nd"((uint16_t)(port + DATA)));
}

void plat_uart_put(uint64_t base, char c)
{
	if (c == '\n') {
		put_raw((uint16_t)base, '\r');
	}
	put_raw((uint16_t)base, c);
}
