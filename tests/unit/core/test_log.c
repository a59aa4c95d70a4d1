/* SPDX-License-Identifier: Apache-2.0 */
/* The log rings' writer against plan/log.h: form of a line, cutting, wrapping, the console's copy. */
#include "test.h"

#include "core/log.h"
#include "fake/fake.h"
#include "plan/log.h"

static struct plan_header *plan;

static int running(void **state)
{
	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	fake_world_run(plan);
	return 0;
}

static const struct log_ring *ring(uint32_t row)
{
	return (const struct log_ring *)(uintptr_t)fake_cores(plan)[row].log;
}

static void say(void *text)
{
	struct log_line line;

	log_begin(&line);
	log_text(&line, text);
	log_end(&line);
}

static void say_on(uint32_t row, const char *text)
{
	assert_int_equal(fake_run(row, say, (void *)(uintptr_t)text), FAKE_RETURNED);
}

/* What is behind the stamp of the line at `line`; checks the stamp's form. */
static const char *behind_stamp(const char *line)
{
	for (uint32_t i = 0; i < LOG_STAMP_DIGITS; i++) {
		assert_non_null(strchr("0123456789abcdef", line[i]));
		assert_true(line[i] != '\0');
	}
	assert_int_equal(line[LOG_STAMP_DIGITS], ' ');
	return &line[LOG_STAMP_DIGITS + 1u];
}

static void opening_writes_head_and_first_line(void **state)
{
	(void)state;
	for (uint32_t row = 0; row < plan->cores.count; row++) {
		char expected[64];

		assert_int_equal(ring(row)->magic, LOG_MAGIC);
		assert_int_equal(ring(row)->core, row);
		snprintf(expected, sizeof(expected), "core %u counter %u Hz\n", row, FAKE_COUNTER_HZ);
		assert_string_equal(behind_stamp(fake_log(row)), expected);
		assert_int_equal(ring(row)->written, LOG_STAMP_DIGITS + 1u + strlen(expected));
	}
}

static void each_core_writes_its_own_ring(void **state)
{
	uint64_t before = ring(1)->written;

	(void)state;
	say_on(2, "hello");
	assert_int_equal(ring(1)->written, before);
	assert_string_equal(behind_stamp(strchr(fake_log(2), '\n') + 1), "hello\n");
}

static void stamps_rise(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (uint32_t i = 0; i < 20u; i++) {
		const char *line;
		uint64_t stamp;

		say_on(i % 3u, "tick");
		line = fake_log(i % 3u);
		line += strlen(line) - strlen("0123456789abcdef tick\n");
		stamp = strtoull(line, NULL, 16);
		assert_true(stamp > last);
		last = stamp;
	}
}

static void numbers(void *argument)
{
	struct log_line line;

	(void)argument;
	log_begin(&line);
	log_decimal(&line, 0);
	log_text(&line, " ");
	log_decimal(&line, 10);
	log_text(&line, " ");
	log_decimal(&line, UINT64_MAX);
	log_text(&line, " ");
	log_hex(&line, 0xabc, 3);
	log_text(&line, " ");
	log_hex(&line, 0xabc, 2); /* the lowest digits */
	log_text(&line, " ");
	log_hex(&line, UINT64_MAX, 16);
	log_hex(&line, 5, 0);
	log_end(&line);
}

static void numbers_are_written_as_asked(void **state)
{
	(void)state;
	(void)fake_run(0, numbers, NULL);
	assert_string_equal(behind_stamp(strchr(fake_log(0), '\n') + 1),
			    "0 10 18446744073709551615 abc bc ffffffffffffffff\n");
}

