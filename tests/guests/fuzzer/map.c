/* SPDX-License-Identifier: Apache-2.0 */
/* Translation tables. Built with the MMU off, before anything is random. */
#include <stdint.h>

#include "fuzzer/layout.h"

#define ENTRIES 512u
#define GIB UINT64_C(0x40000000)
#define PAGE UINT64_C(0x1000)

#define BLOCK UINT64_C(1)
#define TABLE UINT64_C(3)
#define ATTRIBUTE(index) ((uint64_t)(index) << 2)
#define USER (UINT64_C(1) << 6)
#define READ_ONLY (UINT64_C(1) << 7)
#define INNER_SHAREABLE (UINT64_C(3) << 8)
#define ACCESSED (UINT64_C(1) << 10)
#define EXECUTE_NEVER (UINT64_C(3) << 53)
#define MEMORY (ACCESSED | INNER_SHAREABLE | ATTRIBUTE(0))
#define DEVICE (ACCESSED | ATTRIBUTE(1) | EXECUTE_NEVER)

extern const char __text_end[], __rodata_end[];

_Alignas(4096) uint64_t tables[ENTRIES]; /* level 1 */
static _Alignas(4096) uint64_t low[ENTRIES], high[ENTRIES], program[ENTRIES], interrupts[ENTRIES], uart[ENTRIES];

void map_build(void);

static uint64_t address_of(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

static void map_program(void)
{
	for (uint64_t i = 0; i < ENTRIES; i++) {
		uint64_t page = RAM_BASE + i * PAGE;
		uint64_t how = page < address_of(__text_end)     ? READ_ONLY
			       : page < address_of(__rodata_end) ? READ_ONLY | EXECUTE_NEVER
								 : EXECUTE_NEVER;

		program[i] = page | MEMORY | how | TABLE;
	}
}

/* No more than there is: what lies outside is reached at BEYOND_DEVICE. */
static void map_devices(void)
{
	for (uint64_t page = 0; page < GICD_SIZE; page += PAGE)
		interrupts[page / PAGE] = (GICD_BASE + page) | DEVICE | USER | TABLE;
	for (uint64_t page = GICR_BASE - GICD_BASE; page < GICR_BASE - GICD_BASE + CORES * GICR_FRAME; page += PAGE) {
		interrupts[page / PAGE] = (GICD_BASE + page) | DEVICE | USER | TABLE;
		interrupts[(OWN + page) / PAGE] = (GICD_BASE + page) | DEVICE | TABLE;
	}
	uart[0] = UART_BASE | DEVICE | USER | TABLE;
	uart[OWN / PAGE] = UART_BASE | DEVICE | TABLE;
	low[GICD_BASE / RAM_BLOCK] = address_of(interrupts) | TABLE;
	low[UART_BASE / RAM_BLOCK] = address_of(uart) | TABLE;
}

static void map_blocks(void)
{
	high[0] = address_of(program) | TABLE;
	high[1] = ARENA | MEMORY | BLOCK;
	high[2] = PLAYGROUND | MEMORY | USER | EXECUTE_NEVER | BLOCK;
	high[3] = (PLAYGROUND + RAM_BLOCK) | MEMORY | USER | EXECUTE_NEVER | BLOCK;
	high[4] = ARENA | MEMORY | USER | BLOCK;
}

void map_build(void)
{
	uint64_t *spare = (uint64_t *)(uintptr_t)PLAYGROUND;

	map_program();
	map_devices();
	map_blocks();
	tables[0] = address_of(low) | TABLE;
	tables[RAM_BASE / GIB] = address_of(high) | TABLE;
	for (uint64_t i = 0; i < BEYOND_GIBS; i++) {
		tables[BEYOND_DEVICE / GIB + i] = i * GIB | DEVICE | USER | BLOCK;
		tables[BEYOND_MEMORY / GIB + i] = i * GIB | MEMORY | USER | BLOCK;
	}
	for (unsigned copy = 0; copy < SPARE_TABLES; copy++) {
		for (unsigned i = 0; i < ENTRIES; i++)
			spare[copy * ENTRIES + i] = tables[i];
	}
	__asm__ volatile("dsb sy" ::: "memory");
}
