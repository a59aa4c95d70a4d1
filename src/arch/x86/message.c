/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of MSI-X as a guest sees it. A guest's address and data are in the remapping entry alone, whatever its state: a
 * destination and a vector, open as soon as both are allowed. So each word is judged by itself, and words of several cores may mix.
 */
#include "arch/x86/message.h"

#include "arch/x86/apic.h"
#include "arch/x86/iommu.h"
#include "arch/x86/x86.h"

/* An address (Intel SDM volume 3, figure 11-14): its destination, and all that a plain one has beside it */
#define ADDRESS_DESTINATION_SHIFT 12
#define ADDRESS_DESTINATION 0xffu
#define ADDRESS_REST 0xfff00fffu
#define ADDRESS_PLAIN 0xfee00000u /* physical, no redirection */

/* Data (figure 11-15) */
#define DATA_VECTOR 0xffu
#define DATA_REST 0xffffbe00u /* trigger, delivery mode but for its lowest bit, reserved; an edge has no level */
#define VECTOR_LEAST 0x10u

/* Words of an entry (PCI 3.0, 6.8.2) */
#define ENTRY_ADDRESS 0u
#define ENTRY_UPPER 4u
#define ENTRY_DATA 8u
#define ENTRY_CONTROL 12u
#define ENTRY_MASKED 1u

/* An entry of the remapping table (48882, 2.2.5.2): a fixed interrupt to a physical destination */
#define REMAP_OPEN 0x1u
#define REMAP_DESTINATION_SHIFT 8
#define REMAP_VECTOR_SHIFT 16
#define REMAP_ENTRY_SIZE 4u

#define ALL_ONES 0xffffffffu

/* A word of a function's table. */
struct place {
	uint32_t row; /* of functions */
	uint32_t entry;
	uint32_t word; /* ENTRY_* */
};

static bool is_own(uint32_t id)
{
	return apic_is_own(x86_partition_of(self()), id);
}

static volatile uint32_t *remap_entry(const struct plan_x86 *x86, uint32_t row, uint32_t entry)
{
	uint64_t table = x86->remap + ((uint64_t)row * PLAN_REMAP_SIZE);

	return (volatile uint32_t *)(uintptr_t)(table + ((uint64_t)entry * REMAP_ENTRY_SIZE));
}

/* What the function sends is the number of its entry, to the one address that remaps. */
void message_start(const struct plan_x86 *x86, uint32_t row)
{
	const struct plan_x86_function *function = &x86->functions[row];

	for (uint32_t i = 0; i < function->msix_count; i++) {
		uint64_t entry = function->msix_va + ((uint64_t)i * PLAN_MSIX_ENTRY_SIZE);

		mmio_write32(entry + ENTRY_CONTROL, ENTRY_MASKED);
		mmio_write32(entry + ENTRY_ADDRESS, ADDRESS_PLAIN);
		mmio_write32(entry + ENTRY_UPPER, 0u);
		mmio_write32(entry + ENTRY_DATA, i);
	}
}

void message_close(const struct plan_x86 *x86, uint32_t row)
{
	const struct plan_x86_function *function = &x86->functions[row];

	for (uint32_t i = 0; i < function->msix_count; i++) {
		*remap_entry(x86, row, i) = 0u;
	}
	if (function->msix_count != 0u) {
		iommu_forget_messages(x86, function->id);
	}
}

/* Whether a word of a table is at `address`, which is the hypervisor's and aligned. */
static bool place_find(const struct plan_x86 *x86, uint64_t address, struct place *place)
{
	bool found = false;

	for (uint32_t i = 0; i < x86->function_count; i++) {
		const struct plan_x86_function *function = &x86->functions[i];
		uint64_t offset = address - function->msix_va;

		if (offset < ((uint64_t)function->msix_count * PLAN_MSIX_ENTRY_SIZE)) {
			found = true;
			place->row = i;
			place->entry = (uint32_t)offset / PLAN_MSIX_ENTRY_SIZE;
			place->word = (uint32_t)offset % PLAN_MSIX_ENTRY_SIZE;
		}
	}
	return found;
}

static void remap_write(const struct plan_x86 *x86, const struct place *place, uint32_t destination, uint32_t vector)
{
	uint32_t value = (destination << REMAP_DESTINATION_SHIFT) | (vector << REMAP_VECTOR_SHIFT);

	if ((vector >= VECTOR_LEAST) && is_own(destination)) {
		value |= REMAP_OPEN;
	}
	*remap_entry(x86, place->row, place->entry) = value;
	iommu_forget_messages(x86, x86->functions[place->row].id);
}

static uint32_t word_read(const struct plan_x86 *x86, const struct place *place, uint64_t address)
{
	uint32_t remap = *remap_entry(x86, place->row, place->entry);
	uint32_t value = 0;

	switch (place->word) {
	case ENTRY_ADDRESS:
		value = ADDRESS_PLAIN |
			(((remap >> REMAP_DESTINATION_SHIFT) & ADDRESS_DESTINATION) << ADDRESS_DESTINATION_SHIFT);
		break;
	case ENTRY_DATA:
		value = (remap >> REMAP_VECTOR_SHIFT) & DATA_VECTOR;
		break;
	case ENTRY_CONTROL:
		value = mmio_read32(address);
		break;
	default: /* the upper half */
		break;
	}
	return value;
}

static void word_write(const struct plan_x86 *x86, const struct place *place, uint64_t address, uint32_t value)
{
	uint32_t remap = *remap_entry(x86, place->row, place->entry);
	uint32_t destination = (value >> ADDRESS_DESTINATION_SHIFT) & ADDRESS_DESTINATION;

	switch (place->word) {
	case ENTRY_ADDRESS:
		if (((value & ADDRESS_REST) == ADDRESS_PLAIN) && is_own(destination)) {
			remap_write(x86, place, destination, (remap >> REMAP_VECTOR_SHIFT) & DATA_VECTOR);
		}
		break;
	case ENTRY_DATA:
		if ((value & DATA_REST) == 0u) {
			remap_write(x86, place, (remap >> REMAP_DESTINATION_SHIFT) & ADDRESS_DESTINATION,
				    value & DATA_VECTOR);
		}
		break;
	case ENTRY_CONTROL:
		mmio_write32(address, value);
		break;
	default: /* the upper half: zero */
		break;
	}
}

uint32_t message_guest_read(const struct plan_filter *filter, uint64_t offset, uint32_t size)
{
	const struct plan_x86 *x86 = x86_of(self()->plan);
	uint64_t address = filter->va + offset;
	uint32_t value = ALL_ONES;
	struct place place;

	if ((offset % size) != 0u) {
		return value;
	}
	if (!place_find(x86, address, &place)) {
		value = mmio_read(address, size);
	} else if (size == sizeof(uint32_t)) {
		value = word_read(x86, &place, address);
	} else {
		/* a part of a word */
	}
	return value;
}

void message_guest_write(const struct plan_filter *filter, uint64_t offset, uint32_t size, uint32_t value)
{
	const struct plan_x86 *x86 = x86_of(self()->plan);
	uint64_t address = filter->va + offset;
	struct place place;

	if ((offset % size) != 0u) {
		return;
	}
	if (!place_find(x86, address, &place)) {
		mmio_write(address, size, value);
	} else if (size == sizeof(uint32_t)) {
		word_write(x86, &place, address, value);
	} else {
		/* a part of a word */
	}
}
