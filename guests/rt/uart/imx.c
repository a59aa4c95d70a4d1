/* SPDX-License-Identifier: Apache-2.0 */
/* NXP i.MX UART (IMX8MPRM, 15.2). Line speed and pins are firmware's business and stay as they are. */
#include "rt/hal.h"
#include "rt/uart.h"

#define URXD 0x00u
#define URXD_CHARRDY (1u << 15)
#define UTXD 0x40u
#define UCR1 0x80u
#define UCR1_UARTEN_RRDYEN 0x201u
#define UCR1_UARTEN 0x001u
#define UCR2 0x84u
#define UCR2_8N1 0x4027u /* RTS ignored, 8 bits, both directions on, no software reset */
#define UCR3 0x88u
#define UCR3_MUXED 0x704u /* RXDMUXSEL must be set; modem lines as after reset */
#define UFCR 0x90u
#define UFCR_LEVELS 0x0a01u /* transmit at 2, receive at 1; the reference divider of firmware's speed is kept apart */
#define UFCR_DIVIDER 0x0380u
#define UTS 0xb4u
#define UTS_TXFULL (1u << 4)

static uint64_t registers;

void uart_init(uint64_t base)
{
	registers = base;
	mmio_write32(registers + UCR1, UCR1_UARTEN);
	mmio_write32(registers + UCR2, UCR2_8N1);
	mmio_write32(registers + UCR3, UCR3_MUXED);
	mmio_write32(registers + UFCR, (mmio_read32(registers + UFCR) & UFCR_DIVIDER) | (UFCR_LEVELS & ~UFCR_DIVIDER));
}

void uart_put(char character)
{
	while ((mmio_read32(registers + UTS) & UTS_TXFULL) != 0)
		;
	mmio_write32(registers + UTXD, (uint8_t)character);
}

bool uart_get(char *character)
{
	uint32_t received = mmio_read32(registers + URXD);

	if ((received & URXD_CHARRDY) == 0)
		return false;
	*character = (char)(uint8_t)received;
	return true;
}

void uart_enable_receive_interrupt(void)
{
	mmio_write32(registers + UCR1, UCR1_UARTEN_RRDYEN);
}
