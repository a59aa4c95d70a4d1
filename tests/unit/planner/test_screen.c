/* SPDX-License-Identifier: Apache-2.0 */
/* Several consoles on one output: what a pipe and what a terminal get to see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>
#include <fcntl.h>

#include "planner/screen.h"

static struct screen screen;
static struct screen_source linux_console, rtos_console;
static int terminal; /* the program's side of a pseudoterminal 80 columns wide */

static int reset(bool is_terminal)
{
	screen_start(&screen, is_terminal ? terminal : STDOUT_FILENO, is_terminal);
	linux_console = (struct screen_source){.name = "ivi", .colour = 36, .is_hypervisor = true};
	rtos_console = (struct screen_source){.name = "rtos", .colour = 33};
	screen.focus = &linux_console;
	return 0;
}

static int on_pipe(void **state)
{
	(void)state;
	return reset(false);
}

static int on_terminal(void **state)
{
	(void)state;
	return reset(true);
}

static int open_terminal(void **state)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	int user = posix_openpt(O_RDWR | O_NOCTTY);

	(void)state;
	if (user < 0 || grantpt(user) != 0 || unlockpt(user) != 0)
		return -1;
	terminal = open(ptsname(user), O_RDWR | O_NOCTTY);
	return terminal < 0 ? -1 : ioctl(terminal, TIOCSWINSZ, &size);
}

static void feed(struct screen_source *source, const char *text)
{
	screen_feed(&screen, source, (const uint8_t *)text, strlen(text));
	screen_settle(&screen);
}

/* What was printed since the last call. */
static void assert_shows(const char *text)
{
	char shown[4096];
	size_t count = screen.last - screen.first;

	assert_true(count < sizeof(shown));
	memcpy(shown, screen.pending + screen.first, count);
	shown[count] = '\0';
	screen.first = screen.last;
	assert_string_equal(shown, text);
}

static void pass_time(void)
{
	for (int i = 0; i < 2; i++) {
		screen_tick(&screen, &linux_console);
		screen_tick(&screen, &rtos_console);
	}
}

static void pipe_gets_whole_lines(void **state)
{
	(void)state;
	feed(&linux_console, "one");
	feed(&rtos_console, "two\r\nth");
	assert_shows("[rtos] two\n");
	feed(&linux_console, " line\r\n");
	assert_shows("[ivi] one line\n");
	feed(&rtos_console, "ree\n");
	assert_shows("[rtos] three\n");
}

static void pipe_gets_prompts_after_a_while(void **state)
{
	(void)state;
	feed(&linux_console, "~ # ");
	assert_shows("");
	pass_time();
	assert_shows("[ivi] ~ # ");
	feed(&rtos_console, "tick\n");
	assert_shows("\n[rtos] tick\n");
	pass_time();
	assert_shows(""); /* once is enough */
	feed(&linux_console, "ls\r\n");
	assert_shows("[ivi] ~ # ls\n");
}

static void pipe_gets_no_escapes(void **state)
{
	(void)state;
	feed(&linux_console, "\x1b[32mgreen\x1b[0m\x1b[6n\n");
	assert_shows("[ivi] green\n");
}

static void hypervisor_speaks_for_itself(void **state)
{
	(void)state;
	feed(&linux_console, "bulkhead: plan 1234\r\nbulk\nbulkhead: no\n");
	assert_shows("[hypervisor] plan 1234\n[ivi] bulk\n[hypervisor] no\n");
	feed(&rtos_console, "bulkhead: I am not\n"); /* not on the hypervisor's console */
	assert_shows("[rtos] bulkhead: I am not\n");
}

static void terminal_shows_the_prompt_at_once(void **state)
{
	(void)state;
	feed(&linux_console, "~ # ");
	assert_shows("\x1b[0;36m[ivi]\x1b[0m ~ # ");
	feed(&linux_console, "l");
	assert_shows("l");
	feed(&linux_console, "\b\x1b[K");
	assert_shows("\b\x1b[K");
	feed(&linux_console, "\r");
	assert_shows("\r");
	feed(&linux_console, "$");
	assert_shows("\x1b[0;36m[ivi]\x1b[0m $");
	feed(&linux_console, "\r\n");
	assert_shows("\r\n");
}

static void terminal_brings_the_prompt_back(void **state)
{
	(void)state;
	feed(&linux_console, "~ # abc\x1b[6n\b");
	assert_shows("\x1b[0;36m[ivi]\x1b[0m ~ # abc\x1b[6n\b");
	feed(&rtos_console, "ti");
	assert_shows("");
	feed(&rtos_console, "ck\n");
	/* wiped, the other's line, the prompt again, the cursor where it was, the query not asked twice */
	assert_shows("\r\x1b[K\x1b[0;33m[rtos]\x1b[0m tick\n\x1b[0;36m[ivi]\x1b[0m ~ # abc\x1b[1D");
}

static void terminal_leaves_lines_that_wrap(void **state)
{
	char text[101] = "";

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	feed(&linux_console, text);
	screen.first = screen.last;
	screen_print(&screen, "bulkhead", "note");
	assert_shows("\n\x1b[0;37m[bulkhead]\x1b[0m note\n");
}

static void terminal_waits_until_the_speaker_is_known(void **state)
{
	(void)state;
	feed(&linux_console, "bulk");
	assert_shows("");
	pass_time();
	assert_shows("\x1b[0;36m[ivi]\x1b[0m bulk");
	feed(&linux_console, "y item");
	assert_shows("y item");
}

static void terminal_shows_a_silent_prompt_of_another(void **state)
{
	(void)state;
	feed(&rtos_console, "> ");
	pass_time();
	assert_shows("\x1b[0;33m[rtos]\x1b[0m > ");
	feed(&rtos_console, "x");
	assert_shows("x");
	feed(&linux_console, "$ ");
	assert_shows("\r\x1b[K\x1b[0;36m[ivi]\x1b[0m $ ");
}

static void a_full_output_drops_and_tells(void **state)
{
	char line[201];

	(void)state;
	memset(line, 'y', sizeof(line) - 1);
	line[199] = '\n';
	line[200] = '\0';
	for (size_t i = 0; i < SCREEN_PENDING_MAX / 200 + 10; i++)
		feed(&rtos_console, line);
	assert_true(screen.lost > 0);
	assert_in_range(screen.last, 1, SCREEN_PENDING_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(pipe_gets_whole_lines, on_pipe),
		cmocka_unit_test_setup(pipe_gets_prompts_after_a_while, on_pipe),
		cmocka_unit_test_setup(pipe_gets_no_escapes, on_pipe),
		cmocka_unit_test_setup(hypervisor_speaks_for_itself, on_pipe),
		cmocka_unit_test_setup(terminal_shows_the_prompt_at_once, on_terminal),
		cmocka_unit_test_setup(terminal_brings_the_prompt_back, on_terminal),
		cmocka_unit_test_setup(terminal_leaves_lines_that_wrap, on_terminal),
		cmocka_unit_test_setup(terminal_waits_until_the_speaker_is_known, on_terminal),
		cmocka_unit_test_setup(terminal_shows_a_silent_prompt_of_another, on_terminal),
		cmocka_unit_test_setup(a_full_output_drops_and_tells, on_pipe),
	};

	return cmocka_run_group_tests_name("planner/screen", tests, open_terminal, NULL);
}
