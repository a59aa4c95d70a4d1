/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several consoles on one output. The focused console of a terminal is passed on as it is, so that line editing works;
 * all others are shown as text, line by line. Not here: what one line looks like (line.c).
 */
#include "planner/screen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plan/log.h"

#define ESCAPE 0x1b
#define WRITE_MAX 4096u /* what a pipe that polls as writable takes without blocking: PIPE_BUF */
#define NOTE_COLOUR 37u
#define FINISH_MILLISECONDS 1000

void screen_start(struct screen *screen, int output, bool is_terminal)
{
	*screen = (struct screen){.output = output, .is_terminal = is_terminal};
}

/* ---- output ---- */

static void emit(struct screen *screen, const char *bytes, size_t count)
{
	if (screen->last + count > SCREEN_PENDING_MAX) {
		memmove(screen->pending, screen->pending + screen->first, screen->last - screen->first);
		screen->last -= screen->first;
		screen->first = 0;
	}
	if (screen->last + count > SCREEN_PENDING_MAX || screen->is_closed) {
		screen->lost += count;
		return;
	}
	memcpy(screen->pending + screen->last, bytes, count);
	screen->last += count;
}

static void emit_text(struct screen *screen, const char *text)
{
	emit(screen, text, strlen(text));
}

static void emit_prefix(struct screen *screen, const char *name, unsigned colour)
{
	char prefix[128];

	if (screen->is_terminal)
		snprintf(prefix, sizeof(prefix), "\x1b[0;%um[%.64s]\x1b[0m ", colour, name);
	else
		snprintf(prefix, sizeof(prefix), "[%.64s] ", name);
	emit_text(screen, prefix);
}

bool screen_is_pending(const struct screen *screen)
{
	return screen->first != screen->last && !screen->is_closed;
}

void screen_write(struct screen *screen)
{
	size_t count = screen->last - screen->first;
	ssize_t written = write(screen->output, screen->pending + screen->first, count < WRITE_MAX ? count : WRITE_MAX);

	if (written < 0) {
		screen->is_closed = errno != EINTR && errno != EAGAIN;
		return;
	}
	screen->first += (size_t)written;
	if (screen->first == screen->last) {
		screen->first = 0;
		screen->last = 0;
	}
}

/* ---- lines ---- */

/* A line that may yet turn out to be the hypervisor's is not shown as its console's. */
static bool is_undecided(const struct screen_source *source)
{
	const size_t whole = sizeof(LOG_CONSOLE_PREFIX) - 1;
	size_t count = source->line.length < whole ? source->line.length : whole;

	return source->is_hypervisor && memcmp(source->line.text, LOG_CONSOLE_PREFIX, count) == 0;
}

static bool is_raw(const struct screen *screen, const struct screen_source *source)
{
	return screen->is_terminal && source == screen->focus && !is_undecided(source);
}

