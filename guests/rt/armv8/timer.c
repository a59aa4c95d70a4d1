/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual timer of Armv8 (CNTV), which a partition always owns: absolute deadlines in its compare value. */
#include <stdint.h>

#include "cpu_arch.h"
#include "rt/clock.h"
#include "rt/hal.h"
#include "rt/interrupt.h"

#define TIMER_INTERRUPT 27u /* the private interrupt that the architecture recommends for CNTV */
#define CTL_ENABLE 1u

static void timer_on_interrupt(void *argument)
{
	(void)argument;
	/* The line stays up until the compare value moves: clock_on_timer sets the next deadline or stops the timer. */
	clock_on_timer();
}

void hal_timer_init(void)
{
	hal_timer_stop();
	interrupt_attach(TIMER_INTERRUPT, timer_on_interrupt, NULL);
}

uint64_t hal_timer_now(void)
{
	return cpu_timer_count();
}

uint64_t hal_timer_frequency(void)
{
	return cpu_timer_frequency();
}

void hal_timer_set(uint64_t deadline)
{
	cpu_timer_compare(deadline);
	cpu_timer_control(CTL_ENABLE);
}

void hal_timer_stop(void)
{
	cpu_timer_control(0);
}
