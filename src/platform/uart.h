/* SPDX-License-Identifier: Apache-2.0 */
/* The console's UART: the build links the one driver that the board file's console asks for. */
#ifndef PLATFORM_UART_H
#define PLATFORM_UART_H

#include "types.h"

/*
 * Sends one character, waiting for room in the FIFO, through registers at `base`; a newline gets a carriage return
 * first. The boot core before guests run, or a core that refuses; also by start-up code without a stack, MMU off: a
 * leaf that needs none and changes x0-x7 only. Cannot fail; a UART that is never ready is given up after a bounded
 * wait.
 */
void plat_uart_put(uint64_t base, char c);

#endif