static size_t terminal_columns(const struct screen *screen)
{
	struct winsize size;

	if (ioctl(screen->output, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

/* Makes room for another source's line: wipes the unfinished one, which comes back later, or leaves it and goes on. */
static void leave_open_line(struct screen *screen)
{
	struct screen_source *open = screen->open;
	size_t columns;

	if (open == NULL)
		return;
	columns = strlen(open->name) + 3 + line_columns(open->line.text, open->line.length);
	if (screen->is_terminal && columns < terminal_columns(screen))
		emit_text(screen, "\r\x1b[K");
	else
		emit_text(screen, "\n");
	screen->open = NULL;
}

static bool shown_is_start(const struct screen_source *source)
{
	return source->line.length >= source->shown && memcmp(source->line.text, source->copy, source->shown) == 0;
}

static void remember_shown(struct screen_source *source)
{
	memcpy(source->copy, source->line.text, source->line.length);
	source->shown = source->line.length;
}

/* Prints the whole unfinished line anew, with the cursor where its console has it. */
static void draw(struct screen *screen, struct screen_source *source)
{
	struct line *line = &source->line;
	size_t behind = line_columns(line->text + line->cursor, line->length - line->cursor);
	char motion[32];

	leave_open_line(screen);
	emit_prefix(screen, source->name, source->colour);
	emit(screen, line->text, line->length);
	if (behind > 0 && is_raw(screen, source)) {
		snprintf(motion, sizeof(motion), "\x1b[%zuD", behind);
		emit_text(screen, motion);
	}
	screen->open = source;
	source->at_prefix = false;
	remember_shown(source);
}

/* Prints what has come to an unfinished line since it was shown, or all of it when that is no longer its start. */
static void draw_rest(struct screen *screen, struct screen_source *source)
{
	struct line *line = &source->line;

	if (screen->open != source || !shown_is_start(source)) {
		draw(screen, source);
		return;
	}
	emit(screen, line->text + source->shown, line->length - source->shown);
	remember_shown(source);
}

/* Sends the last character or escape sequence of the focused console to the terminal. */
static void show_unit(struct screen *screen, struct screen_source *source)
{
	const struct line *line = &source->line;
	bool is_escape = line->unit_length > 1 && line->unit[0] == ESCAPE;
	char final = line->unit_length > 0 ? line->unit[line->unit_length - 1] : '\0';

	if (screen->open != source) {
		if (line->length == 0 && !is_escape)
			return;
		draw(screen, source);
		/* draw has put the cursor in its place; queries and colours must still reach the terminal */
		if (is_escape && final != 'C' && final != 'D')
			emit(screen, line->unit, line->unit_length);
		return;
	}
	if (final == '\r' || (final == '\b' && line->cursor == 0)) {
		emit_text(screen, "\r");
		source->at_prefix = true;
		return;
	}
	if (source->at_prefix)
		emit_prefix(screen, source->name, source->colour);
	source->at_prefix = false;
	emit(screen, line->unit, line->unit_length);
}

static void end_line(struct screen *screen, struct screen_source *source)
{
	const size_t prefix = sizeof(LOG_CONSOLE_PREFIX) - 1;
	struct line *line = &source->line;
	char text[LINE_TEXT_MAX + 1];

	if (is_undecided(source) && line->length >= prefix) {
		memcpy(text, line->text + prefix, line->length - prefix);
		text[line->length - prefix] = '\0';
		line_clear(line);
		screen_print(screen, "hypervisor", text);
		return;
	}
	if (screen->open == source && is_raw(screen, source)) {
		if (line->unit[0] != '\n')
			emit(screen, line->unit, line->unit_length);
	} else {
		draw_rest(screen, source);
	}
	emit_text(screen, "\n");
	screen->open = NULL;
	source->shown = 0;
	source->at_prefix = false;
	line_clear(line);
}

void screen_feed(struct screen *screen, struct screen_source *source, const uint8_t *bytes, size_t count)
{
	source->is_fresh = count > 0 || source->is_fresh;
	for (size_t i = 0; i < count; i++) {
		enum line_event event = line_feed(&source->line, bytes[i]);

		if (event == LINE_END)
			end_line(screen, source);
		else if (event == LINE_UNIT && is_raw(screen, source))
			show_unit(screen, source);
		else if (event == LINE_UNIT && screen->open == source)
			draw_rest(screen, source);
	}
}

void screen_settle(struct screen *screen)
{
	if (screen->is_terminal && screen->open == NULL && screen->focus != NULL && screen->focus->line.length > 0 &&
	    !is_undecided(screen->focus))
		draw(screen, screen->focus);
}

void screen_tick(struct screen *screen, struct screen_source *source)
{
	bool was_fresh = source->is_fresh;

	source->is_fresh = false;
	if (was_fresh || source->line.length == 0 || is_raw(screen, source))
		return;
	if (screen->is_terminal && screen->open != source && screen->open != NULL)
		return; /* the focused line stays in view; this one shows when it ends */
	if (screen->is_terminal && screen->open == NULL) /* whatever was shown of it was wiped */
		draw(screen, source);
	else if (source->shown != source->line.length || !shown_is_start(source))
		draw_rest(screen, source);
}

void screen_print(struct screen *screen, const char *name, const char *text)
{
	leave_open_line(screen);
	emit_prefix(screen, name, NOTE_COLOUR);
	emit_text(screen, text);
	emit_text(screen, "\n");
}

void screen_finish(struct screen *screen)
{
	char text[96];

	if (screen->open != NULL)
		emit_text(screen, "\n");
	screen->open = NULL;
	if (screen->lost > 0 && !screen->is_closed) {
		snprintf(text, sizeof(text), "%llu bytes were left out: the output was not read in time",
			 (unsigned long long)screen->lost);
		screen_print(screen, "bulkhead", text);
	}
	while (screen_is_pending(screen)) {
		struct pollfd entry = {.fd = screen->output, .events = POLLOUT};

		if (poll(&entry, 1, FINISH_MILLISECONDS) <= 0)
			return;
		screen_write(screen);
	}
}
