/* SPDX-License-Identifier: Apache-2.0 */
/* 16550 behind I/O ports (TI PC16550D, 8): transmit only. `base` is its first port. PC firmware may leave it as after reset. */
#include "platform/uart.h"

#define DATA 0u         /* THR; with LINE_DIVISOR the divisor's lower byte */
#define DIVISOR_HIGH 1u /* with LINE_DIVISOR */
#define LINE 3u         /* LCR */
#define LINE_8N1 0x03u
#define LINE_DIVISOR 0x80u
#define STATUS 5u /* LSR */
#define STATUS_EMPTY 0x20u
#define WAIT_LIMIT 1000000u

static uint8_t port_in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void port_out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

/* 115200 baud of the PC's 1.8432 MHz, 8 bits; a line that firmware has set up for that many bits keeps its speed. */
static void line_set_up(uint16_t port)
{
	if (port_in(port + LINE) != LINE_8N1) {
		port_out(port + LINE, LINE_8N1 | LINE_DIVISOR);
		port_out(port + DATA, 1u);
		port_out(port + DIVISOR_HIGH, 0u);
		port_out(port + LINE, LINE_8N1);
	}
}

static void put_raw(uint16_t port, char c)
{
	uint32_t limit = WAIT_LIMIT;

	while (((port_in(port + STATUS) & STATUS_EMPTY) == 0u) && (limit > 0u)) {
		limit--;
	}
	port_out(port + DATA, (uint8_t)c);
}

void plat_uart_put(uint64_t base, char c)
{
	line_set_up((uint16_t)base);
	if (c == '\n') {
		put_raw((uint16_t)base, '\r');
	}
	put_raw((uint16_t)base, c);
}
