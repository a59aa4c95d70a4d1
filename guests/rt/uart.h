/* SPDX-License-Identifier: Apache-2.0 */
/* The partition's UART: output by polling, input by polling or interrupt. guests/rt/uart/: one file a chip, one is linked. */
#ifndef RT_UART_H
#define RT_UART_H

#include <stdbool.h>
#include <stdint.h>

/* 8n1 with FIFOs at the speed that firmware left; interrupts off. */
void uart_init(uint64_t base);

/* Waits for space in the FIFO. Any context. */
void uart_put(char character);

/* Takes a received character, if there is one. */
bool uart_get(char *character);

/* Raises the interrupt while characters are there. */
void uart_enable_receive_interrupt(void);

#endif
