/* SPDX-License-Identifier: Apache-2.0 */
/* Which UARTs there are, and which of them the hypervisor drives. Not here: the drivers (src/platform/uart). */
#ifndef PLANNER_UART_H
#define PLANNER_UART_H

struct uart {
	const char *compatible;
	const char *driver; /* file name in src/platform/uart; NULL: guests can use it, the hypervisor cannot */
};

/* The kind of UART that `node` is, by its most specific compatible that is known; NULL: it is none. Cannot fail. */
const struct uart *uart_find(const void *tree, int node);

#endif
