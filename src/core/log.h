/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages: one line at a time, into this core's log ring (plan/log.h) and, while it is the hypervisor's, on the
 * console. No lock: a ring has one writer, and the console is used by the boot core, or by a core that refuses to
 * start.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "arch/core_state.h"
#include "types.h"

/* A line being written, on its writer's stack. */
struct log_line {
	uint32_t length;
	char text[LOG_LINE_MAX];
};

/* Makes `core`'s ring ready and writes its first line. Its own core, once. */
void log_open(struct core_state *core);

/* The console's registers, 0 = closed, from now on for this core's lines. Boot core. */
void log_console(uint64_t registers);

/* This core's lines go to the console, if it is still open. A core that refuses to start. */
void log_speak(void);

/* A line: begin, any number of pieces, end. What does not fit is cut. Any core, any state. Cannot fail. */
void log_begin(struct log_line *line);
void log_text(struct log_line *line, const char *text);
void log_decimal(struct log_line *line, uint64_t value);
void log_hex(struct log_line *line, uint64_t value, uint32_t digits);
void log_end(struct log_line *line);

#endif
