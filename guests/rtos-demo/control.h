/* SPDX-License-Identifier: Apache-2.0 */
/* Speed control of a simulated DC motor: a state observer and a PI controller, one step a millisecond. */
#ifndef RTOS_DEMO_CONTROL_H
#define RTOS_DEMO_CONTROL_H

#include <stdint.h>

#define CONTROL_PERIOD_US 1000u

struct control {
	uint64_t steps;
	double reference; /* rad/s */
	double voltage;   /* V, what the controller asks for */
	double integral;
	struct motor {
		double current; /* A */
		double speed;   /* rad/s */
	} plant, estimate;
};

void control_init(struct control *control);

/* Measures, controls, and lets the plant go on for one period. */
void control_step(struct control *control);

#endif
