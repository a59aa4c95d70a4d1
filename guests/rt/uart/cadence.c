/* SPDX-License-Identifier: Apache-2.0 */
/* Cadence UART of the Zynq family (AMD UG1087, module UART). Line speed and pins are firmware's business and stay. */
#include "rt/hal.h"
#include "rt/uart.h"

#define CR 0x00u
#define CR_TX_EN_RX_EN_RESET 0x17u /* both paths reset, then on */
#define MR 0x04u
#define MR_8N1 0x20u
#define IER 0x08u
#define IDR 0x0cu
#define ISR 0x14u
#define ALL_INTERRUPTS 0x1fffu
#define RXTOUT 0x18u
#define RXWM 0x20u
#define SR 0x2cu
#define SR_RXEMPTY (1u << 1)
#define SR_TXFULL (1u << 4)
#define FIFO 0x30u
#define RECEIVED 0x1u /* the trigger level is reached */

static uint64_t registers;

void uart_init(uint64_t base)
{
	registers = base;
	mmio_write32(registers + IDR, ALL_INTERRUPTS);
	mmio_write32(registers + MR, MR_8N1);
	mmio_write32(registers + CR, CR_TX_EN_RX_EN_RESET);
	mmio_write32(registers + RXTOUT, 0);
	mmio_write32(registers + RXWM, 1);
	mmio_write32(registers + ISR, ALL_INTERRUPTS);
}

void uart_put(char character)
{
	while ((mmio_read32(registers + SR) & SR_TXFULL) != 0)
		;
	mmio_write32(registers + FIFO, (uint8_t)character);
}

/* The status is cleared once the FIFO is empty: it says that the level was reached, not that it still is. */
bool uart_get(char *character)
{
	if ((mmio_read32(registers + SR) & SR_RXEMPTY) != 0) {
		mmio_write32(registers + ISR, RECEIVED);
		if ((mmio_read32(registers + SR) & SR_RXEMPTY) != 0)
			return false;
	}
	*character = (char)(uint8_t)mmio_read32(registers + FIFO);
	return true;
}

void uart_enable_receive_interrupt(void)
{
	mmio_write32(registers + IER, RECEIVED);
}