static void long_lines_are_cut_whole_ones_are_not(void **state)
{
	const size_t room = LOG_LINE_MAX - LOG_STAMP_DIGITS - 2u; /* stamp, space, newline */
	char text[2u * LOG_LINE_MAX];

	(void)state;
	for (size_t length = room - 2u; length < (room + 40u); length++) {
		uint64_t before = ring(0)->written;
		const char *line;

		memset(text, 'a', length);
		text[length] = '\0';
		say_on(0, text);
		assert_int_equal(ring(0)->written - before, LOG_STAMP_DIGITS + 2u + ((length < room) ? length : room));
		line = fake_log(0);
		assert_int_equal(line[strlen(line) - 1u], '\n');
	}
	assert_int_equal(LOG_LINE_MAX, LOG_STAMP_DIGITS + 2u + room);
}

static void the_ring_wraps_byte_by_byte(void **state)
{
	static char all[64u * LOG_RING_SIZE];
	const struct log_ring *log = ring(0);
	size_t length = strlen(fake_log(0));

	(void)state;
	memcpy(all, fake_log(0), length);
	for (uint32_t i = 0; length < (sizeof(all) - LOG_LINE_MAX); i++) {
		char text[LOG_LINE_MAX];
		size_t line = 1u + i % 200u;

		memset(text, (int)('a' + i % 26u), line);
		text[line] = '\0';
		say_on(0, text);
		for (uint32_t j = 0; j < (LOG_STAMP_DIGITS + 2u + line); j++) {
			all[length] = log->bytes[length % LOG_RING_SIZE];
			length++;
		}
		assert_int_equal(log->written, length);
		assert_memory_equal(&all[length - line - 1u], text, line);
		assert_int_equal(all[length - 1u], '\n');
		for (size_t back = 1; (back <= LOG_RING_SIZE) && (back <= length);
		     back += 97u) { /* nothing else moved */
			assert_int_equal(log->bytes[(length - back) % LOG_RING_SIZE], all[length - back]);
		}
	}
	assert_int_equal(log->magic, LOG_MAGIC);
	assert_int_equal(log->core, 0);
}

/* A later `written` beyond 32 bits: the ring goes on in step. */
static void very_long_histories_stay_in_step(void **state)
{
	struct log_ring *log = (struct log_ring *)(uintptr_t)fake_cores(plan)[0].log;

	(void)state;
	log->written = UINT64_C(0x1fffffff0);
	say_on(0, "far");
	assert_int_equal(log->written, UINT64_C(0x1fffffff0) + LOG_STAMP_DIGITS + 5u);
	for (uint32_t i = 0; i < 4u; i++) {
		assert_int_equal(log->bytes[(log->written - 4u + i) % LOG_RING_SIZE], "far\n"[i]);
	}
}

static void the_console_shows_the_text_without_stamp(void **state)
{
	(void)state;
	say_on(0, "quiet");
	assert_string_equal(fake_console(), "");
	log_console(FAKE_CONSOLE);
	say_on(0, "loud");
	log_console(0);
	say_on(0, "quiet again");
	assert_string_equal(fake_console(), LOG_CONSOLE_PREFIX "loud\n");
	assert_non_null(strstr(fake_log(0), " quiet\n"));
	assert_non_null(strstr(fake_log(0), " loud\n"));
	assert_non_null(strstr(fake_log(0), " quiet again\n"));
}

static void the_ring_fills_its_page(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct log_ring), PLAN_LOG_SIZE);
	assert_int_equal(offsetof(struct log_ring, bytes), LOG_HEAD_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(opening_writes_head_and_first_line, running),
		cmocka_unit_test_setup(each_core_writes_its_own_ring, running),
		cmocka_unit_test_setup(stamps_rise, running),
		cmocka_unit_test_setup(numbers_are_written_as_asked, running),
		cmocka_unit_test_setup(long_lines_are_cut_whole_ones_are_not, running),
		cmocka_unit_test_setup(the_ring_wraps_byte_by_byte, running),
		cmocka_unit_test_setup(very_long_histories_stay_in_step, running),
		cmocka_unit_test_setup(the_console_shows_the_text_without_stamp, running),
		cmocka_unit_test_setup(the_ring_fills_its_page, running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
