/* SPDX-License-Identifier: Apache-2.0 */
/* A command line on the console. It shows a prompt only while something is being typed, so that reports read well. */
#ifndef RTOS_DEMO_SHELL_H
#define RTOS_DEMO_SHELL_H

/* Reads and runs commands for ever, in the calling task. */
_Noreturn void shell_run(void);

/* Prints a line above what is being typed. In a task. */
void shell_print_line(const char *line);

#endif
