/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of the hypervisor's log rings: order, overwriting, what counts as its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "planner/log.h"
#include "planner/qemu.h"

static struct screen screen;
static struct log messages;
static struct log_ring rings[2];
static char folder[] = "/tmp/test-log-XXXXXX";
static char path[sizeof(folder) + 16];

static int make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/hypervisor.log", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static int reset(void **state)
{
	(void)state;
	memset(rings, 0, sizeof(rings));
	screen_start(&screen, STDOUT_FILENO, false);
	log_start(&messages, &screen);
	assert_true(log_open(&messages, folder));
	for (uint32_t i = 0; i < 2; i++) {
		rings[i].core = i;
		rings[i].magic = LOG_MAGIC;
		log_add_ring(&messages, &rings[i]);
	}
	return 0;
}

/* As the hypervisor does it. */
static void write_ring(struct log_ring *ring, unsigned long long stamp, const char *text)
{
	char line[LOG_LINE_MAX];

	snprintf(line, sizeof(line), "%016llx %s\n", stamp, text);
	for (const char *byte = line; *byte != '\0'; byte++)
		ring->bytes[ring->written++ % LOG_RING_SIZE] = *byte;
}

static void assert_file(const char *expected)
{
	char text[8192];
	FILE *file = fopen(path, "r");
	size_t count;

	assert_non_null(file);
	count = fread(text, 1, sizeof(text) - 1, file);
	text[count] = '\0';
	fclose(file);
	assert_string_equal(text, expected);
}

static void lines_are_merged_by_time(void **state)
{
	(void)state;
	write_ring(&rings[0], 1000000, "up, counter 1000000 Hz");
	write_ring(&rings[0], 3000000, "third");
	log_collect(&messages);
	assert_file(""); /* another core may still have an older line */
	write_ring(&rings[1], 2500000, "second");
	log_collect(&messages);
	log_finish(&messages);
	assert_file("[1.000000 core 0] up, counter 1000000 Hz\n"
		    "[2.500000 core 1] second\n"
		    "[3.000000 core 0] third\n");
}

static void without_frequency_ticks_are_shown(void **state)
{
	(void)state;
	write_ring(&rings[1], 42, "hello");
	log_finish(&messages);
	assert_file("[42 ticks core 1] hello\n");
}

static void overwritten_lines_are_counted(void **state)
{
	char *text = calloc(1, 65536), number[32];
	FILE *file;
	size_t count;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(number, sizeof(number), "line %u", i);
		write_ring(&rings[0], i, number);
	}
	log_finish(&messages);
	file = fopen(path, "r");
	count = fread(text, 1, 65535, file);
	fclose(file);
	assert_true(count > 0 && text[count - 1] == '\n');
	assert_non_null(strstr(text, "bytes of messages lost"));
	assert_non_null(strstr(text, "core 0] line 999\n"));
	assert_null(strstr(text, "core 0] line 0\n"));
	free(text);
}

static void the_line_in_progress_is_not_trusted(void **state)
{
	(void)state;
	/* A full ring: its core may already be LOG_LINE_MAX bytes past `written`; the oldest bytes are no line's. */
	for (unsigned i = 0; rings[0].written < 2 * LOG_RING_SIZE; i++)
		write_ring(&rings[0], i, "x");
	memset(rings[0].bytes + rings[0].written % LOG_RING_SIZE, 'Z', 100);
	log_finish(&messages);
	assert_null(memmem(screen.pending, screen.last, "ZZ", 2));
}

static void a_ring_without_magic_is_left_alone(void **state)
{
	(void)state;
	write_ring(&rings[0], 1, "hello");
	rings[0].magic = 0;
	log_finish(&messages);
	assert_file("");
}

static void lines_of_the_console_are_shown_once(void **state)
{
	static const char console[] = "bulkhead: plan 12\r\nhello\n";

	(void)state;
	log_console(&messages, (const uint8_t *)console, sizeof(console) - 1);
	write_ring(&rings[0], 1, "plan 12");
	write_ring(&rings[0], 2, "later");
	log_finish(&messages);
	assert_file("[1 ticks core 0] plan 12\n[2 ticks core 0] later\n");
	assert_int_equal(screen.last, strlen("[hypervisor] later\n"));
	assert_memory_equal(screen.pending, "[hypervisor] later\n", screen.last);
}

static void panics_and_refusals_are_failures(void **state)
{
	static const char refusal[] = "bulkhead: E12 plan: bad CRC\n";

	(void)state;
	write_ring(&rings[0], 1, "partition ivi: fault, no panic");
	log_collect(&messages);
	assert_string_equal(messages.failure, "");
	write_ring(&rings[0], 2, "panic 3 core/boot.c:17");
	log_collect(&messages);
	assert_string_equal(messages.failure, "panic 3 core/boot.c:17");
	log_finish(&messages);

	reset(NULL);
	log_console(&messages, (const uint8_t *)"E99 not the hypervisor\nbulkhead: EL2\n", 37);
	assert_string_equal(messages.failure, "");
	log_console(&messages, (const uint8_t *)refusal, sizeof(refusal) - 1);
	assert_string_equal(messages.failure, "E12 plan: bad CRC");
	log_finish(&messages);
	assert_file("[console] E12 plan: bad CRC\n");
}

static void sizes_are_qemu_sizes(void **state)
{
	(void)state;
	assert_true(qemu_parse_size("2G") == 2ull << 30);
	assert_true(qemu_parse_size("512M") == 512ull << 20);
	assert_true(qemu_parse_size("512") == 512ull << 20);
	assert_true(qemu_parse_size("64K") == 64ull << 10);
	assert_true(qemu_parse_size("") == 0);
	assert_true(qemu_parse_size("-1G") == 0);
	assert_true(qemu_parse_size("2GB") == 0);
	assert_true(qemu_parse_size("99999999999999T") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_are_merged_by_time, reset),
		cmocka_unit_test_setup(without_frequency_ticks_are_shown, reset),
		cmocka_unit_test_setup(overwritten_lines_are_counted, reset),
		cmocka_unit_test_setup(the_line_in_progress_is_not_trusted, reset),
		cmocka_unit_test_setup(a_ring_without_magic_is_left_alone, reset),
		cmocka_unit_test_setup(lines_of_the_console_are_shown_once, reset),
		cmocka_unit_test_setup(panics_and_refusals_are_failures, reset),
		cmocka_unit_test(sizes_are_qemu_sizes),
	};

	return cmocka_run_group_tests_name("planner/log", tests, make_folder, remove_folder);
}
