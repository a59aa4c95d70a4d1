/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One serial line as a terminal would show it: takes a console's bytes one by one and keeps the visible text of the
 * line in progress. Pure; not here: where the text is printed (screen.h).
 */
#ifndef PLANNER_LINE_H
#define PLANNER_LINE_H

#include <stddef.h>
#include <stdint.h>

#define LINE_TEXT_MAX 1000u
#define LINE_UNIT_MAX 64u

enum line_state { LINE_TEXT, LINE_UTF8, LINE_ESCAPE, LINE_CONTROL, LINE_STRING, LINE_STRING_ESCAPE };

/* All zeros is an empty line. `text` is not terminated; `cursor` is a byte offset, at a character's first byte. */
struct line {
	size_t length;
	size_t cursor;
	size_t unit_length;
	enum line_state state;
	unsigned missing;         /* bytes that a UTF-8 sequence still needs */
	char unit[LINE_UNIT_MAX]; /* the character or escape sequence that is being received */
	char text[LINE_TEXT_MAX];
};

enum line_event {
	LINE_MORE, /* inside a character or escape sequence */
	LINE_UNIT, /* `unit` is complete and may be sent to a terminal as it is; `text` shows its effect */
	LINE_END   /* the line is complete, by a newline or because no more fits. The caller then calls line_clear */
};

/*
 * Takes the next byte. Control and escape sequences that only move, erase or colour end as LINE_UNIT; those that move
 * to other lines do not change `text`. Call with a line that is not at LINE_END. Cannot fail.
 */
enum line_event line_feed(struct line *line, uint8_t byte);

/* Starts the next line. */
void line_clear(struct line *line);

/* Columns that `count` bytes of UTF-8 take; every character counts as one. */
size_t line_columns(const char *text, size_t count);

#endif
