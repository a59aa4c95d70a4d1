/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The I/O APIC (Intel 82093AA, 3) with its own pins for each partition, and no pins behind its last one, since each that there is
 * costs a booting Linux a dozen exits: an index register of its own, entries of its own. An
 * entry that names another's core, or is no plain interrupt, is kept as the guest wrote it and masked in the hardware, since
 * the halves of an entry come one after the other and in any order.
 */
#include "arch/x86/ioapic_filter.h"

#include "arch/x86/apic.h"
#include "arch/x86/x86.h"

#define OFFSET_INDEX 0x00u
#define OFFSET_DATA 0x10u

#define INDEX_MOST 0xffu
#define VERSION_PLAIN 0x11u /* one without an EOI register: that would reach others' pins */
#define VERSION_PINS_SHIFT 16
#define PINS_MOST ((INDEX_MOST - IOAPIC_PIN + 1u) / 2u)

/* An entry: the lower half, with destination and vector's owner in the upper (3.2.4) */
#define ENTRY_MODE 0x700u
#define ENTRY_MODE_LOWEST 0x100u
#define ENTRY_LOGICAL 0x800u
#define ENTRY_STATUS 0x5000u /* delivery status, remote IRR: the hardware's */
#define ENTRY_DESTINATION_SHIFT 24
/*
 * What a guest decides: vector, mode, polarity, trigger, mask; destination. Bits between may be more of a destination, or the
 * number of a remapping entry.
 */
#define ENTRY_LOW 0x1afffu
#define ENTRY_HIGH 0xff000000u

struct entry {
	uint32_t half[2];
};

/* As guests wrote them: a pin's by its owner, an index by its partition. A guest has its own lock, or its own muddle. */
static struct entry entries[PINS_MOST];
static uint32_t indices[PLAN_MAX_PARTITIONS];

void ioapic_filter_reset(const struct plan_partition *partition)
{
	for (uint32_t pin = 0; pin < PINS_MOST; pin++) {
		if (plan_owns_interrupt(partition, IOAPIC_FIRST_ID + pin)) {
			entries[pin].half[0] = IOAPIC_PIN_MASKED;
			entries[pin].half[1] = 0;
		}
	}
}

/* No logical destinations: those of x2APIC have more bits than an entry (Intel SDM volume 3, 11.12.10.2). */
static bool is_allowed(const struct core_state *core, uint32_t low, uint32_t high)
{
	return ((low & ENTRY_MODE) <= ENTRY_MODE_LOWEST) && ((low & ENTRY_LOGICAL) == 0u) &&
	       apic_is_own(x86_partition_of(core), high >> ENTRY_DESTINATION_SHIFT);
}

static void entry_write(const struct core_state *core, uint32_t pin)
{
	uint32_t low = entries[pin].half[0] & ENTRY_LOW;
	uint32_t high = entries[pin].half[1] & ENTRY_HIGH;

	if (is_allowed(core, low, high)) {
		ioapic_guest_write(core->partition, pin, low, high);
	} else {
		ioapic_guest_write(core->partition, pin, IOAPIC_PIN_MASKED, 0);
	}
}

/* The pin of an index, PINS_MOST where it is none of the partition's own. */
static uint32_t own_pin(const struct core_state *core, uint32_t index)
{
	uint32_t pin = (index - IOAPIC_PIN) / 2u;

	if ((index < IOAPIC_PIN) || (pin >= x86_partition_of(core)->pins) || (pin >= PINS_MOST) ||
	    !plan_owns_interrupt(core->partition, IOAPIC_FIRST_ID + pin)) {
		pin = PINS_MOST;
	}
	return pin;
}

static uint32_t register_read(const struct core_state *core, uint32_t index)
{
	uint32_t pin = own_pin(core, index);
	uint32_t pins = x86_partition_of(core)->pins;
	uint32_t value = 0;

	if (pin < PINS_MOST) {
		value = entries[pin].half[index % 2u];
		if ((index % 2u) == 0u) {
			value = (value & ~ENTRY_STATUS) | (ioapic_read(index) & ENTRY_STATUS);
		}
	} else if (index == IOAPIC_VERSION) {
		value = VERSION_PLAIN | ((pins - 1u) << VERSION_PINS_SHIFT);
	} else if ((index >= IOAPIC_PIN) && ((index % 2u) == 0u) && (((index - IOAPIC_PIN) / 2u) < pins)) {
		value = IOAPIC_PIN_MASKED;
	} else {
		/* identification, arbitration: zero */
	}
	return value;
}

uint32_t ioapic_filter_read(uint32_t offset)
{
	const struct core_state *core = self();
	uint32_t value = 0;

	if (offset == OFFSET_INDEX) {
		value = indices[core->partition_index];
	} else if (offset == OFFSET_DATA) {
		value = register_read(core, indices[core->partition_index]);
	} else {
		/* nothing else reads */
	}
	return value;
}

void ioapic_filter_write(uint32_t offset, uint32_t value)
{
	const struct core_state *core = self();
	uint32_t *index = &indices[core->partition_index];

	if (offset == OFFSET_INDEX) {
		*index = value & INDEX_MOST;
	} else if (offset == OFFSET_DATA) {
		uint32_t pin = own_pin(core, *index);

		if (pin < PINS_MOST) {
			entries[pin].half[*index % 2u] = value;
			entry_write(core, pin);
		}
	} else {
		/* nothing else is written */
	}
}
