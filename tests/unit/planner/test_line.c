/* SPDX-License-Identifier: Apache-2.0 */
/* The model of one serial line: what a shell's line editing leaves visible. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/line.h"

static struct line line;

/* Feeds bytes; returns the last event. */
static enum line_event feed(const char *bytes)
{
	enum line_event event = LINE_MORE;

	for (; *bytes != '\0'; bytes++)
		event = line_feed(&line, (uint8_t)*bytes);
	return event;
}

static void assert_text(const char *text, size_t cursor)
{
	assert_int_equal(line.length, strlen(text));
	assert_memory_equal(line.text, text, line.length);
	assert_int_equal(line.cursor, cursor);
}

static int reset(void **state)
{
	(void)state;
	memset(&line, 0, sizeof(line));
	return 0;
}

static void plain_text_ends_with_newline(void **state)
{
	(void)state;
	assert_int_equal(feed("hello"), LINE_UNIT);
	assert_text("hello", 5);
	assert_int_equal(feed("\r"), LINE_UNIT);
	assert_text("hello", 0);
	assert_int_equal(feed("\n"), LINE_END);
	assert_text("hello", 0);
	line_clear(&line);
	assert_text("", 0);
}

static void carriage_return_overwrites(void **state)
{
	(void)state;
	feed("10 %\r20");
	assert_text("20 %", 2);
}

static void backspace_and_erase_edit(void **state)
{
	(void)state;
	feed("abcd\b\b\x1b[K");
	assert_text("ab", 2);
	feed("\b\b\b\b");
	assert_text("ab", 0);
	feed("\x1b[J");
	assert_text("", 0);
}

static void cursor_moves_stay_inside(void **state)
{
	(void)state;
	feed("abc\x1b[2D");
	assert_text("abc", 1);
	feed("\x1b[9C");
	assert_text("abc", 3);
	feed("\x1b[99999999999999999999D");
	assert_text("abc", 0);
	feed("\x1b[C");
	assert_text("abc", 1);
}

static void colours_and_queries_leave_no_text(void **state)
{
	(void)state;
	assert_int_equal(feed("\x1b[1;31m"), LINE_UNIT);
	assert_int_equal(line.unit_length, 7);
	assert_memory_equal(line.unit, "\x1b[1;31m", 7);
	assert_int_equal(feed("x\x1b[6n"), LINE_UNIT);
	assert_text("x", 1);
	assert_int_equal(feed("\x1b]0;a title\x07"), LINE_UNIT);
	assert_int_equal(line.unit_length, 0);
	assert_int_equal(feed("\x1bPdata\x1b\\"), LINE_UNIT);
	assert_int_equal(feed("\x1b(B"), LINE_UNIT);
	assert_text("x", 1);
}

static void utf8_counts_as_characters(void **state)
{
	(void)state;
	assert_int_equal(feed("\xc3"), LINE_MORE);
	assert_int_equal(feed("\xa4"), LINE_UNIT);
	feed("\xe2\x82\xac!");
	assert_text("\xc3\xa4\xe2\x82\xac!", 6);
	assert_int_equal(line_columns(line.text, line.length), 3);
	feed("\b\b");
	assert_text("\xc3\xa4\xe2\x82\xac!", 2);
	feed("e"); /* over a character of another length */
	assert_text("\xc3\xa4"
		    "e!",
		    3);
}

static void broken_utf8_is_dropped(void **state)
{
	(void)state;
	feed("\xe2\x82z\xff");
	assert_text("z?", 2);
	assert_int_equal(feed("\xc3\n"), LINE_END);
}

static void tabs_become_spaces(void **state)
{
	(void)state;
	feed("ab\tc");
	assert_text("ab      c", 9);
}

static void a_line_without_end_is_cut(void **state)
{
	size_t count = 1;

	(void)state;
	while (line_feed(&line, 'x') != LINE_END)
		count++;
	assert_in_range(count, LINE_TEXT_MAX - 8, LINE_TEXT_MAX);
	assert_int_equal(line.length, count);
}

static void an_escape_without_end_is_cut(void **state)
{
	(void)state;
	feed("\x1b[");
	for (size_t i = 0; i < LINE_UNIT_MAX + 1; i++)
		line_feed(&line, '1');
	feed("\nok");
	assert_true(line.length >= 2);
	assert_memory_equal(line.text + line.length - 2, "ok", 2);
}

static void any_bytes_stay_in_bounds(void **state)
{
	static const char alphabet[] = "\x1b[[KJCDm;1290]\x07\\\xc3\xa4\xe2\x82\xac\b\b\r\t abc\n";

	(void)state;
	srand(1);
	for (size_t i = 0; i < 400000; i++) {
		uint8_t byte = (uint8_t)alphabet[(size_t)rand() % sizeof(alphabet)];

		if (line_feed(&line, byte) == LINE_END)
			line_clear(&line);
		assert_in_range(line.cursor, 0, line.length);
		assert_in_range(line.length, 0, LINE_TEXT_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(plain_text_ends_with_newline, reset),
		cmocka_unit_test_setup(carriage_return_overwrites, reset),
		cmocka_unit_test_setup(backspace_and_erase_edit, reset),
		cmocka_unit_test_setup(cursor_moves_stay_inside, reset),
		cmocka_unit_test_setup(colours_and_queries_leave_no_text, reset),
		cmocka_unit_test_setup(utf8_counts_as_characters, reset),
		cmocka_unit_test_setup(broken_utf8_is_dropped, reset),
		cmocka_unit_test_setup(tabs_become_spaces, reset),
		cmocka_unit_test_setup(a_line_without_end_is_cut, reset),
		cmocka_unit_test_setup(an_escape_without_end_is_cut, reset),
		cmocka_unit_test_setup(any_bytes_stay_in_bounds, reset),
	};

	return cmocka_run_group_tests_name("planner/line", tests, NULL, NULL);
}
