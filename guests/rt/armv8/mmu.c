/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity map: the partition's RAM as Normal memory (text read-only, all else never executable), everything else
 * as devices. Runs with the MMU off, hence is built without FP and unaligned accesses.
 */
#include "rt/armv8/mmu.h"

#include <stdint.h>

#include "cpu_arch.h"
#include "rt/hal.h"

#define ENTRIES 512u
#define GIB (UINT64_C(1) << 30)
#define BLOCK (UINT64_C(1) << 21)
#define PAGE (UINT64_C(1) << 12)

/* Descriptor bits of stage 1 with 4 KiB pages: VMSAv8-64, and the long descriptors of VMSAv8-32. */
#define VALID UINT64_C(1)
#define TABLE (UINT64_C(3)) /* also a page at level 3 */
#define ATTRIBUTE(index) ((uint64_t)(index) << 2)
#define READ_ONLY (UINT64_C(1) << 7)
#define INNER_SHAREABLE (UINT64_C(3) << 8)
#define ACCESSED (UINT64_C(1) << 10)
#define EXECUTE_NEVER (UINT64_C(3) << 53)

#define DEVICE (ACCESSED | ATTRIBUTE(MAIR_DEVICE) | EXECUTE_NEVER)
#define MEMORY (ACCESSED | INNER_SHAREABLE | ATTRIBUTE(MAIR_NORMAL))

/* Level 1: all addresses by GiB. Level 2: the GiB that holds the RAM. Level 3: the RAM's first 2 MiB, with the code. */
__attribute__((section(".noinit"), aligned(4096))) uint64_t mmu_table_1[ENTRIES];
__attribute__((section(".noinit"), aligned(4096))) static uint64_t mmu_table_2[ENTRIES];
__attribute__((section(".noinit"), aligned(4096))) static uint64_t mmu_table_3[ENTRIES];

/* Section borders of the linker script. */
extern const char __text_end[];
extern const char __rodata_end[];

static uint64_t page_descriptor(uint64_t address)
{
	uint64_t protection = EXECUTE_NEVER;

	if (address < (uint64_t)(uintptr_t)__text_end)
		protection = READ_ONLY;
	else if (address < (uint64_t)(uintptr_t)__rodata_end)
		protection = READ_ONLY | EXECUTE_NEVER;
	return address | MEMORY | protection | TABLE;
}

/* Lines that the caches hold of a table from before would hide what was written past them. */
static void table_invalidate_cache(const uint64_t *table)
{
	uintptr_t line = cpu_cache_line();
	uintptr_t address = (uintptr_t)table;

	for (uintptr_t offset = 0; offset < PAGE; offset += line)
		cpu_cache_invalidate(address + offset);
}

void mmu_build(void)
{
	uint64_t base = rt_board.ram_base;
	uint64_t end = base + rt_board.ram_size;
	uint64_t gib = base & ~(GIB - 1);

	for (uint64_t i = 0; i < ENTRIES; i++) {
		uint64_t block = gib + i * BLOCK;
		uint64_t page = base + i * PAGE;

		mmu_table_1[i] = (i * GIB) | DEVICE | VALID;
		mmu_table_2[i] = block | (block >= base && block < end ? MEMORY | EXECUTE_NEVER : DEVICE) | VALID;
		mmu_table_3[i] = page_descriptor(page);
	}
	mmu_table_1[gib / GIB] = (uint64_t)(uintptr_t)mmu_table_2 | TABLE;
	mmu_table_2[(base - gib) / BLOCK] = (uint64_t)(uintptr_t)mmu_table_3 | TABLE;
	__asm__ volatile("dsb sy" ::: "memory");
	table_invalidate_cache(mmu_table_1);
	table_invalidate_cache(mmu_table_2);
	table_invalidate_cache(mmu_table_3);
	__asm__ volatile("dsb sy" ::: "memory");
}
