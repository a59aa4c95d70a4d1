/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log ring: how a core leaves its messages in RAM for whoever reads them from outside (`bulkhead run`, a debugger,
 * a supervisor). Layout and rules only; not here: the writer (core/log.c) and the reader (scripts/running/rings.py).
 */
#ifndef PLAN_LOG_H
#define PLAN_LOG_H

#include <stdint.h>

#include "plan/plan.h"

#define LOG_MAGIC 0x474f4c42u /* "BLOG" */
#define LOG_HEAD_SIZE 16u
#define LOG_RING_SIZE (PLAN_LOG_SIZE - LOG_HEAD_SIZE)
#define LOG_STAMP_DIGITS 16u
#define LOG_LINE_MAX 240u               /* stamp, space and newline included: a longer line is cut by its writer */
#define LOG_CONSOLE_PREFIX "bulkhead: " /* of the same text on the console */

/*
 * The page at plan_core.log_pa. Only its core writes. Byte number n (from 0) of all that was ever written lies at
 * bytes[n % LOG_RING_SIZE] until LOG_RING_SIZE more bytes came.
 *
 * Writer: the line's bytes, then `written` (store-release), which so always ends behind a line; at start `core` and
 * `written` first, `magic` last (release). Reader: `written` (acquire), the bytes, `written` again: the line in
 * progress may already cover up to LOG_LINE_MAX bytes past it, so bytes below `written` + LOG_LINE_MAX - LOG_RING_SIZE
 * are lost.
 *
 * A line is LOG_STAMP_DIGITS lower-case hexadecimal digits of the system counter (arch_counter), a space, printable
 * ASCII, '\n'. Lines of several cores are ordered by their stamps. The text is what the console shows while the
 * hypervisor still owns it, without LOG_CONSOLE_PREFIX. The first line of each core ends in "counter N Hz"
 * (its frequency). A text that begins with "panic" is the hypervisor's own end.
 */
struct log_ring {
	uint32_t magic; /* LOG_MAGIC once the ring is in use */
	uint32_t core;  /* row of the plan's cores */
	uint64_t written;
	char bytes[LOG_RING_SIZE];
};

#endif
