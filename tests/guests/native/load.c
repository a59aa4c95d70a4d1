/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a multiboot module, an ELF, where it is linked, and says in the start block where firmware left its tables. */
#include <stdint.h>

#define MODULES_VALID 0x8u
#define COM1 0x3f8u
#define LSR 5u
#define LSR_ROOM 0x20u
#define ELF_MAGIC 0x464c457fu
#define ELF_LOAD 1u
#define START_BLOCK_RSDP 0x90070u /* acpi_rsdp_addr of Linux's boot parameters */
#define BIOS_START 0xe0000u
#define BIOS_END 0x100000u
#define RSDP_ALIGN 16u
#define RSDP_SIGNATURE UINT64_C(0x2052545020445352) /* "RSD PTR " */

/* Multiboot 0.6.96, 3.3: the beginning, as far as it is used. */
struct multiboot {
	uint32_t flags, memory_lower, memory_upper, boot_device, command_line, module_count, modules;
};

struct module {
	uint32_t start, end, text, reserved;
};

struct elf {
	uint32_t magic, class_data[3];
	uint32_t type_machine, version;
	uint64_t entry, segments, sections;
	uint32_t flags;
	uint16_t size, segment_size, segment_count, section_size, section_count, names;
};

struct segment {
	uint32_t type, flags;
	uint64_t offset, virtual, physical, file_size, memory_size, align;
};

/* Called by start.S with the address of the loader's structure; returns the ELF's entry. */
uint64_t native_load(uint64_t multiboot);

static void put(char character)
{
	uint8_t state;

	do
		__asm__ volatile("inb %1, %0" : "=a"(state) : "d"((uint16_t)(COM1 + LSR)));
	while ((state & LSR_ROOM) == 0);
	__asm__ volatile("outb %0, %1" ::"a"(character), "d"((uint16_t)COM1));
}

static _Noreturn void refuse(const char *text)
{
	for (; *text != '\0'; text++)
		put(*text);
	for (;;)
		__asm__ volatile("hlt");
}

static void segment_load(const uint8_t *file, const struct segment *segment)
{
	uint8_t *to = (uint8_t *)(uintptr_t)segment->physical;

	for (uint64_t i = 0; i < segment->memory_size; i++)
		to[i] = i < segment->file_size ? file[segment->offset + i] : 0;
}

/* ACPI 6.5, 5.2.5.1. */
static uint64_t tables_find(void)
{
	for (uint64_t at = BIOS_START; at < BIOS_END; at += RSDP_ALIGN) {
		if (*(const volatile uint64_t *)(uintptr_t)at == RSDP_SIGNATURE)
			return at;
	}
	return 0;
}

uint64_t native_load(uint64_t multiboot)
{
	const struct multiboot *info = (const struct multiboot *)(uintptr_t)multiboot;
	const struct module *module = (const struct module *)(uintptr_t)info->modules;
	const uint8_t *file;
	const struct elf *elf;

	if ((info->flags & MODULES_VALID) == 0 || info->module_count == 0)
		refuse("native: no module\r\n");
	file = (const uint8_t *)(uintptr_t)module->start;
	elf = (const struct elf *)(const void *)file;
	if (elf->magic != ELF_MAGIC)
		refuse("native: the module is no ELF\r\n");
	for (uint32_t i = 0; i < elf->segment_count; i++) {
		const struct segment *segment =
			(const struct segment *)(const void *)(file + elf->segments + i * elf->segment_size);

		if (segment->type == ELF_LOAD)
			segment_load(file, segment);
	}
	*(volatile uint64_t *)(uintptr_t)START_BLOCK_RSDP = tables_find();
	return elf->entry;
}
