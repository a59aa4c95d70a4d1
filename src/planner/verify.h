/* SPDX-License-Identifier: Apache-2.0 */
/* The command `verify`. Not here: what it verifies (plan/check/verify.h). */
#ifndef PLANNER_VERIFY_H
#define PLANNER_VERIFY_H

/*
 * `verify IMAGE [FILE.dts] [-I DIR]`: verifies the image, against the configuration too if there is one, and says what it
 * found. `argv[0]` is "verify". Returns the exit status: 0, 1 after messages about a file, 2 after one about the command
 * line.
 */
int verify_command(int argc, char **argv);

#endif
