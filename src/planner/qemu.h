/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU as a child process: its version, its command line after the board file, its start and end. Not here: its
 * consoles (console.h).
 */
#ifndef PLANNER_QEMU_H
#define PLANNER_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "planner/model.h"

#define QEMU_LINE_MAX 512u

struct qemu_launch {
	const struct qemu *machine; /* the board's `qemu` node */
	int image;                  /* descriptor of the image's file */
	int ram;                    /* of the file that is the machine's RAM */
	uint64_t ram_size;
	const int *uarts; /* QEMU's ends of the consoles, in the machine's order */
	size_t uart_count;
	bool count_instructions;
};

struct qemu_child {
	pid_t pid;
	int errors;  /* read end of its standard error, non-blocking; -1 once closed */
	bool ended;  /* reaped: `status` is waitpid's */
	bool killed; /* qemu_kill was called: its end is no failure */
	int status;
	size_t length;
	char line[QEMU_LINE_MAX]; /* that it is printing */
	char last[QEMU_LINE_MAX]; /* that it printed last */
};

/* Whether a QEMU is there that is new enough. One message if not. */
bool qemu_check(void);

/* The size in bytes that QEMU reads from "512", "512M", "2G"; 0 if it is none. */
uint64_t qemu_parse_size(const char *text);

/*
 * Starts QEMU in a process group of its own, so that the terminal's signals do not reach it, and so that it dies with
 * this process. False after a message.
 */
bool qemu_start(struct qemu_child *child, const struct qemu_launch *launch);

/* Reads what it prints on standard error: the next whole line, or NULL when there is none now. */
const char *qemu_read_error(struct qemu_child *child);

/* Asks it to end (SIGTERM), or makes it end (SIGKILL). */
void qemu_kill(struct qemu_child *child, int signal);

/* Reaps it if it has ended; sets `ended`. */
void qemu_reap(struct qemu_child *child);

#endif
