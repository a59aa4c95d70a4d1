/* SPDX-License-Identifier: Apache-2.0 */
/* Broadcom's mini UART (BCM2711 ARM Peripherals, 2.2), a part of the AUX block. Its speed is firmware's business. */
#include "rt/hal.h"
#include "rt/uart.h"

#define AUX_ENABLES 0x04u /* from the block's start: the UART's registers follow at 0x40 */
#define AUX_UART_ON 0x1u
#define MU_IO 0x00u
#define MU_IER 0x04u
#define MU_IER_RECEIVE 0x05u /* bit 0 does nothing without bit 2, which the manual leaves out */
#define MU_IIR 0x08u
#define MU_IIR_CLEAR 0x06u /* both FIFOs */
#define MU_LCR 0x0cu
#define MU_LCR_8BIT 0x03u
#define MU_LSR 0x14u
#define MU_LSR_RECEIVED 0x01u
#define MU_LSR_ROOM 0x20u
#define MU_CNTL 0x20u
#define MU_CNTL_ON 0x03u /* both directions */
#define BLOCK 0xfffu

static uint64_t registers;

void uart_init(uint64_t base)
{
	uint64_t block = base & ~(uint64_t)BLOCK;

	registers = base;
	mmio_write32(block + AUX_ENABLES, mmio_read32(block + AUX_ENABLES) | AUX_UART_ON);
	mmio_write32(registers + MU_IER, 0);
	mmio_write32(registers + MU_LCR, MU_LCR_8BIT);
	mmio_write32(registers + MU_IIR, MU_IIR_CLEAR);
	mmio_write32(registers + MU_CNTL, MU_CNTL_ON);
}

void uart_put(char character)
{
	while ((mmio_read32(registers + MU_LSR) & MU_LSR_ROOM) == 0)
		;
	mmio_write32(registers + MU_IO, (uint8_t)character);
}

bool uart_get(char *character)
{
	if ((mmio_read32(registers + MU_LSR) & MU_LSR_RECEIVED) == 0)
		return false;
	*character = (char)(uint8_t)mmio_read32(registers + MU_IO);
	return true;
}

void uart_enable_receive_interrupt(void)
{
	mmio_write32(registers + MU_IER, MU_IER_RECEIVE);
}
