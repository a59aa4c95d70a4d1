/* SPDX-License-Identifier: Apache-2.0 */
/* Arm PL011 (DDI 0183): transmit only, as firmware left it configured. */
#include "platform/uart.h"
#include "platform/uart/transmit.h"

void plat_uart_put(uint64_t base, char c)
{
	const struct uart_registers registers = {
		.data = 0x00u,   /* UARTDR, 3.3.1 */
		.status = 0x18u, /* UARTFR, 3.3.3 */
		.full = 0x20u,   /* TXFF */
	};

	transmit(base, registers, c);
}
