/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller: how it is set for the neighbour's own interrupts: what an attacker may want to change. */
#ifndef NEIGHBOUR_CONTROLLER_H
#define NEIGHBOUR_CONTROLLER_H

#include <stdint.h>

/* Reads enables, groups, triggers, priorities and targets. Returns how many exits that took. */
unsigned controller_read(void);

/* Prints what was read last: one line. */
void controller_print(void);

/* The interrupt of the core's timer. */
uint32_t controller_timer(void);

/* Lets each interrupt between cores reach this one, so that one that another partition sent does. */
void controller_listen(void);

#endif
