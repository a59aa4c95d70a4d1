/* SPDX-License-Identifier: Apache-2.0 */
/* Makes random systems. Not here: what is tested of them. */
#include "random_system.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <libfdt.h>

#include "planner/emit.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/place.h"

#define PAGE UINT64_C(0x1000)
#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)
#define DEVICE_BASE UINT64_C(0x10000000)
#define DEVICE_BASE_X86 UINT64_C(0xd0000000)

#define ELF ".elf"
#define IMAGE ".image"

static uint64_t state;

/* Donald Knuth's MMIX generator: the same systems on each machine. */
static uint64_t below(uint64_t limit)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (state >> 33) % limit;
}

static uint64_t random_size(void)
{
	switch (below(4)) {
	case 0:
		return PAGE * (1 + below(700));
	case 1:
		return 2 * MIB * (1 + below(200));
	case 2:
		return GIB * (1 + below(2));
	default:
		return 2 * MIB * (1 + below(200)) + PAGE * below(512);
	}
}

static bool is_x86(const struct model *model)
{
	return model->board.arch == PLAN_ARCH_X86;
}

static void make_board(struct model *model)
{
	static struct device console;
	struct board *board = &model->board;

	board->name = "test";
	board->arch = PLAN_ARCH_ARMV8;
	board->pa_bits = 40;
	board->memory_count = 1 + below(2);
	board->memory = memory_zeroed(board->memory_count, sizeof(*board->memory));
	board->memory[0] = (struct range){GIB * (1 + below(3)), GIB * (24 + below(3))};
	if (board->memory_count == 2)
		board->memory[1] = (struct range){GIB * (32 + below(64)), 4 * GIB};
	board->load_address = board->memory[0].base + 2 * MIB * below(20) + PAGE * below(256);
	board->gic = (struct gic){.version = PLAN_GIC_V3,
				  .distributor = {RANDOM_GICD, 0x10000},
				  .redistributors = {RANDOM_GICR, 0xf60000}};
	board->virtual_timer = 27;
	board->physical_timer = 30;
	console =
		(struct device){.register_count = 1, .registers = memory_zeroed(1, sizeof(struct range)), .owner = -1};
	console.registers[0] = (struct range){RANDOM_CONSOLE, PAGE};
	model->devices = memory_append(NULL, &model->device_count, sizeof(*model->devices));
	model->devices[0] = console;
	board->console = 0;
}

/* The same with a PC's hole below 4 GiB, and a console that has ports. */
static void make_board_x86(struct model *model)
{
	struct board *board = &model->board;

	board->arch = PLAN_ARCH_X86;
	board->memory_count = 2;
	board->memory = memory_zeroed(board->memory_count, sizeof(*board->memory));
	board->memory[0] = (struct range){MIB, 3 * GIB - MIB};
	board->memory[1] = (struct range){4 * GIB, GIB * (24 + below(3))};
	board->load_address = 2 * MIB * (1 + below(20)) + PAGE * below(256);
	board->gic = (struct gic){.distributor = {RANDOM_IO_APIC, PAGE}, .cpu_interface = {0xfee00000, PAGE}};
	board->x86 = (struct x86_board){.vendor = "amd",
					.trampoline = RANDOM_TRAMPOLINE,
					.apic_frequency = 1000000000,
					.power_off_port = 0x604,
					.power_off_value = 0x2000};
	model->devices[0].register_count = 0;
	model->devices[0].port_count = 1;
	model->devices[0].ports = memory_zeroed(1, sizeof(struct ports));
	model->devices[0].ports[0] = (struct ports){0x3f8, 8};
}

static void make_cores(struct model *model)
{
	model->core_count = 1 + below(8);
	model->cores = memory_zeroed(model->core_count, sizeof(*model->cores));
	for (size_t i = 0; i < model->core_count; i++)
		model->cores[i] = (struct core){.mpidr = i << (is_x86(model) ? 4 : 8) | below(16), .owner = -1};
}

static void give_core(struct model *model, struct partition *partition, size_t owner, size_t core)
{
	size_t index = partition->core_count;

	partition->cores = memory_append(partition->cores, &partition->core_count, sizeof(*partition->cores));
	partition->cores[index] = core;
	model->cores[core].owner = (int)owner;
	model->cores[core].vcpu = index;
}

static void give_device(struct model *model, struct partition *partition, size_t owner)
{
	size_t index = model->device_count;
	struct device *device;

	model->devices = memory_append(model->devices, &model->device_count, sizeof(*model->devices));
	device = &model->devices[index];
	device->owner = (int)owner;
	device->register_count = 1;
	device->registers = memory_zeroed(1, sizeof(*device->registers));
	device->registers[0] =
		(struct range){DEVICE_BASE + index * 0x40000 + below(2) * 0x800, 0x400 + below(20) * 0x800};
	device->mapped = memory_zeroed(1, sizeof(*device->mapped));
	/* Now and then far up, for a larger stage-2 root. */
	device->mapped[0] = device->registers[0].base + (below(4) == 0 ? UINT64_C(1) << (33 + below(7)) : 0);
	if (is_x86(model)) {
		device->registers[0].base += DEVICE_BASE_X86 - DEVICE_BASE;
		device->mapped[0] += UINT64_C(1) << 38;
		device->port_count = 1;
		device->ports = memory_zeroed(1, sizeof(*device->ports));
		device->ports[0] =
			(struct ports){(uint32_t)(0x1000 + index * 0x20 + below(16)), (uint32_t)(1 + below(16))};
	}
	device->interrupt_count = 1;
	device->interrupts = memory_zeroed(1, sizeof(*device->interrupts));
	device->interrupts[0].id = (uint16_t)(32 + index);
	partition->devices = memory_append(partition->devices, &partition->device_count, sizeof(*partition->devices));
	partition->devices[partition->device_count - 1] = index;
}

