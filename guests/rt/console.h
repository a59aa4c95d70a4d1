/* SPDX-License-Identifier: Apache-2.0 */
/* The partition's console on its UART: what newlib's standard streams are connected to. */
#ifndef RT_CONSOLE_H
#define RT_CONSOLE_H

#include <stddef.h>

/* Brings up output; before anything prints. */
void console_init(void);

/* Brings up input by interrupt; once the kernel's lists exist, interrupts masked. */
void console_init_input(void);

/* Writes by polling, at the caller's priority; a line feed gets its carriage return. Any context. */
void console_write(const char *text, size_t length);

/* Waits for input; returns how many characters it took, at least one. In a task. */
size_t console_read(char *buffer, size_t size);

#endif
