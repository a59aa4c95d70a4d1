/* SPDX-License-Identifier: Apache-2.0 */
/* Where snippets lie, and how they are made visible to instruction fetches. The way in and out: snippet_run.S. */
#include "aarch32/snippet.h"

#include "rt/aarch32/sysreg.h"
#include "rt/armv8/mmu.h"
#include "rt/hal.h"

#define GIB_SHIFT 30
#define BLOCK_SHIFT 21
#define BLOCK (1u << BLOCK_SHIFT)
#define ALIAS_BLOCK 511u /* of the GiB: behind all RAM */
#define TABLE_ADDRESS UINT64_C(0xfffffff000)
#define KEPT UINT64_C(0x71c) /* attribute, shareability, access flag of the RAM's own block */
#define READ_ONLY_FOR_ALL (UINT64_C(3) << 6)
#define VALID UINT64_C(1)

#define SVC_A32 0xef000000u
#define SVC_THUMB 0xdf00u

static _Alignas(4096) volatile uint32_t page[1024];
static uint32_t alias;

/* snippet_run.S */
uint32_t snippet_enter(uint32_t address, uint32_t psr, uint32_t registers[4]);

void snippet_prepare(void)
{
	uint32_t address = (uint32_t)(uintptr_t)page;
	uint32_t gib = address >> GIB_SHIFT;
	uint64_t *blocks = (uint64_t *)(uintptr_t)(mmu_table_1[gib] & TABLE_ADDRESS);
	uint32_t data = ((uint32_t)rt_board.ram_base >> BLOCK_SHIFT) + 1u; /* a block that is whole */

	blocks[ALIAS_BLOCK] = (address & ~(BLOCK - 1u)) | (blocks[data & 511u] & KEPT) | READ_ONLY_FOR_ALL | VALID;
	alias = (gib << GIB_SHIFT) + ALIAS_BLOCK * BLOCK + (address & (BLOCK - 1u));
	__asm__ volatile("dsb sy" ::: "memory");
	CP15_WRITE(0, c8, c7, 0, 0); /* TLBIALL */
	__asm__ volatile("dsb sy\n\tisb" ::: "memory");
}

uint32_t snippet_run(uint32_t instruction, uint32_t psr, uint32_t registers[4])
{
	uint64_t state = hal_interrupts_mask();
	uint32_t ending;

	if ((psr & SNIPPET_THUMB) != 0) {
		page[0] = instruction >> 16 | instruction << 16;
		page[1] = SVC_THUMB | SVC_THUMB << 16;
	} else {
		page[0] = instruction;
		page[1] = SVC_A32;
	}
	CP15_WRITE(0, c7, c11, 1, (uint32_t)(uintptr_t)page); /* DCCMVAU */
	__asm__ volatile("dsb sy" ::: "memory");
	CP15_WRITE(0, c7, c5, 0, 0); /* ICIALLU */
	__asm__ volatile("dsb sy\n\tisb" ::: "memory");
	ending = snippet_enter(alias, psr, registers);
	hal_interrupts_restore(state);
	return ending;
}
