/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest sees of the I/O APIC: its own pins. */
#ifndef X86_IOAPIC_FILTER_H
#define X86_IOAPIC_FILTER_H

#include "plan/plan.h"
#include "types.h"

/* The pins of a partition that starts are as after reset: masked. Virtual core 0's core, no guest running in it. */
void ioapic_filter_reset(const struct plan_partition *partition);

/*
 * An access of 32 bits at `offset` in the page: `value` is written, or what is read comes back. Registers that do not exist
 * and pins that are others' read zero or masked, and ignore writes. The guest's core. Waits for two accesses at most.
 */
uint32_t ioapic_filter_read(uint32_t offset);
void ioapic_filter_write(uint32_t offset, uint32_t value);

#endif
