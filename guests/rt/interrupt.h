/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt handlers. They run with interrupts masked on the kernel's stack and must not wait. */
#ifndef RT_INTERRUPT_H
#define RT_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/* Calls handler(argument) whenever interrupt `id` comes, and enables it. Few, at start-up; never undone. */
void interrupt_attach(uint32_t id, void (*handler)(void *argument), void *argument);

/* Whether the caller is an interrupt handler. */
bool interrupt_is_active(void);

#endif
