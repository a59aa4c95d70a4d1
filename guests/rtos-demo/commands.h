/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the demo's shell. */
#ifndef RTOS_DEMO_COMMANDS_H
#define RTOS_DEMO_COMMANDS_H

#include <stdbool.h>

/* Runs command `name`; false when there is none of that name. In the shell's task. */
bool command_run(const char *name, const char *arguments);

#endif
