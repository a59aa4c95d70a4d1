/* SPDX-License-Identifier: Apache-2.0 */
/* The user's keyboard. Output processing stays on, so that "\n" starts a new line. Not here: the screen. */
#include "planner/terminal.h"

#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define COMMAND_KEY 0x1d /* Ctrl-] */

/* The terminal's modes as they were; only terminal_start and terminal_restore use them. */
static struct termios saved;
static bool is_raw;

void terminal_restore(void)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	is_raw = false;
}

void terminal_start(void)
{
	struct termios raw;

	if (is_raw || tcgetattr(STDIN_FILENO, &saved) != 0)
		return;
	raw = saved;
	cfmakeraw(&raw);
	raw.c_oflag = saved.c_oflag;
	is_raw = true;
	atexit(terminal_restore);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

enum terminal_key terminal_key(bool *is_command, uint8_t byte)
{
	if (!*is_command) {
		*is_command = byte == COMMAND_KEY;
		return *is_command ? TERMINAL_NONE : TERMINAL_TYPED;
	}
	*is_command = false;
	switch (byte) {
	case COMMAND_KEY:
		return TERMINAL_TYPED;
	case 'n':
		return TERMINAL_NEXT;
	case 'q':
		return TERMINAL_QUIT;
	case '?':
	case 'h':
		return TERMINAL_HELP;
	default:
		return TERMINAL_NONE;
	}
}
