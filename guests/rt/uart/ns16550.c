/* SPDX-License-Identifier: Apache-2.0 */
/* National's PC16550D behind I/O ports, as a PC has it. Line speed is firmware's business and stays. */
#include "rt/hal.h"
#include "rt/uart.h"

#define DATA 0u
#define IER 1u
#define IER_RECEIVE 0x01u
#define FCR 2u
#define FCR_ON_RESET 0x07u /* both FIFOs on and emptied; interrupt at one character */
#define LCR 3u
#define LCR_8N1 0x03u /* and no access to the divisor */
#define MCR 4u
#define MCR_DTR_RTS_OUT2 0x0bu /* a PC lets the interrupt through OUT2 only */
#define LSR 5u
#define LSR_RECEIVED 0x01u
#define LSR_ROOM 0x20u

static uint16_t ports;

void uart_init(uint64_t base)
{
	ports = (uint16_t)base;
	port_write8(ports + LCR, LCR_8N1);
	port_write8(ports + IER, 0);
	port_write8(ports + FCR, FCR_ON_RESET);
	port_write8(ports + MCR, MCR_DTR_RTS_OUT2);
}

void uart_put(char character)
{
	while ((port_read8(ports + LSR) & LSR_ROOM) == 0)
		;
	port_write8(ports + DATA, (uint8_t)character);
}

bool uart_get(char *character)
{
	if ((port_read8(ports + LSR) & LSR_RECEIVED) == 0)
		return false;
	*character = (char)port_read8(ports + DATA);
	return true;
}

void uart_enable_receive_interrupt(void)
{
	port_write8(ports + IER, IER_RECEIVE);
}
