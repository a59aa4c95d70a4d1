/* SPDX-License-Identifier: Apache-2.0 */
/* The filters of PCI as exits call them: what was asked last, and of which. One test includes this. */
#ifndef TESTS_X86_FILTERS_H
#define TESTS_X86_FILTERS_H

#include "test.h"

#include "arch/x86/message.h"
#include "arch/x86/pci.h"

static struct {
	uint64_t place;
	uint32_t size, value;
	enum plan_filter_kind kind;
} asked;

uint32_t pci_guest_read(uint64_t place, uint32_t size)
{
	asked.place = place;
	asked.size = size;
	asked.kind = PLAN_FILTER_PCI;
	return 0x87654321u;
}

void pci_guest_write(uint64_t place, uint32_t size, uint32_t value)
{
	(void)pci_guest_read(place, size);
	asked.value = value;
}

uint32_t message_guest_read(const struct plan_filter *filter, uint64_t offset, uint32_t size)
{
	assert_int_equal(filter->kind, PLAN_FILTER_MSIX);
	(void)pci_guest_read(offset, size);
	asked.kind = PLAN_FILTER_MSIX;
	return 0x87654321u;
}

void message_guest_write(const struct plan_filter *filter, uint64_t offset, uint32_t size, uint32_t value)
{
	(void)message_guest_read(filter, offset, size);
	asked.value = value;
}

#endif
