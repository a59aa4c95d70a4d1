/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several consoles on one output: each line behind its owner's name, none torn by another one's, prompts visible at
 * once. Not here: where the bytes come from (console.h) and the keyboard (terminal.h).
 */
#ifndef PLANNER_SCREEN_H
#define PLANNER_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "planner/line.h"

#define SCREEN_PENDING_MAX (1u << 20)

/* A console as the screen sees it. The caller sets the first three and leaves the rest zero. */
struct screen_source {
	const char *name;
	unsigned colour;    /* SGR parameter: 31-36 */
	bool is_hypervisor; /* lines that begin with LOG_CONSOLE_PREFIX are the hypervisor's */
	struct line line;
	bool is_fresh;  /* bytes came since the last screen_tick */
	bool at_prefix; /* the terminal's cursor is where the name stands: print that again before anything else */
	size_t shown;   /* bytes of `copy`: what of this line was last put on the output */
	char copy[LINE_TEXT_MAX];
};

struct screen {
	int output;
	bool is_terminal; /* colours, erasing, focus shown raw */
	bool is_closed;   /* nobody reads the output any more */
	struct screen_source *focus;
	struct screen_source *open; /* whose unfinished line the cursor is on; NULL: at the start of a line */
	uint64_t lost;              /* bytes dropped because the output was not read */
	size_t first, last;         /* pending[first..last) waits to be written */
	char pending[SCREEN_PENDING_MAX];
};

/* Starts with `output`, a descriptor that stays the caller's. */
void screen_start(struct screen *screen, int output, bool is_terminal);

/* Takes bytes of a console. Never blocks: bytes that the output does not take in time are dropped and counted. */
void screen_feed(struct screen *screen, struct screen_source *source, const uint8_t *bytes, size_t count);

/* Ends a turn of feeding: a terminal's focused line comes back if another one interrupted it. */
void screen_settle(struct screen *screen);

/* Shows the unfinished line of a source that was silent since the last tick. Call for each, some times a second. */
void screen_tick(struct screen *screen, struct screen_source *source);

/* Prints a line of someone who has no console. */
void screen_print(struct screen *screen, const char *name, const char *text);

/* Whether bytes wait for the output to become writable. */
bool screen_is_pending(const struct screen *screen);

/* Writes what the output takes without blocking; it must have been found writable. Sets is_closed on failure. */
void screen_write(struct screen *screen);

/* Ends the open line and gives the output a second to take the rest. */
void screen_finish(struct screen *screen);

#endif
