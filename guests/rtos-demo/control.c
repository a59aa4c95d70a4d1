/* SPDX-License-Identifier: Apache-2.0 */
/* The control law and its plant; no I/O, no time. */
#include "rtos-demo/control.h"

#include <math.h>

#define PERIOD (CONTROL_PERIOD_US * 1e-6)

/* A small brushed motor. */
#define RESISTANCE 0.5     /* Ohm */
#define INDUCTANCE 2.0e-3  /* H */
#define CONSTANT 0.05      /* V s/rad and N m/A */
#define INERTIA 1.0e-4     /* kg m^2 */
#define FRICTION 1.0e-5    /* N m s/rad */
#define VOLTAGE_LIMIT 24.0 /* V */

#define GAIN_PROPORTIONAL 0.2
#define GAIN_INTEGRAL 4.0
#define OBSERVER_CURRENT 0.8
#define OBSERVER_SPEED 0.5

/* The reference jumps between two speeds, so that there is something to control. */
#define SPEED_LOW 60.0
#define SPEED_HIGH 120.0
#define STEPS_PER_PHASE 500u

/* One period by the midpoint rule. */
static void motor_advance(struct motor *motor, double voltage, double load)
{
	double current_rate = (voltage - RESISTANCE * motor->current - CONSTANT * motor->speed) / INDUCTANCE;
	double speed_rate = (CONSTANT * motor->current - FRICTION * motor->speed - load) / INERTIA;
	double current = motor->current + 0.5 * PERIOD * current_rate;
	double speed = motor->speed + 0.5 * PERIOD * speed_rate;

	motor->current += PERIOD * (voltage - RESISTANCE * current - CONSTANT * speed) / INDUCTANCE;
	motor->speed += PERIOD * (CONSTANT * current - FRICTION * speed - load) / INERTIA;
}

void control_init(struct control *control)
{
	*control = (struct control){.reference = SPEED_LOW};
}

static void observe(struct motor *estimate, double measured_speed)
{
	double innovation = measured_speed - estimate->speed;

	estimate->current += OBSERVER_CURRENT * innovation;
	estimate->speed += OBSERVER_SPEED * innovation;
}

static double regulate(struct control *control)
{
	double error = control->reference - control->estimate.speed;
	double wanted = CONSTANT * control->reference + GAIN_PROPORTIONAL * error + control->integral;
	double voltage = fmax(-VOLTAGE_LIMIT, fmin(VOLTAGE_LIMIT, wanted));

	/* At the limit the integral stands still, or it would wind up. */
	if (voltage == wanted)
		control->integral += GAIN_INTEGRAL * PERIOD * error;
	return voltage;
}

void control_step(struct control *control)
{
	double load = 0.01 * sin(6.28 * PERIOD * (double)(control->steps % 1000u));

	control->reference = control->steps / STEPS_PER_PHASE % 2u == 0 ? SPEED_LOW : SPEED_HIGH;
	observe(&control->estimate, control->plant.speed);
	control->voltage = regulate(control);
	motor_advance(&control->plant, control->voltage, load);
	motor_advance(&control->estimate, control->voltage, 0.0);
	control->steps++;
}
