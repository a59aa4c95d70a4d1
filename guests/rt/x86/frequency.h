/* SPDX-License-Identifier: Apache-2.0 */
/* How fast the core's clocks run. */
#ifndef RT_X86_FREQUENCY_H
#define RT_X86_FREQUENCY_H

#include <stdint.h>

/* Of the time-stamp counter and of the local APIC's timer, undivided, in Hz. */
struct frequency {
	uint64_t timestamp;
	uint64_t apic;
};

/* Asks the hypervisor; without one measures, some 40 ms. Once, at start-up, interrupts masked, the local APIC on; leaves
 * the timer stopped and its interrupt pending. Panics when there is nothing to measure against. */
struct frequency frequency_find(void);

#endif
