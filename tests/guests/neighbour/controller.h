/* SPDX-License-Identifier: Apache-2.0 */
/* How the distributor is set for the neighbour's own interrupts: what an attacker may want to change. */
#ifndef NEIGHBOUR_CONTROLLER_H
#define NEIGHBOUR_CONTROLLER_H

/* Reads enables, groups, triggers, priorities and targets. Returns how many exits that took. */
unsigned controller_read(void);

/* Prints what was read last: one line. */
void controller_print(void);

#endif
