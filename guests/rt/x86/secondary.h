/* SPDX-License-Identifier: Apache-2.0 */
/* Further virtual cores of the partition. They run bare: no kernel, interrupts masked, output only by polling. */
#ifndef RT_X86_SECONDARY_H
#define RT_X86_SECONDARY_H

#include <stdbool.h>
#include <stdint.h>

/* Read by start.S; must live until the function has been entered. */
struct secondary_start {
	void *stack_top;                  /* 16-byte aligned */
	void (*function)(void *argument); /* at its end the core sleeps until it is started again */
	void *argument;
};

/* Starts virtual core `core` (1..) in start->function, memory map and caches on; one that runs is reset before that. False
 * when there is no such core. A task, one at a time; takes 10 ms. */
bool secondary_start(uint32_t core, const struct secondary_start *start);

#endif
