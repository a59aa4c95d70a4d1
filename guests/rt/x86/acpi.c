/* SPDX-License-Identifier: Apache-2.0 */
/* As much of ACPI's tables (ACPI 6.5, 5.2) as it takes to find processors. The tables are believed: they are firmware's. */
#include "rt/x86/acpi.h"

#include <stddef.h>
#include <string.h>

#define BOOT_RSDP 0x70u
#define RSDP_REVISION 15u
#define RSDP_RSDT 16u
#define RSDP_XSDT 24u
#define RSDP_REVISION_XSDT 2u
#define TABLE_LENGTH 4u
#define TABLE_HEADER 36u
#define MADT_ENTRIES 44u
#define MADT_LOCAL_APIC 0u
#define MADT_LOCAL_X2APIC 9u
#define MADT_ENABLED 1u

uint64_t acpi_start_block;

static uint32_t read32(const uint8_t *at)
{
	uint32_t value;

	(void)memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t read64(const uint8_t *at)
{
	uint64_t value;

	(void)memcpy(&value, at, sizeof(value));
	return value;
}

static const uint8_t *pointer(uint64_t address)
{
	return (const uint8_t *)(uintptr_t)address;
}

/* The first table with that name, of those that the root table lists. */
static const uint8_t *table_find(const char *signature)
{
	const uint8_t *rsdp = pointer(read64(pointer(acpi_start_block + BOOT_RSDP)));
	bool is_wide;
	const uint8_t *root;

	if (rsdp == NULL)
		return NULL;
	is_wide = rsdp[RSDP_REVISION] >= RSDP_REVISION_XSDT;
	root = pointer(is_wide ? read64(rsdp + RSDP_XSDT) : read32(rsdp + RSDP_RSDT));
	for (uint32_t i = TABLE_HEADER; i < read32(root + TABLE_LENGTH); i += is_wide ? 8u : 4u) {
		const uint8_t *table = pointer(is_wide ? read64(root + i) : read32(root + i));

		if (memcmp(table, signature, TABLE_LENGTH) == 0)
			return table;
	}
	return NULL;
}

/* Whether an entry is a processor that may be used. */
static bool entry_is_processor(const uint8_t *entry, uint32_t *apic_id)
{
	if (entry[0] == MADT_LOCAL_APIC) {
		*apic_id = entry[3];
		return (read32(entry + 4) & MADT_ENABLED) != 0;
	}
	if (entry[0] == MADT_LOCAL_X2APIC) {
		*apic_id = read32(entry + 4);
		return (read32(entry + 8) & MADT_ENABLED) != 0;
	}
	return false;
}

bool acpi_processor(uint32_t number, uint32_t *apic_id)
{
	const uint8_t *table = table_find("APIC");
	uint32_t count = 0;

	if (table == NULL)
		return false;
	for (uint32_t i = MADT_ENTRIES; i < read32(table + TABLE_LENGTH); i += table[i + 1]) {
		if (entry_is_processor(table + i, apic_id) && count++ == number)
			return true;
	}
	return false;
}
