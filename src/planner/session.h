/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A running machine: the one loop that moves bytes between QEMU, the user, logs and clients until QEMU has ended. Not
 * here: how it is set up and what its end means (run.c).
 */
#ifndef PLANNER_SESSION_H
#define PLANNER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "planner/console.h"
#include "planner/log.h"
#include "planner/qemu.h"
#include "planner/screen.h"

struct session {
	struct screen screen;
	struct log log;
	struct qemu_child child;
	struct console *consoles;
	size_t console_count;
	int signals;      /* signalfd of the signals that session_block_signals blocked */
	int input;        /* the user's: -1 = none, or at its end */
	bool is_terminal; /* the user's input and output are one, in raw mode */
	bool is_command;  /* terminal_key's state */
	uint64_t stop_at; /* milliseconds of session_clock at which QEMU is to end; 0 = it is not */
	bool is_stopping; /* it was asked to: at stop_at it is made to */
	int signal;       /* that ended the session, or 0 */
};

/* Milliseconds of a clock that never jumps. */
uint64_t session_clock(void);

/* From here on signals that would end this process wait for the session. Returns a signalfd; -1 with errno set. */
int session_block_signals(void);

/* Gives the input to the next console that a partition owns, or to the first. */
void session_focus_next(struct session *session);

/* Runs until QEMU has ended and was reaped. All fields are set; QEMU was just started. */
void session_run(struct session *session);

#endif