static void give_memory(const struct model *model, struct partition *partition)
{
	uint64_t base = is_x86(model) ? 0 : GIB + PAGE * below(3) * 512;

	partition->memory_count = 1 + below(3);
	partition->memory = memory_zeroed(partition->memory_count, sizeof(*partition->memory));
	for (size_t i = 0; i < partition->memory_count; i++) {
		partition->memory[i].base = base;
		partition->memory[i].size = random_size();
		base += partition->memory[i].size + PAGE * below(1000);
	}
}

static void give_image(struct partition *partition)
{
	struct image *image;

	partition->images = memory_append(NULL, &partition->image_count, sizeof(*partition->images));
	image = &partition->images[0];
	image->kind = PLAN_IMAGE_KERNEL;
	image->size = 1 + below(PAGE - 1);
	image->data = memory_zeroed(1, PAGE);
	image->base = partition->memory[0].base;
	partition->entry = image->base;
}

static void make_partitions(struct model *model)
{
	size_t count = 1 + below(model->core_count < 4 ? model->core_count : 4);

	for (size_t i = 0; i < count; i++) {
		struct partition *partition;

		model->partitions = memory_append(model->partitions, &model->partition_count, sizeof(*partition));
		partition = &model->partitions[i];
		partition->name = memory_text("p%zu", i);
		partition->observes = UINT64_C(1) << i;
		/* The first core is left to nobody now and then: it then boots only. */
		give_core(model, partition, i, model->core_count - 1 - i);
		give_memory(model, partition);
		give_image(partition);
		for (uint64_t j = below(4); j > 0; j--)
			give_device(model, partition, i);
	}
	for (size_t i = 0; i + count < model->core_count; i++) {
		size_t owner = below(count + 1);

		if (owner < count)
			give_core(model, &model->partitions[owner], owner, i);
	}
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	FILE *stream = fopen(path, "wb");

	assert_non_null(stream);
	assert_int_equal(fwrite(bytes, 1, size, stream), size);
	assert_int_equal(fclose(stream), 0);
}

/* A hypervisor with nothing in it: text, constants, data of a page or more each. */
static void make_elf(const char *path, uint64_t load_address, bool is_x86)
{
	static uint8_t bytes[PAGE * 2];
	Elf64_Ehdr *header = (void *)bytes;
	Elf64_Phdr *programs = (void *)(bytes + sizeof(*header));
	const uint32_t flags[] = {PF_R | PF_X, PF_R, PF_R | PF_W};
	const uint32_t place = (uint32_t)load_address;
	const uint32_t multiboot[] = {0x1badb002, 0x10000, 0u - 0x1badb002 - 0x10000, place, place, 0, 0, place};
	uint64_t address = load_address;

	memset(bytes, 0, sizeof(bytes));
	memcpy(header->e_ident, ELFMAG, SELFMAG);
	header->e_ident[EI_CLASS] = ELFCLASS64;
	header->e_ident[EI_DATA] = ELFDATA2LSB;
	header->e_ident[EI_VERSION] = EV_CURRENT;
	header->e_type = ET_EXEC;
	header->e_machine = is_x86 ? EM_X86_64 : EM_AARCH64;
	header->e_entry = load_address;
	header->e_phoff = sizeof(*header);
	header->e_phentsize = sizeof(*programs);
	header->e_phnum = 3;
	if (is_x86)
		memcpy(bytes + PAGE, multiboot, sizeof(multiboot));
	else
		memcpy(bytes + PAGE + 56, "ARM\x64", 4);
	for (size_t i = 0; i < 3; i++) {
		programs[i] = (Elf64_Phdr){.p_type = PT_LOAD,
					   .p_flags = flags[i],
					   .p_offset = PAGE,
					   .p_vaddr = address,
					   .p_paddr = address,
					   .p_filesz = 64,
					   .p_memsz = 64 + below(8 * PAGE)};
		address += (programs[i].p_memsz + PAGE - 1) / PAGE * PAGE;
	}
	write_file(path, bytes, sizeof(bytes));
}

/* A file beside the program: a test that is ended in the middle leaves none behind but in the build folder. */
static const char *beside(const char *suffix)
{
	return memory_text("%s%s", program_invocation_name, suffix);
}

void random_system_make(struct model *model, uint64_t seed, enum plan_arch arch)
{
	static uint8_t tree[256];

	state = seed;
	*model = (struct model){.tree = tree};
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	make_board(model);
	if (arch == PLAN_ARCH_X86)
		make_board_x86(model);
	make_cores(model);
	make_partitions(model);
	make_elf(beside(ELF), model->board.load_address, arch == PLAN_ARCH_X86);
}

struct random_image random_image_make(struct model *model)
{
	struct random_image made = {.hypervisor = file_read(beside(ELF))};
	size_t errors = message_errors(), offset = 0;

	assert_int_equal(setenv("BULKHEAD_ELF", beside(ELF), 1), 0);
	place_model(model);
	assert_int_equal(message_errors(), errors);
	assert_true(emit_image(model, beside(IMAGE), NULL));
	made.file = file_read(beside(IMAGE));
	do {
		made.plan = (const void *)(made.file.data + offset);
		offset += PAGE;
	} while (made.plan->magic != PLAN_MAGIC);
	return made;
}
