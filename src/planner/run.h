/* SPDX-License-Identifier: Apache-2.0 */
/* The command `bulkhead run`. Not here: the loop while the machine runs (session.h). */
#ifndef PLANNER_RUN_H
#define PLANNER_RUN_H

/*
 * Builds FILE's image, runs it in QEMU as its board says, and shows all consoles. `arguments[0]` is "run". Returns the
 * exit status: 0 after --timeout, Ctrl-] q, or when all partitions switched themselves off; 1 or 2 after a message;
 * 128 + N when signal N ended it.
 */
int run_command(int count, char **arguments);

#endif
