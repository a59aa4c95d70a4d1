/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One serial line as a terminal would show it: the part of ECMA-48 that shells use to edit a line. Not here: colours,
 * which are passed on but not kept, and anything with more than one line.
 */
#include "planner/line.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ESCAPE 0x1b
#define BELL 0x07
#define TAB_WIDTH 8u
#define LINE_ROOM TAB_WIDTH /* the most that one byte received adds to a line */

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0u) == 0x80u;
}

size_t line_columns(const char *text, size_t count)
{
	size_t columns = 0;

	for (size_t i = 0; i < count; i++)
		columns += is_continuation(text[i]) ? 0 : 1;
	return columns;
}

void line_clear(struct line *line)
{
	line->length = 0;
	line->cursor = 0;
	line->unit_length = 0;
	line->state = LINE_TEXT;
}

static size_t character_length(const struct line *line, size_t at)
{
	size_t end = at + 1;

	while (end < line->length && is_continuation(line->text[end]))
		end++;
	return end - at;
}

static void move_left(struct line *line)
{
	if (line->cursor == 0)
		return;
	do
		line->cursor--;
	while (line->cursor > 0 && is_continuation(line->text[line->cursor]));
}

static void move_right(struct line *line)
{
	if (line->cursor < line->length)
		line->cursor += character_length(line, line->cursor);
}

/* Puts one character over the one under the cursor. LINE_ROOM bytes are free. */
static void put_character(struct line *line, const char *bytes, size_t count)
{
	size_t old = line->cursor < line->length ? character_length(line, line->cursor) : 0;
	char *place = line->text + line->cursor;

	memmove(place + count, place + old, line->length - line->cursor - old);
	memcpy(place, bytes, count);
	line->length += count - old;
	line->cursor += count;
}

static void put_tab(struct line *line)
{
	size_t column = line_columns(line->text, line->cursor);

	for (size_t next = (column / TAB_WIDTH + 1) * TAB_WIDTH; column < next; column++)
		put_character(line, " ", 1);
}

/* The number in front of a control sequence's final byte. */
static unsigned control_parameter(const struct line *line, unsigned otherwise)
{
	char digits[LINE_UNIT_MAX + 1];
	size_t count = line->unit_length - 3; /* less ESC, [ and the final byte */

	memcpy(digits, line->unit + 2, count);
	digits[count] = '\0';
	if (digits[0] < '0' || digits[0] > '9')
		return otherwise;
	return (unsigned)strtoul(digits, NULL, 10);
}

static void erase(struct line *line, unsigned what)
{
	if (what == 0) {
		line->length = line->cursor;
	} else if (what == 2) {
		line->length = 0;
		line->cursor = 0;
	}
}

static void apply_control(struct line *line, char final)
{
	unsigned count = control_parameter(line, final == 'K' || final == 'J' ? 0 : 1);

	switch (final) {
	case 'K':
	case 'J':
		erase(line, count);
		break;
	case 'C':
		for (; count > 0 && line->cursor < line->length; count--)
			move_right(line);
		break;
	case 'D':
		for (; count > 0 && line->cursor > 0; count--)
			move_left(line);
		break;
	default: /* colours, queries, other lines: nothing that this line's text shows */
		break;
	}
}

static enum line_event end_unit(struct line *line)
{
	line->state = LINE_TEXT;
	return line->length > LINE_TEXT_MAX - LINE_ROOM ? LINE_END : LINE_UNIT;
}

static enum line_event feed_text(struct line *line, uint8_t byte)
{
	switch (byte) {
	case '\n':
		return LINE_END;
	case '\r':
		line->cursor = 0;
		return LINE_UNIT;
	case '\b':
		move_left(line);
		return LINE_UNIT;
	case '\t':
		put_tab(line);
		return end_unit(line);
	case ESCAPE:
		line->state = LINE_ESCAPE;
		return LINE_MORE;
	default:
		break;
	}
	if (byte < ' ' || byte == 0x7f) {
		line->unit_length = byte == BELL ? 1 : 0; /* nothing else of these is for a terminal */
		return LINE_UNIT;
	}
	if (byte >= 0xc2 && byte <= 0xf4) {
		line->missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
		line->state = LINE_UTF8;
		return LINE_MORE;
	}
	if (byte >= 0x80)
		line->unit[0] = '?';
	put_character(line, line->unit, 1);
	return end_unit(line);
}

static enum line_event feed_utf8(struct line *line, uint8_t byte)
{
	if (!is_continuation((char)byte)) {
		line->unit[0] = (char)byte; /* the broken character is dropped, this byte stands for itself */
		line->unit_length = 1;
		line->state = LINE_TEXT;
		return feed_text(line, byte);
	}
	line->missing--;
	if (line->missing > 0)
		return LINE_MORE;
	put_character(line, line->unit, line->unit_length);
	return end_unit(line);
}

static enum line_event feed_escape(struct line *line, uint8_t byte)
{
	if (byte == '[')
		line->state = LINE_CONTROL;
	else if (byte == ']' || byte == 'P' || byte == '_' || byte == '^' || byte == 'X')
		line->state = LINE_STRING;
	else if (byte < 0x20 || byte > 0x2f) /* 20-2f: intermediate bytes, more follow */
		return end_unit(line);
	return LINE_MORE;
}

static enum line_event feed_control(struct line *line, uint8_t byte)
{
	if (byte >= 0x20 && byte <= 0x3f)
		return LINE_MORE;
	if (byte >= 0x40 && byte <= 0x7e)
		apply_control(line, (char)byte);
	else
		line->unit_length = 0; /* not a control sequence after all: show nothing of it */
	return end_unit(line);
}

/* Titles and other strings for the terminal itself: until BEL or ESC \, never shown. */
static enum line_event feed_string(struct line *line, uint8_t byte)
{
	bool ends = byte == BELL || (line->state == LINE_STRING_ESCAPE && byte == '\\');

	line->state = byte == ESCAPE ? LINE_STRING_ESCAPE : LINE_STRING;
	line->unit_length = 0;
	return ends ? end_unit(line) : LINE_MORE;
}

enum line_event line_feed(struct line *line, uint8_t byte)
{
	if (line->state == LINE_TEXT)
		line->unit_length = 0;
	if (line->unit_length == LINE_UNIT_MAX) { /* no terminal knows a sequence this long */
		line->unit_length = 0;
		return end_unit(line);
	}
	line->unit[line->unit_length++] = (char)byte;
	switch (line->state) {
	case LINE_UTF8:
		return feed_utf8(line, byte);
	case LINE_ESCAPE:
		return feed_escape(line, byte);
	case LINE_CONTROL:
		return feed_control(line, byte);
	case LINE_STRING:
	case LINE_STRING_ESCAPE:
		return feed_string(line, byte);
	case LINE_TEXT:
	default:
		return feed_text(line, byte);
	}
}
