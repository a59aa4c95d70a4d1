/* SPDX-License-Identifier: Apache-2.0 */
/* NXP i.MX UART (IMX8MPRM, 15.2): transmit only, as firmware left it configured. */
#include "platform/uart.h"
#include "platform/uart/transmit.h"

void plat_uart_put(uint64_t base, char c)
{
	const struct uart_registers registers = {
		.data = 0x40u,   /* UTXD */
		.status = 0xb4u, /* UTS */
		.full = 0x10u,   /* TXFULL */
	};

	transmit(base, registers, c);
}
