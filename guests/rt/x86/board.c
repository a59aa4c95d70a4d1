/* SPDX-License-Identifier: Apache-2.0 */
/* The board as the linker's symbols have it: on x86 a UART is at a port, and its interrupt is a pin of the I/O APIC. */
#include <stdint.h>

#include "rt/hal.h"

extern const char ram_base[];
extern const char ram_size[];
extern const char uart_base[];
extern const char uart_intid[];

const struct rt_board rt_board = {
	.ram_base = (uint64_t)(uintptr_t)ram_base,
	.ram_size = (uint64_t)(uintptr_t)ram_size,
	.uart_base = (uint64_t)(uintptr_t)uart_base,
	.uart_interrupt = (uint64_t)(uintptr_t)uart_intid,
};
