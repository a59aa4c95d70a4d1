/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O APIC and the two 8259s before it: all masked at boot, a partition's pins masked when it ends. */
#include "arch/x86/apic.h"

#include "arch/interrupts.h"
#include "arch/x86/lock.h"
#include "arch/x86/pci.h"
#include "arch/x86/stage2.h"
#include "arch/x86/x86.h"

#define IOAPIC_INDEX 0x00u
#define IOAPIC_DATA 0x10u
#define PIN_LAST(version) (((version) >> 16) & 0xffu)

#define PIC_MASTER_MASK 0x21u
#define PIC_SLAVE_MASK 0xa1u
#define PIC_ALL 0xffu

/* Of the index register; held for four accesses at most. */
static struct ticket_lock index_lock;

uint32_t ioapic_read(uint32_t index)
{
	uint64_t registers = x86_of(self()->plan)->ioapic_va;
	uint32_t value;

	lock_take(&index_lock);
	mmio_write32(registers + IOAPIC_INDEX, index);
	value = mmio_read32(registers + IOAPIC_DATA);
	lock_release(&index_lock);
	return value;
}

static void registers_write(uint32_t index, uint32_t value)
{
	uint64_t registers = x86_of(self()->plan)->ioapic_va;

	mmio_write32(registers + IOAPIC_INDEX, index);
	mmio_write32(registers + IOAPIC_DATA, value);
}

void ioapic_write(uint32_t index, uint32_t value)
{
	lock_take(&index_lock);
	registers_write(index, value);
	lock_release(&index_lock);
}

/* A core that still runs its guest may be here when another ends the partition: either it comes first, or not at all. */
void ioapic_guest_write(const struct plan_partition *owner, uint32_t pin, uint32_t low, uint32_t high)
{
	uint32_t index = IOAPIC_PIN + (2u * pin);

	lock_take(&index_lock);
	if (!stage2_is_revoked(owner)) {
		registers_write(index + 1u, high);
		registers_write(index, low);
	}
	lock_release(&index_lock);
}

uint32_t ioapic_pin_count(void)
{
	return PIN_LAST(ioapic_read(IOAPIC_VERSION)) + 1u;
}

/* Masked and edge-triggered, which also forgets a level that waits for its EOI. */
static void pin_mask(uint32_t pin)
{
	ioapic_write(IOAPIC_PIN + (2u * pin), IOAPIC_PIN_MASKED);
	ioapic_write(IOAPIC_PIN + (2u * pin) + 1u, 0u);
}

void arch_interrupts_init(const struct plan_header *plan)
{
	uint32_t pins = ioapic_pin_count();

	(void)plan;
	port_write8(PIC_MASTER_MASK, PIC_ALL);
	port_write8(PIC_SLAVE_MASK, PIC_ALL);
	for (uint32_t pin = 0; pin < pins; pin++) {
		pin_mask(pin);
	}
}

void arch_interrupts_clear(const struct plan_header *plan, const struct plan_partition *partition)
{
	for (uint32_t pin = 0; pin < x86_of(plan)->ioapic_pins; pin++) {
		if (plan_owns_interrupt(partition, IOAPIC_FIRST_ID + pin)) {
			pin_mask(pin);
		}
	}
	pci_quiet(); /* messages */
}
