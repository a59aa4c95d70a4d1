/* SPDX-License-Identifier: Apache-2.0 */
/* An entry of the level-4 table that the runtime leaves unused, with tables of our own below it. */
#include "hostile/x86/map.h"

#include "rt/x86/mmu.h"

#define ENTRIES 512u
#define SLOT 1u /* of the level-4 table */
#define SLOT_SHIFT 39u
#define LARGE_PAGE (UINT64_C(1) << 21)
#define ENTRY_PAGE 0u
#define ENTRY_TABLE 2u

#define PRESENT UINT64_C(0x1)
#define WRITABLE UINT64_C(0x2)
#define USER UINT64_C(0x4)
#define LARGE UINT64_C(0x80)
#define ADDRESS UINT64_C(0x000ffffffffff000)
#define TABLE (PRESENT | WRITABLE | USER)

static _Alignas(4096) uint64_t level_3[ENTRIES];
static _Alignas(4096) uint64_t level_2[ENTRIES];

static uint64_t *table_of(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)(entry & ADDRESS);
}

static void open_level(uint64_t *table, unsigned level)
{
	for (uint32_t i = 0; i < ENTRIES; i++) {
		if ((table[i] & PRESENT) != 0) {
			table[i] |= USER;
			if (level > 1u && (table[i] & LARGE) == 0)
				open_level(table_of(table[i]), level - 1u);
		}
	}
}

void map_open(void)
{
	open_level(mmu_root, 4u);
	level_3[0] = (uint64_t)(uintptr_t)level_2 | TABLE;
	mmu_root[SLOT] = (uint64_t)(uintptr_t)level_3 | TABLE;
	__asm__ volatile("movq %%cr3, %%rax\n\tmovq %%rax, %%cr3" ::: "rax", "memory");
}

static uint64_t entry_set(uint32_t entry, uint64_t value)
{
	level_2[entry] = value;
	__asm__ volatile("movq %%cr3, %%rax\n\tmovq %%rax, %%cr3" ::: "rax", "memory");
	return ((uint64_t)SLOT << SLOT_SHIFT) + entry * LARGE_PAGE;
}

uint64_t map(uint64_t address)
{
	uint64_t base = address & ~(LARGE_PAGE - 1u);

	(void)entry_set(ENTRY_PAGE + 1u, (base + LARGE_PAGE) | LARGE | TABLE);
	return entry_set(ENTRY_PAGE, base | LARGE | TABLE) + (address - base);
}

uint64_t map_table(uint64_t address)
{
	return entry_set(ENTRY_TABLE, (address & ADDRESS) | TABLE);
}
