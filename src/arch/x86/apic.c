/* SPDX-License-Identifier: Apache-2.0 */
/* This core's local APIC: parked, kicked, handed to the guest. While a guest runs all of it but the ICR is the guest's. */
#include "arch/x86/apic.h"

#include "arch/interrupts.h"
#include "arch/x86/icr.h"
#include "arch/x86/machine.h"
#include "arch/x86/trap.h"
#include "arch/x86/x86.h"

#define APIC_BASE_FIRST UINT64_C(0x100)
#define APIC_BASE_EXTENDED UINT64_C(0x400)
#define APIC_BASE_ENABLE UINT64_C(0x800)
#define MSR_X2APIC_VERSION 0x803u
#define LVT_LAST(version) (((version) >> 16) & 0xffu)
#define LVT_LAST_PERFORMANCE 4u
#define LVT_LAST_THERMAL 5u
#define LVT_LAST_CMCI 6u
#define LVT_MASKED 0x10000u
#define SVR_RESET 0xffu
#define SVR_ENABLED 0x1ffu
#define ICR_NMI 0x4400u /* NMI, asserted, edge, physical destination */
#define VECTORS 256u
#define VECTOR_WORDS 8u

/* The second write of x2APIC mode is for Bochs, which makes the logical id only then. */
void apic_enable(void)
{
	uint64_t base = msr_read(MSR_APIC_BASE);
	uint64_t extended = base | APIC_BASE_ENABLE | APIC_BASE_EXTENDED;

	msr_write(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	msr_write(MSR_APIC_BASE, extended);
	msr_write(MSR_APIC_BASE, extended);
}

bool apic_is_first(void)
{
	return (msr_read(MSR_APIC_BASE) & APIC_BASE_FIRST) != 0u;
}

/* The MSR's write orders nothing by itself (Intel SDM volume 3, 11.12.3): what the target must see comes first. */
void apic_send(uint32_t id, uint32_t command)
{
	__asm__ volatile("mfence\n\tlfence" ::: "memory");
	msr_write_halves(MSR_X2APIC_ICR, command, id);
}

void apic_send_nmi(uint32_t id)
{
	apic_send(id, ICR_NMI);
}

static bool holds_any(uint32_t first)
{
	uint64_t held = 0;

	for (uint32_t i = 0; i < VECTOR_WORDS; i++) {
		held |= msr_read(first + i);
	}
	return held != 0u;
}

bool apic_has_vector(uint32_t number)
{
	uint32_t last = LVT_LAST((uint32_t)msr_read(MSR_X2APIC_VERSION));
	bool has = true;

	if (number == MSR_X2APIC_LVT_PERFORMANCE) {
		has = last >= LVT_LAST_PERFORMANCE;
	} else if (number == MSR_X2APIC_LVT_THERMAL) {
		has = last >= LVT_LAST_THERMAL;
	} else if (number == MSR_X2APIC_LVT_CMCI) {
		has = last >= LVT_LAST_CMCI;
	} else {
		/* all have the others */
	}
	return has;
}

static void vector_mask(uint32_t number)
{
	if (apic_has_vector(number)) {
		msr_write(number, LVT_MASKED);
	}
}

static void vectors_mask(void)
{
	vector_mask(MSR_X2APIC_LVT_TIMER);
	vector_mask(MSR_X2APIC_LVT_LINT0);
	vector_mask(MSR_X2APIC_LVT_LINT1);
	vector_mask(MSR_X2APIC_LVT_ERROR);
	vector_mask(MSR_X2APIC_LVT_PERFORMANCE);
	vector_mask(MSR_X2APIC_LVT_THERMAL);
	vector_mask(MSR_X2APIC_LVT_CMCI);
}

/* What a guest left in service or pending: there is no way to clear it but to take it. */
static void vectors_forget(void)
{
	bool has_gif = machine_has_gif();

	for (uint32_t i = 0; (i < VECTORS) && holds_any(MSR_X2APIC_ISR); i++) {
		msr_write(MSR_X2APIC_EOI, 0u);
	}
	for (uint32_t i = 0; (i < VECTORS) && holds_any(MSR_X2APIC_IRR); i++) {
		trap_drain(has_gif);
	}
}

/* Intel SDM volume 3, 11.4.7.1. A disabled APIC still takes NMI, INIT and SIPI (11.4.7.2). */
void arch_interrupts_park(const struct plan_core *core)
{
	(void)core;
	msr_write(MSR_X2APIC_SVR, SVR_ENABLED);
	vectors_mask();
	msr_write(MSR_X2APIC_TIMER_INITIAL, 0u);
	msr_write(MSR_X2APIC_TIMER_DIVIDE, 0u);
	msr_write(MSR_X2APIC_TPR, 0u);
	vectors_forget();
	msr_write(MSR_X2APIC_ESR, 0u);
	msr_write(MSR_X2APIC_SVR, SVR_RESET);
}

/* Parked is how a guest expects it. */
void arch_interrupts_hand_over(const struct plan_core *core)
{
	(void)core;
}

void arch_interrupts_kick(const struct plan_core *target, const struct plan_vcpu *vcpu)
{
	(void)vcpu;
	apic_send_nmi((uint32_t)target->mpidr);
}

void arch_interrupts_wait_kick(const struct plan_core *core)
{
	(void)core;
	icr_parked();
	trap_wait_nmi(machine_has_gif());
}
