/* SPDX-License-Identifier: Apache-2.0 */
/* Driver of Arm's PL011 UART: output by polling, input by polling or interrupt. One per partition. */
#ifndef RT_PL011_H
#define RT_PL011_H

#include <stdbool.h>
#include <stdint.h>

/* 8n1 with FIFOs at the speed that firmware left; interrupts off. */
void pl011_init(uint64_t base);

/* Waits for space in the FIFO. Any context. */
void pl011_put(char character);

/* Takes a received character, if there is one. */
bool pl011_get(char *character);

/* Raises the interrupt while characters are there. */
void pl011_enable_receive_interrupt(void);

#endif
