/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual timer of Armv8 (CNTV), which a partition always owns: absolute deadlines in its compare value. */
#include <stdint.h>

#include "rt/armv8/sysreg.h"
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
	isb(); /* or the counter could be read ahead of what is being timed */
	return SYSREG_READ(cntvct_el0);
}

uint64_t hal_timer_frequency(void)
{
	return SYSREG_READ(cntfrq_el0);
}

void hal_timer_set(uint64_t deadline)
{
	SYSREG_WRITE(cntv_cval_el0, deadline);
	SYSREG_WRITE(cntv_ctl_el0, CTL_ENABLE);
	isb();
}

void hal_timer_stop(void)
{
	SYSREG_WRITE(cntv_ctl_el0, 0);
	isb();
}
