/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time is the time-stamp counter; interrupts come from the local APIC's timer, one shot. It counts what is left of a
 * deadline in ticks of its own: it may expire early, never late by more than one of them, and is then set anew.
 */
#include <stddef.h>
#include <stdint.h>

#include "rt/clock.h"
#include "rt/hal.h"
#include "rt/interrupt.h"
#include "rt/x86/cpu.h"
#include "rt/x86/frequency.h"

#define TIMER_INTERRUPT ((uint32_t)(VECTOR_TIMER - VECTOR_INTERRUPTS))

static struct frequency frequency;
static uint64_t apic_per_timestamp; /* ticks, times 2^32 */

static void timer_on_interrupt(void *argument)
{
	(void)argument;
	clock_on_timer();
}

/* The APIC's timer must not be so fast that its ticks in one of the counter's need more than 32 bits. */
uint64_t hal_timer_frequency(void)
{
	if (frequency.timestamp == 0) {
		frequency = frequency_find();
		apic_per_timestamp = (uint64_t)(((unsigned __int128)frequency.apic << 32) / frequency.timestamp);
	}
	return frequency.timestamp;
}

void hal_timer_init(void)
{
	(void)hal_timer_frequency();
	hal_timer_stop();
	msr_write(APIC_TIMER_DIVIDER, APIC_TIMER_UNDIVIDED);
	msr_write(APIC_LVT_TIMER, VECTOR_TIMER);
	interrupt_attach(TIMER_INTERRUPT, timer_on_interrupt, NULL);
}

uint64_t hal_timer_now(void)
{
	return cpu_timestamp();
}

void hal_timer_set(uint64_t deadline)
{
	uint64_t now = cpu_timestamp();
	uint64_t left = deadline > now ? deadline - now : 0;
	unsigned __int128 count = (((unsigned __int128)left * apic_per_timestamp) >> 32) + 1u;

	msr_write(APIC_TIMER_COUNT, count < UINT32_MAX ? (uint64_t)count : UINT32_MAX);
}

void hal_timer_stop(void)
{
	msr_write(APIC_TIMER_COUNT, 0);
}
