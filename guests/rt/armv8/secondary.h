/* SPDX-License-Identifier: Apache-2.0 */
/* Further virtual cores of the partition. They run bare: no kernel, interrupts masked, output only by polling. */
#ifndef RT_ARMV8_SECONDARY_H
#define RT_ARMV8_SECONDARY_H

#include <stdint.h>

/* Read by secondary_entry in start.S; must live until the function has been entered. */
struct secondary_start {
	void *stack_top;                  /* 16-byte aligned */
	void (*function)(void *argument); /* at its end the core switches itself off */
	void *argument;
};

/* Starts virtual core `core` (1..) in start->function, memory map and caches on. PSCI's result; any task. */
int secondary_start(uint32_t core, const struct secondary_start *start);

#endif
