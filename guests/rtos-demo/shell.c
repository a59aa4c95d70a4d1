/* SPDX-License-Identifier: Apache-2.0 */
/* Line editing and dispatch; the commands themselves are in commands.c. */
#include "rtos-demo/shell.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rt/clock.h"
#include "rt/mutex.h"
#include "rtos-demo/commands.h"

#define PROMPT "rtos> "
#define KEY_KILL_LINE '\025' /* Ctrl-U */
#define KEY_DELETE '\177'

static struct mutex screen_mutex = MUTEX_INITIALISER(screen_mutex);
static char line[80]; /* under screen_mutex while it is edited */
static size_t line_length;

static void draw(void)
{
	(void)printf(PROMPT "%.*s", (int)line_length, line);
	(void)fflush(stdout);
}

void shell_print_line(const char *text)
{
	(void)mutex_lock(&screen_mutex, CLOCK_FOREVER);
	if (line_length > 0)
		(void)putchar('\n');
	(void)puts(text);
	if (line_length > 0)
		draw();
	(void)mutex_unlock(&screen_mutex);
}

static void erase(size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)fputs("\b \b", stdout);
	line_length -= count;
}

static void insert(char key)
{
	if (line_length + 1u >= sizeof(line))
		return;
	line[line_length++] = key;
	if (line_length == 1)
		draw();
	else
		(void)putchar(key);
}

/* Returns whether the line is complete. */
static bool edit(char key)
{
	if (key == '\r' || key == '\n') {
		(void)putchar('\n');
		line[line_length] = '\0';
		line_length = 0;
		return true;
	}
	if ((key == '\b' || key == KEY_DELETE) && line_length > 0)
		erase(1);
	else if (key == KEY_KILL_LINE)
		erase(line_length);
	else if (isprint((unsigned char)key))
		insert(key);
	(void)fflush(stdout);
	return false;
}

static void execute(void)
{
	char *rest = line;
	char *name = strsep(&rest, " ");

	if (*name != '\0' && !command_run(name, rest != NULL ? rest : ""))
		(void)printf("unknown command '%s'; try 'help'\n", name);
}

_Noreturn void shell_run(void)
{
	for (;;) {
		char key;
		bool complete;

		if (read(STDIN_FILENO, &key, 1) != 1)
			continue;
		(void)mutex_lock(&screen_mutex, CLOCK_FOREVER);
		complete = edit(key);
		(void)mutex_unlock(&screen_mutex);
		if (complete)
			execute();
	}
}
