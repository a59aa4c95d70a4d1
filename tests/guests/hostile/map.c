/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the level-1 table that the runtime leaves to devices nobody has. */
#include "hostile/map.h"

#include "rt/armv8/mmu.h"
#include "rt/aarch64/sysreg.h"

#define GIB (UINT64_C(1) << 30)
#define ENTRY 256u /* the first of ours */

#define BLOCK UINT64_C(1)
#define TABLE UINT64_C(3)
#define ATTRIBUTE(index) ((uint64_t)(index) << 2)
#define READ_ONLY (UINT64_C(1) << 7)
#define INNER_SHAREABLE (UINT64_C(3) << 8)
#define ACCESSED (UINT64_C(1) << 10)
#define EXECUTE_NEVER (UINT64_C(3) << 53)
#define NORMAL (ACCESSED | INNER_SHAREABLE | ATTRIBUTE(MAIR_NORMAL))

static uint64_t map(unsigned slot, uint64_t descriptor, uint64_t offset)
{
	mmu_table_1[ENTRY + slot] = descriptor;
	__asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tic iallu\n\tdsb sy\n\tisb" ::: "memory");
	return (ENTRY + slot) * GIB + offset;
}

uint64_t map_device(uint64_t address)
{
	uint64_t descriptor = ACCESSED | ATTRIBUTE(MAIR_DEVICE) | EXECUTE_NEVER | BLOCK;

	return map(0, (address & ~(GIB - 1)) | descriptor, address & (GIB - 1));
}

uint64_t map_normal(uint64_t address)
{
	return map(1, (address & ~(GIB - 1)) | NORMAL | EXECUTE_NEVER | BLOCK, address & (GIB - 1));
}

uint64_t map_executable(uint64_t address)
{
	return map(2, (address & ~(GIB - 1)) | NORMAL | READ_ONLY | BLOCK, address & (GIB - 1));
}

uint64_t map_table(uint64_t address)
{
	return map(3, (address & ~UINT64_C(0xfff)) | TABLE, 0);
}
