/* SPDX-License-Identifier: Apache-2.0 */
/* The keyboard: raw mode, always undone, and the keys that are for `bulkhead run` itself. Not here: the screen. */
#ifndef PLANNER_TERMINAL_H
#define PLANNER_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/* Puts the terminal of standard input into raw mode until terminal_restore or the program's exit. */
void terminal_start(void);

/* Undoes terminal_start; does nothing the second time. */
void terminal_restore(void);

enum terminal_key {
	TERMINAL_TYPED, /* a byte for the partition */
	TERMINAL_NONE,  /* the first of two keys, or an unknown second */
	TERMINAL_NEXT,
	TERMINAL_QUIT,
	TERMINAL_HELP
};

/* What `byte` asks for; `is_command` is the state between two calls, false at first. Ctrl-] twice types Ctrl-]. */
enum terminal_key terminal_key(bool *is_command, uint8_t byte);

#endif
