/* SPDX-License-Identifier: Apache-2.0 */
/* Which UARTs there are, and which of them the hypervisor drives. Not here: the drivers (src/platform/uart). */
#ifndef PLANNER_UART_H
#define PLANNER_UART_H

#include "planner/model.h"

struct uart {
	const char *compatible;
	const char *driver;      /* file name in src/platform/uart; NULL: guests can use it, the hypervisor cannot */
	const char *port_driver; /* the same on x86, where its registers are I/O ports */
};

/* The kind of UART that `node` is, by its most specific compatible that is known; NULL: it is none. Cannot fail. */
const struct uart *uart_find(const void *tree, int node);

/* True for a UART of any kind: known, or of the name that they have (Devicetree Specification 0.4, 2.2.2). Cannot fail. */
bool uart_is(const void *tree, const struct device *device);

/* The hypervisor's driver for a device that is one, on x86 by its ports; NULL: it has none. Cannot fail. */
const char *uart_driver(const struct uart *uart, enum plan_arch arch, const struct device *device);

#endif
