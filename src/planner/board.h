/* SPDX-License-Identifier: Apache-2.0 */
/* The command `bulkhead board`: what the hypervisor's own build needs to know of a board. Not here: systems. */
#ifndef PLANNER_BOARD_H
#define PLANNER_BOARD_H

/*
 * Prints Makefile assignments for the board `argv[1]`: a file NAME.dtsi, or a NAME in config/boards. `argv[0]` is
 * "board". Returns the exit status: 0, 1 after a message about the file, 2 about the command line.
 */
int board_command(int argc, char **argv);

#endif
