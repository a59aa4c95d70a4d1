/* SPDX-License-Identifier: Apache-2.0 */
/* What every UART driver does: wait for room, store the character. Not here: where the registers are. */
#ifndef PLATFORM_UART_TRANSMIT_H
#define PLATFORM_UART_TRANSMIT_H

#include "types.h"

#define WAIT_LIMIT 1000000u

/* Offsets of 32-bit registers: `data` takes a character, unless a bit of `full` is set in `status`. */
struct uart_registers {
	uint32_t data;
	uint32_t status;
	uint32_t full;
};

static inline void transmit_raw(uint64_t base, struct uart_registers uart, char c)
{
	volatile uint32_t *data = (volatile uint32_t *)(uintptr_t)(base + uart.data);
	const volatile uint32_t *status = (const volatile uint32_t *)(uintptr_t)(base + uart.status);
	uint32_t limit = WAIT_LIMIT;

	while (((*status & uart.full) != 0u) && (limit > 0u)) {
		limit--;
	}
	*data = (uint8_t)c;
}

/* plat_uart_put (platform/uart.h) for registers that the compiler knows. */
static inline void transmit(uint64_t base, struct uart_registers uart, char c)
{
	if (c == '\n') {
		transmit_raw(base, uart, '\r');
	}
	transmit_raw(base, uart, c);
}

#endif
