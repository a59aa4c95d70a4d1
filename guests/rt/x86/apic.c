/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local APIC in x2APIC mode, and the I/O APIC (Intel 82093AA), for one core: handlers never nest. Not here: the
 * timer, and interrupts between cores.
 */
#include "rt/x86/apic.h"

#include <stdint.h>

#include "rt/hal.h"
#include "rt/x86/cpu.h"

#define IOAPIC_INDEX 0x00u
#define IOAPIC_DATA 0x10u
#define IOAPIC_PIN(pin) (0x10u + 2u * (pin)) /* vector and mode; the next register: destination */
#define PIN_LOW_LEVEL 0xa000u                /* active low, level triggered, as PCI's; else rising edge, as ISA's */
#define DESTINATION_SHIFT 24u
#define PINS (VECTOR_TIMER - VECTOR_INTERRUPTS)
#define PINS_ISA 16u

/* From the linker script. */
extern const char ioapic_base[];

static void ioapic_write(uint32_t index, uint32_t value)
{
	mmio_write32((uint64_t)(uintptr_t)ioapic_base + IOAPIC_INDEX, index);
	mmio_write32((uint64_t)(uintptr_t)ioapic_base + IOAPIC_DATA, value);
}

void apic_open(void)
{
	uint64_t base = msr_read(MSR_APIC_BASE);

	if ((base & APIC_BASE_X2APIC) != APIC_BASE_X2APIC)
		msr_write(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
}

void hal_interrupt_init(void)
{
	apic_open();
	msr_write(APIC_SPURIOUS, APIC_SPURIOUS_ON | VECTOR_SPURIOUS);
	msr_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	msr_write(APIC_LVT_LINT1, APIC_LVT_MASKED);
	msr_write(APIC_TASK_PRIORITY, 0);
}

/* Destinations have eight bits: a core with a higher id needs interrupt remapping, which is not here. */
void hal_interrupt_enable(uint32_t id)
{
	uint64_t state = hal_interrupts_mask();

	if (id < PINS) {
		ioapic_write(IOAPIC_PIN(id) + 1u, (uint32_t)msr_read(APIC_ID) << DESTINATION_SHIFT);
		ioapic_write(IOAPIC_PIN(id), (VECTOR_INTERRUPTS + id) | (id < PINS_ISA ? 0 : PIN_LOW_LEVEL));
	}
	hal_interrupts_restore(state);
}

void apic_on_interrupt(uint64_t vector)
{
	if (vector == VECTOR_SPURIOUS)
		return;
	interrupt_dispatch((uint32_t)vector - VECTOR_INTERRUPTS);
	msr_write(APIC_END, 0);
}
