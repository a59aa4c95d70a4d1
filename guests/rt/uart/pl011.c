/* SPDX-License-Identifier: Apache-2.0 */
/* PL011 (Arm DDI 0183). Line speed and pins are firmware's business and stay as they are. */
#include "rt/uart.h"

#include "rt/hal.h"

#define DR 0x00u
#define FR 0x18u
#define FR_BUSY (1u << 3)
#define FR_RXFE (1u << 4)
#define FR_TXFF (1u << 5)
#define LCR_H 0x2cu
#define LCR_H_8N1_FIFO 0x70u
#define CR 0x30u
#define CR_UART_TX_RX 0x301u
#define IFLS 0x34u
#define IMSC 0x38u
#define ICR 0x44u
#define RECEIVE_AND_TIMEOUT 0x50u
#define ALL_INTERRUPTS 0x7ffu

static uint64_t registers;

void uart_init(uint64_t base)
{
	registers = base;
	mmio_write32(registers + IMSC, 0);
	while ((mmio_read32(registers + FR) & FR_BUSY) != 0)
		;
	/* The line control register may only be written while the UART is off. */
	mmio_write32(registers + CR, 0);
	mmio_write32(registers + LCR_H, LCR_H_8N1_FIFO);
	mmio_write32(registers + IFLS, 0); /* interrupt at one eighth */
	mmio_write32(registers + ICR, ALL_INTERRUPTS);
	mmio_write32(registers + CR, CR_UART_TX_RX);
}

void uart_put(char character)
{
	while ((mmio_read32(registers + FR) & FR_TXFF) != 0)
		;
	mmio_write32(registers + DR, (uint8_t)character);
}

bool uart_get(char *character)
{
	if ((mmio_read32(registers + FR) & FR_RXFE) != 0)
		return false;
	*character = (char)(uint8_t)mmio_read32(registers + DR);
	return true;
}

void uart_enable_receive_interrupt(void)
{
	mmio_write32(registers + IMSC, RECEIVE_AND_TIMEOUT);
}
