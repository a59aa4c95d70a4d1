/* SPDX-License-Identifier: Apache-2.0 */
/* Cadence UART of the Zynq family (AMD UG1087, module UART): transmit only, as firmware left it configured. */
#include "platform/uart.h"
#include "platform/uart/transmit.h"

void plat_uart_put(uint64_t base, char c)
{
	const struct uart_registers registers = {
		.data = 0x30u,   /* TX_RX_FIFO */
		.status = 0x2cu, /* Channel_sts */
		.full = 0x10u,   /* TFUL */
	};

	transmit(base, registers, c);
}
