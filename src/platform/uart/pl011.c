/* SPDX-License-Identifier: Apache-2.0 */
/* Arm PL011 (DDI 0183): transmit only, as firmware left it configured. */
#include "platform/uart.h"

#define UARTDR 0x00u /* 3.3.1 */
#define UARTFR 0x18u /* 3.3.3 */
#define UARTFR_TXFF 0x20u
#define WAIT_LIMIT 1000000u

static inline void put_raw(uint64_t base, char c)
{
	volatile uint32_t *data = (volatile uint32_t *)(uintptr_t)(base + UARTDR);
	const volatile uint32_t *flags = (const volatile uint32_t *)(uintptr_t)(base + UARTFR);
	uint32_t limit = WAIT_LIMIT;

	while (((*flags & UARTFR_TXFF) != 0u) && (limit > 0u)) {
		limit--;
	}
	*data = (uint8_t)c;
}

void plat_uart_put(uint64_t base, char c)
{
	if (c == '\n') {
		put_raw(base, '\r');
	}
	put_raw(base, c);
}
