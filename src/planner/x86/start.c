/* SPDX-License-Identifier: Apache-2.0 */
/* Zero page, descriptors, command line and first page tables. Not here: the kernel's own header (linux.c), ACPI (acpi.c). */
#include "planner/x86/start.h"

#include <inttypes.h>
#include <string.h>

#include "planner/align.h"
#include "planner/load.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/tables.h"
#include "planner/x86/acpi.h"
#include "planner/x86/linux.h"

#define LEGACY_BASE 0xa0000u /* up to 1 MiB: what a PC has no RAM at, and no guest looks for it */
#define LEGACY_END 0x100000u
#define MAPPED (4 * GIBIBYTE)

/* Linux: Documentation/arch/x86/zero-page.rst. */
#define ZERO_RSDP 0x070u
#define ZERO_E820_COUNT 0x1e8u
#define ZERO_LOADER_TYPE 0x210u
#define ZERO_COMMAND_LINE 0x228u
#define ZERO_E820 0x2d0u
#define E820_SIZE 20u
#define MEMORY_MOST 125u /* pieces: there is room for 128 entries, and the first piece makes three */
#define LOADER_UNKNOWN 0xffu

enum e820_type { E820_RAM = 1, E820_RESERVED = 2 };

static void put(uint8_t *block, size_t offset, uint64_t value, size_t size)
{
	memcpy(block + offset, &value, size);
}

static void e820_add(uint8_t *zero, uint64_t base, uint64_t end, enum e820_type type)
{
	size_t at = ZERO_E820 + zero[ZERO_E820_COUNT] * E820_SIZE;

	if (base >= end)
		return;
	put(zero, at, base, 8);
	put(zero, at + 8, end - base, 8);
	put(zero, at + 16, type, 4);
	zero[ZERO_E820_COUNT]++;
}

/* The first window begins at 0 and covers all that is special: check has seen to it. */
static void e820_write(const struct partition *partition, uint8_t *zero)
{
	const struct window *first = &partition->memory[0];

	e820_add(zero, 0, X86_START_BASE, E820_RAM);
	e820_add(zero, X86_START_BASE, X86_START_BASE + X86_START_SIZE, E820_RESERVED);
	e820_add(zero, LEGACY_END, first->base + first->size, E820_RAM);
	for (size_t i = 1; i < partition->memory_count; i++)
		e820_add(zero, partition->memory[i].base, partition->memory[i].base + partition->memory[i].size,
			 E820_RAM);
}

static void zero_page_write(const struct partition *partition, uint8_t *zero)
{
	if (partition->is_linux)
		x86_linux_zero_page(partition, zero);
	e820_write(partition, zero);
	put(zero, ZERO_RSDP, X86_START_ACPI, 8);
	put(zero, ZERO_LOADER_TYPE, LOADER_UNKNOWN, 1);
	put(zero, ZERO_COMMAND_LINE, X86_START_COMMAND_LINE, 4);
}

static void descriptors_write(uint8_t *table)
{
	put(table, X86_START_CODE, UINT64_C(0x00af9b000000ffff), 8);
	put(table, X86_START_DATA, UINT64_C(0x00cf93000000ffff), 8);
}

static void tables_write(uint8_t *tables)
{
	uint64_t *root = memory_zeroed(TABLE_ENTRIES, sizeof(*root));
	struct table_pages pages = {.base = X86_START_TABLES + PAGE_SIZE};
	struct table_tree tree = {&table_user, &pages, root, TABLE_ENTRIES, 0};

	table_map(&tree, 0, 0, MAPPED, TABLE_GUEST);
	memcpy(tables, root, PAGE_SIZE);
	for (size_t i = 0; i < pages.count; i++)
		memcpy(tables + (i + 1) * PAGE_SIZE, pages.pages[i], PAGE_SIZE);
}

/* mov $0xcf9, %dx; mov $6, %al; out %al, %dx; hlt; jmp to the hlt */
static const uint8_t reset_vector[16] = {
	0xba, X86_ACPI_RESET_PORT & 0xff, X86_ACPI_RESET_PORT >> 8, 0xb0, X86_ACPI_RESET_VALUE, 0xee, 0xf4, 0xeb, 0xfd};

static void image_add(struct partition *partition, const char *name, uint64_t base, const uint8_t *data, size_t size)
{
	load_add(partition, (struct image){.kind = PLAN_IMAGE_START,
					   .file = name,
					   .location = partition->location,
					   .data = memcpy(memory_zeroed(size, 1), data, size),
					   .size = size,
					   .base = base});
}

/* A page less its end, and what the kernel takes: a Linux drops the rest without a word. */
static uint32_t bootargs_most(const struct partition *partition)
{
	uint32_t most = partition->is_linux ? x86_linux_bootargs_most(partition) : UINT32_MAX;

	return most < PAGE_SIZE ? most : (uint32_t)PAGE_SIZE - 1;
}

static void block_add(const struct model *model, struct partition *partition)
{
	uint8_t *block = memory_zeroed(X86_START_SIZE, 1);
	const char *text = partition->bootargs ? partition->bootargs : "";

	if (partition->memory_count > MEMORY_MOST) {
		message_partition(model, partition, "memory", ": memory has %zu pieces; %u are the most on x86",
				  partition->memory_count, MEMORY_MOST);
		return;
	}
	if (partition->start >= MAPPED) {
		message_partition(model, partition, partition->entry != MODEL_NOWHERE ? "entry" : "kernel",
				  " enters at 0x%" PRIx64
				  ", but its first page tables reach 4 GiB; move the kernel down",
				  partition->start);
		return;
	}
	if (strlen(text) > bootargs_most(partition)) {
		message_partition(model, partition, "bootargs", ": bootargs have %zu characters; %u are the most",
				  strlen(text), bootargs_most(partition));
		return;
	}
	memcpy(block + (X86_START_COMMAND_LINE - X86_START_BASE), text, strlen(text) + 1);
	zero_page_write(partition, block);
	descriptors_write(block + (X86_START_GDT - X86_START_BASE));
	tables_write(block + (X86_START_TABLES - X86_START_BASE));
	if (!x86_acpi_write(model, partition, X86_START_ACPI, block + (X86_START_ACPI - X86_START_BASE),
			    X86_START_BASE + X86_START_SIZE - X86_START_ACPI))
		return;
	image_add(partition, "start block", X86_START_BASE, block, X86_START_SIZE);
	image_add(partition, "reset vector", X86_START_RESET, reset_vector, sizeof(reset_vector));
	partition->argument = X86_START_ZERO_PAGE;
	load_check(partition);
}

void x86_start_build(struct model *model)
{
	for (size_t i = 0; model->board.arch == PLAN_ARCH_X86 && i < model->partition_count; i++)
		block_add(model, &model->partitions[i]);
}
