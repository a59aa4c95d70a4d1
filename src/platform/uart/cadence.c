/* SPDX-License-Identifier: Apache-2.0 */
/* Cadence UART of the Zynq family (AMD UG1087, module UART): transmit only, at the speed that firmware left. */
#include "platform/uart.h"
#include "platform/uart/transmit.h"

#define CONTROL_TX_DIS 0x20u
#define CONTROL_TX_EN 0x10u

void plat_uart_put(uint64_t base, char c)
{
	const struct uart_registers registers = {
		.data = 0x30u,   /* TX_RX_FIFO */
		.status = 0x2cu, /* Channel_sts */
		.full = 0x10u,   /* TFUL */
	};
	volatile uint32_t *control = (volatile uint32_t *)(uintptr_t)base; /* off where no firmware has spoken yet */

	if ((*control & (CONTROL_TX_DIS | CONTROL_TX_EN)) != CONTROL_TX_EN) {
		*control = CONTROL_TX_EN;
	}
	transmit(base, registers, c);
}
