/* SPDX-License-Identifier: Apache-2.0 */
/* Runs other programs, without a shell. Not here: what they are for (dtc.h, x86/acpi.h). */
#ifndef PLANNER_PROGRAM_H
#define PLANNER_PROGRAM_H

#include "planner/file.h"

#define PROGRAM_SECONDS                                                                                                \
	10 /* of CPU time: what we run takes milliseconds; dtc 1.6.1 never ends on #clock-cells = <0xffffffff> */

/* What one run left. */
struct program_run {
	int status; /* exit status; -1: it could not be started (reported) or was killed */
	struct file output, messages;
};

/*
 * Runs `arguments`, which end with a NULL, for PROGRAM_SECONDS at most. Where there is no such program the message names
 * the Debian `package` that has it.
 */
struct program_run program_run(const char *const *arguments, const char *package);

#endif
