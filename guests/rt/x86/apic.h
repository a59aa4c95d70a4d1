/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of this partition: the core's local APIC, and the pins of the I/O APIC, whose numbers are the ids. */
#ifndef RT_X86_APIC_H
#define RT_X86_APIC_H

#include <stdint.h>

/* Makes this core's local APIC answer to its MSRs. Each core, before it uses them. */
void apic_open(void);

/* Dispatches the interrupt with this vector. Called by vectors.S, interrupts masked, kernel stack. */
void apic_on_interrupt(uint64_t vector);

#endif
