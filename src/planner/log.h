/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own messages, from its console and from the log rings of its cores: collected while it runs, merged
 * by time, watched for its end. Not here: the rings' layout (plan/log.h).
 */
#ifndef PLANNER_LOG_H
#define PLANNER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "plan/log.h"
#include "plan/plan.h"
#include "planner/screen.h"

#define LOG_SEEN_MAX 64u

/* A core's ring, and how far it was read. */
struct log_source {
	const struct log_ring *ring;
	uint64_t taken;      /* of log_ring.written */
	uint64_t last_stamp; /* of its newest line */
	bool is_torn;        /* bytes were lost: skip to the next line */
	size_t length;
	char line[LOG_LINE_MAX];
};

struct log_line {
	uint64_t stamp;
	uint64_t order; /* of arrival, for equal stamps */
	uint32_t core;
	char text[LOG_LINE_MAX];
};

struct log {
	struct screen *screen;
	FILE *file; /* NULL: none */
	struct log_source sources[PLAN_MAX_CORES];
	size_t source_count;
	struct log_line *lines; /* collected, not yet written */
	size_t line_count, line_room;
	uint64_t arrivals;
	uint64_t newest;    /* stamp up to which all cores' lines have surely arrived with the next collection */
	uint64_t frequency; /* of the stamps, Hz; 0 = not known yet */
	char failure[LOG_LINE_MAX]; /* the panic or refusal that ended the hypervisor; "" = none */
	char console[LOG_LINE_MAX]; /* the line that the console is printing */
	size_t console_length;
	char seen[LOG_SEEN_MAX][LOG_LINE_MAX]; /* lines that were already on the console */
	size_t seen_count;
};

/* Starts; all messages are shown on `screen`. */
void log_start(struct log *log, struct screen *screen);

/* Writes merged messages to `folder`/hypervisor.log, a new file. False after a message. */
bool log_open(struct log *log, const char *folder);

/* Adds the ring of one core. The page stays mapped until log_finish. At most PLAN_MAX_CORES. */
void log_add_ring(struct log *log, const struct log_ring *ring);

/* Takes bytes of the UART that is the hypervisor's console: finds its lines among the partition's. */
void log_console(struct log *log, const uint8_t *bytes, size_t count);

/*
 * Reads what the rings have got. A line is shown one collection later, so that older ones of other cores come before
 * it. Call some times a second: a ring holds LOG_RING_SIZE bytes.
 */
void log_collect(struct log *log);

/* Shows what is left and closes the file. The machine has stopped. */
void log_finish(struct log *log);

#endif
