/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt controllers as the rest of this folder sees them: this core's local APIC in x2APIC mode (Intel SDM volume 3,
 * chapter 11), and the I/O APIC (Intel 82093AA, 3.0). Not here: core's view (arch/interrupts.h), guests' accesses.
 */
#ifndef X86_APIC_H
#define X86_APIC_H

#include "plan/plan.h"
#include "types.h"

/* Registers of the local APIC as MSRs (Intel SDM volume 3, table 11-6) */
#define MSR_X2APIC_ID 0x802u
#define MSR_X2APIC_TPR 0x808u
#define MSR_X2APIC_EOI 0x80bu
#define MSR_X2APIC_SVR 0x80fu
#define MSR_X2APIC_ISR 0x810u /* 8 of them */
#define MSR_X2APIC_IRR 0x820u /* 8 of them */
#define MSR_X2APIC_ESR 0x828u
#define MSR_X2APIC_LVT_CMCI 0x82fu
#define MSR_X2APIC_ICR 0x830u
#define MSR_X2APIC_LVT_TIMER 0x832u
#define MSR_X2APIC_LVT_THERMAL 0x833u
#define MSR_X2APIC_LVT_PERFORMANCE 0x834u
#define MSR_X2APIC_LVT_LINT0 0x835u
#define MSR_X2APIC_LVT_LINT1 0x836u
#define MSR_X2APIC_LVT_ERROR 0x837u
#define MSR_X2APIC_TIMER_INITIAL 0x838u
#define MSR_X2APIC_TIMER_DIVIDE 0x83eu

/* Cores of a cluster: a logical destination is a cluster and a bit for each (Intel SDM volume 3, 11.12.10.2). */
#define APIC_CLUSTER 16u

/* Registers of the I/O APIC, by index; a pin has two, its mask in the first */
#define IOAPIC_VERSION 0x01u
#define IOAPIC_PIN 0x10u
#define IOAPIC_PIN_MASKED 0x10000u

/* Interrupt id of pin 0 in the plan (plan/plan.h, struct plan_x86). */
#define IOAPIC_FIRST_ID 32u

/* Switches this core's local APIC to x2APIC mode, which it has. Each core, once. Cannot fail. */
void apic_enable(void);

/*
 * Whether this core's local vector table has the entry of this register, one of MSR_X2APIC_LVT_*: an access to one that is not
 * there is an exception. In x2APIC mode. Cannot fail.
 */
bool apic_has_vector(uint32_t number);

/* Whether this core is the one that firmware started. Any core. Cannot fail. */
bool apic_is_first(void);

/* Whether the core of this APIC id is the partition's own. Any core. Cannot fail. */
static inline bool apic_is_own(const struct plan_x86_partition *partition, uint32_t id)
{
	uint32_t cluster = id / APIC_CLUSTER;

	return (cluster < partition->cluster_count) &&
	       (((partition->clusters[cluster] >> (id % APIC_CLUSTER)) & 1u) != 0u);
}

/* Sends `command`, the low half of the interrupt command register, to the core of this APIC id. Any core. Cannot fail. */
void apic_send(uint32_t id, uint32_t command);

/* Makes the core of this APIC id leave its guest, or its sleep, whatever it has masked. Any core; does not wait. */
void apic_send_nmi(uint32_t id);

/*
 * A register of the I/O APIC, whose index and data registers all cores share: under a lock that is held for two accesses, and
 * that cores get in the order in which they asked. The only wait for another partition that there is (docs/caveats.md). Any core.
 * Cannot fail.
 */
uint32_t ioapic_read(uint32_t index);
void ioapic_write(uint32_t index, uint32_t value);

/*
 * Both halves of a pin's entry, the lower one last, so that it is never open for a destination that it no longer has; under the
 * lock once, for four accesses. For a guest of `owner`, whose pin it is; nothing happens once the partition's memory has been
 * revoked: its pins are masked then, or about to be. Its own core. Cannot fail.
 */
void ioapic_guest_write(const struct plan_partition *owner, uint32_t pin, uint32_t low, uint32_t high);

/* How many pins the I/O APIC has. Any core. Cannot fail. */
uint32_t ioapic_pin_count(void);

#endif
