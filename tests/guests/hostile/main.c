/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that attacks. It reads lines "attack NAME [ARGUMENT]" from its console and says "ATTACK NAME: ANSWER" when it
 * comes back from one; "list" names all. What the answer has to be is the test's knowledge (tests/system).
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile/attack.h"

static char text[1024];

static void append(const char *format, va_list arguments)
{
	size_t length = strlen(text);

	(void)vsnprintf(text + length, sizeof(text) - length, format, arguments);
}

void answer(const char *format, ...)
{
	va_list arguments;

	text[0] = '\0';
	va_start(arguments, format);
	append(format, arguments);
	va_end(arguments);
}

void answer_more(const char *format, ...)
{
	va_list arguments;

	if (text[0] != '\0')
		(void)strncat(text, " ", sizeof(text) - strlen(text) - 1u);
	va_start(arguments, format);
	append(format, arguments);
	va_end(arguments);
}

static const struct attack *find(const char *name)
{
	for (size_t i = 0; attack_tables[i] != NULL; i++) {
		for (const struct attack *attack = attack_tables[i]; attack->name != NULL; attack++) {
			if (strcmp(attack->name, name) == 0)
				return attack;
		}
	}
	return NULL;
}

static void run(const char *name, uint64_t argument)
{
	const struct attack *attack = find(name);

	if (attack == NULL) {
		(void)printf("no attack '%s'\n", name);
		return;
	}
	answer("no answer");
	attack_start();
	attack->run(argument);
	attack_stop();
	(void)printf("ATTACK %s: %s\n", name, text);
}

static void list(void)
{
	for (size_t i = 0; attack_tables[i] != NULL; i++) {
		for (const struct attack *attack = attack_tables[i]; attack->name != NULL; attack++)
			(void)printf("attack %s\n", attack->name);
	}
	(void)puts("end of list");
}

static void execute(char *line)
{
	char *rest = line;
	const char *command = strsep(&rest, " ");
	const char *name = strsep(&rest, " ");

	if (strcmp(command, "list") == 0)
		list();
	else if (strcmp(command, "attack") == 0 && name != NULL)
		run(name, rest != NULL ? strtoull(rest, NULL, 0) : 0);
	else if (*command != '\0')
		(void)printf("unknown command '%s'\n", command);
}

static bool read_line(char *line, size_t size)
{
	size_t length = 0;
	char key = '\0';

	while (length + 1u < size && read(STDIN_FILENO, &key, 1) == 1 && key != '\r') {
		line[length] = key;
		length++;
	}
	line[length] = '\0';
	return length > 0;
}

int main(void)
{
	static char line[80];

	attack_init();
	(void)puts("HOSTILE ready");
	for (;;) {
		if (read_line(line, sizeof(line))) {
			(void)printf("> %s\n", line);
			execute(line);
		}
	}
}
