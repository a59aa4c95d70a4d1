/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity map of the lower 4 GiB: the partition's RAM as memory (text read-only, all else never executable),
 * everything else as devices. Page 0 is absent, so that a null pointer is noticed.
 */
#include "rt/x86/mmu.h"

#include <stdint.h>

#include "rt/hal.h"

#define ENTRIES 512u
#define GIBS 4u
#define LARGE_PAGE (UINT64_C(1) << 21)
#define PAGE (UINT64_C(1) << 12)
#define LOW_MEMORY_END UINT64_C(0xa0000) /* where a PC has its legacy devices instead */

/* Entries of 4-level tables (AMD64 APM volume 2, 5.4). */
#define PRESENT UINT64_C(0x1)
#define WRITABLE UINT64_C(0x2)
#define UNCACHED UINT64_C(0x18) /* PCD and PWT */
#define LARGE UINT64_C(0x80)
#define EXECUTE_NEVER (UINT64_C(1) << 63)

#define TABLE (PRESENT | WRITABLE)
#define DATA (PRESENT | WRITABLE | EXECUTE_NEVER)
#define DEVICE (DATA | UNCACHED)

#define TABLE_MEMORY __attribute__((section(".noinit"), aligned(4096)))

/* Level 4, level 3, level 2 of each GiB, level 1 of the first 2 MiB of all memory, and of the RAM's, with the code. */
TABLE_MEMORY uint64_t mmu_root[ENTRIES];
TABLE_MEMORY static uint64_t gibs[ENTRIES];
TABLE_MEMORY static uint64_t large_pages[GIBS * ENTRIES];
TABLE_MEMORY static uint64_t low_pages[ENTRIES];
TABLE_MEMORY static uint64_t image_pages[ENTRIES];

/* Section borders of the linker script. */
extern const char __text_end[];
extern const char __rodata_end[];

static uint64_t large_entry(uint64_t address)
{
	uint64_t base = rt_board.ram_base;

	return address | LARGE | (address >= base && address < base + rt_board.ram_size ? DATA : DEVICE);
}

static uint64_t low_entry(uint64_t address)
{
	if (address == 0)
		return 0;
	return address | (address < LOW_MEMORY_END ? DATA : DEVICE);
}

static uint64_t image_entry(uint64_t address)
{
	if (address < (uint64_t)(uintptr_t)__text_end)
		return address | PRESENT;
	if (address < (uint64_t)(uintptr_t)__rodata_end)
		return address | PRESENT | EXECUTE_NEVER;
	return address | DATA;
}

void mmu_build(void)
{
	for (uint64_t i = 0; i < GIBS * ENTRIES; i++)
		large_pages[i] = large_entry(i * LARGE_PAGE);
	for (uint64_t i = 0; i < ENTRIES; i++) {
		mmu_root[i] = 0;
		gibs[i] = i < GIBS ? (uint64_t)(uintptr_t)&large_pages[i * ENTRIES] | TABLE : 0;
		low_pages[i] = low_entry(i * PAGE);
		image_pages[i] = image_entry(rt_board.ram_base + i * PAGE);
	}
	large_pages[0] = (uint64_t)(uintptr_t)low_pages | TABLE;
	large_pages[rt_board.ram_base / LARGE_PAGE] = (uint64_t)(uintptr_t)image_pages | TABLE;
	mmu_root[0] = (uint64_t)(uintptr_t)gibs | TABLE;
}
