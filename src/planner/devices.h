/* SPDX-License-Identifier: Apache-2.0 */
/* Lists devices for people. Not here: finding them (read_parts.h). */
#ifndef PLANNER_DEVICES_H
#define PLANNER_DEVICES_H

/* Prints all devices of `file` (FILE.dts, FILE.dtsi or FILE.dtb). Returns 0, or 1 after a message. */
int devices_list(const char *file);

#endif
