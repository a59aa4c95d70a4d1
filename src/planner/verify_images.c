/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF (System V ABI, chapters 4 and 5), bzImage and arm64 Linux Image (Linux, Documentation/arch/arm64/booting.rst), as far as the
 * verifier needs them. Not here: judging them.
 */
#include "planner/verify_images.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "planner/file.h"
#include "planner/memory.h"

#define LINUX_HEADER 64u
#define LINUX_TEXT_OFFSET 8u
#define LINUX_IMAGE_SIZE 16u
#define LINUX_MAGIC 56u

/* Of a bzImage (Linux, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"). */
#define SETUP_SECTORS 0x1f1u
#define SETUP_MAGIC 0x202u
#define SETUP_ADDRESS 0x258u
#define SETUP_ROOM 0x260u
#define SETUP_SIZE 0x264u
#define SECTOR UINT64_C(512)
#define ENTRY_64 0x200u

/* A PT_LOAD segment with memory, of either class. */
struct segment {
	const uint8_t *data;
	uint64_t size, memory_size, physical, virtual;
	uint32_t flags;
};

struct executable {
	struct segment *segments;
	size_t count;
	uint64_t entry;
	bool is_aarch32;
};

static const char *const not_whole = "is no whole ELF executable";

static void segment_add(struct executable *executable, struct file file, const Elf64_Phdr *program)
{
	if (program->p_type != PT_LOAD || program->p_memsz == 0)
		return;
	*MEMORY_APPEND(executable->segments, executable->count) = (struct segment){
		.data = file.data + program->p_offset,
		.size = program->p_filesz,
		.memory_size = program->p_memsz,
		.physical = program->p_paddr,
		.virtual = program->p_vaddr,
		.flags = program->p_flags,
	};
}

/* Program header `index`; one of 32 bits is widened. */
static Elf64_Phdr program_read(const uint8_t *at, bool is_aarch32)
{
	Elf64_Phdr wide;
	Elf32_Phdr narrow;

	if (!is_aarch32) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return (Elf64_Phdr){.p_type = narrow.p_type,
			    .p_flags = narrow.p_flags,
			    .p_offset = narrow.p_offset,
			    .p_vaddr = narrow.p_vaddr,
			    .p_paddr = narrow.p_paddr,
			    .p_filesz = narrow.p_filesz,
			    .p_memsz = narrow.p_memsz};
}

static const char *executable_read(struct file file, struct executable *executable)
{
	Elf64_Ehdr wide;
	Elf32_Ehdr narrow;
	uint64_t offset, size;
	size_t count;

	if (file.size < sizeof(wide))
		return not_whole;
	memcpy(&wide, file.data, sizeof(wide));
	memcpy(&narrow, file.data, sizeof(narrow));
	executable->is_aarch32 = wide.e_ident[EI_CLASS] == ELFCLASS32;
	executable->entry = executable->is_aarch32 ? narrow.e_entry : wide.e_entry;
	offset = executable->is_aarch32 ? narrow.e_phoff : wide.e_phoff;
	count = executable->is_aarch32 ? narrow.e_phnum : wide.e_phnum;
	size = executable->is_aarch32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
	if (offset > file.size || count * size > file.size - offset)
		return not_whole;
	for (size_t i = 0; i < count; i++) {
		Elf64_Phdr program = program_read(file.data + offset + i * size, executable->is_aarch32);

		if (program.p_type == PT_LOAD &&
		    (program.p_offset > file.size || program.p_filesz > file.size - program.p_offset ||
		     program.p_filesz > program.p_memsz))
			return not_whole;
		segment_add(executable, file, &program);
	}
	return executable->count != 0 ? NULL : not_whole;
}

static struct verify_claim_image *image_add(struct verify_images *images)
{
	images->images = memory_append(images->images, &images->image_count, sizeof(*images->images));
	return &images->images[images->image_count - 1];
}

/* An entry is virtual in the file, and physical where its segment lies. */
static uint64_t physical_entry(const struct executable *executable)
{
	uint64_t odd = executable->is_aarch32 ? executable->entry & 1 : 0, at = executable->entry - odd;

	for (size_t i = 0; i < executable->count; i++) {
		const struct segment *segment = &executable->segments[i];

		if (at >= segment->virtual && at - segment->virtual < segment->memory_size)
			return segment->physical + (at - segment->virtual) + odd;
	}
	return executable->entry;
}

static const char *elf_kernel(struct verify_images *images, const struct verify_kernel *kernel, struct file file,
			      struct verify_claim_partition *partition)
{
	struct executable executable = {.count = 0};
	const char *refusal = executable_read(file, &executable);

	if (refusal != NULL)
		return refusal;
	for (size_t i = 0; i < executable.count; i++) {
		const struct segment *segment = &executable.segments[i];

		*image_add(images) = (struct verify_claim_image){.data = segment->data,
								 .base = segment->physical,
								 .size = segment->size,
								 .fill = segment->memory_size - segment->size,
								 .partition = kernel->partition,
								 .kind = PLAN_IMAGE_KERNEL};
	}
	partition->is_aarch32 = executable.is_aarch32;
	partition->entry = kernel->has_entry ? kernel->entry : physical_entry(&executable);
	return NULL;
}

static void linux_kernel(struct verify_images *images, const struct verify_kernel *kernel, struct file file,
			 struct verify_claim_partition *partition)
{
	uint64_t memory_size;

	memcpy(&memory_size, file.data + LINUX_IMAGE_SIZE, sizeof(memory_size));
	*image_add(images) = (struct verify_claim_image){.data = file.data,
							 .base = kernel->load,
							 .size = file.size,
							 .fill = memory_size > file.size ? memory_size - file.size : 0,
							 .partition = kernel->partition,
							 .kind = PLAN_IMAGE_KERNEL,
							 .floats = !kernel->has_load};
	partition->has_tree = true;
	partition->entry_floats = !kernel->has_entry;
	partition->entry = kernel->has_entry ? kernel->entry : 0;
}

static bool is_bzimage(struct file file)
{
	return file.size >= SETUP_SIZE && memcmp(file.data + SETUP_MAGIC, "HdrS", 4) == 0;
}

/* What follows the setup code, at the address that it prefers: the 64-bit protocol. */
static const char *bzimage_kernel(struct verify_images *images, const struct verify_kernel *kernel, struct file file,
				  struct verify_claim_partition *partition)
{
	uint64_t before = SECTOR * (1u + (file.data[SETUP_SECTORS] == 0 ? 4u : file.data[SETUP_SECTORS]));
	uint64_t base, size = file.size - before;
	uint32_t room;

	if (before >= file.size)
		return "is no whole bzImage";
	memcpy(&base, file.data + SETUP_ADDRESS, sizeof(base));
	memcpy(&room, file.data + SETUP_ROOM, sizeof(room));
	*image_add(images) = (struct verify_claim_image){.data = file.data + before,
							 .base = base,
							 .size = size,
							 .fill = room > size ? room - size : 0,
							 .partition = kernel->partition,
							 .kind = PLAN_IMAGE_KERNEL};
	partition->entry = kernel->has_entry ? kernel->entry : base + ENTRY_64;
	return NULL;
}

/* Real mode, F000:FFF0: writes 6 to port 0xcf9, which restarts the partition, and halts for ever. */
void verify_images_reset(struct verify_images *images, uint16_t partition)
{
	static const uint8_t code[16] = {
		0xba, 0xf9, 0x0c, /* mov $0xcf9, %dx */
		0xb0, 0x06,       /* mov $6, %al */
		0xee,             /* out %al, %dx */
		0xf4, 0xeb, 0xfd  /* hlt, and again */
	};

	*image_add(images) = (struct verify_claim_image){
		.data = code, .base = 0xffff0, .size = sizeof(code), .partition = partition, .kind = PLAN_IMAGE_START};
}

const char *verify_images_kernel(struct verify_images *images, const struct verify_kernel *kernel,
				 struct verify_claim_partition *partition)
{
	struct file file = file_read(kernel->path);

	if (file.data == NULL)
		return strerror(errno);
	if (file.size >= LINUX_HEADER && memcmp(file.data + LINUX_MAGIC, "ARM\x64", 4) == 0) {
		linux_kernel(images, kernel, file, partition);
		return NULL;
	}
	if (is_bzimage(file))
		return bzimage_kernel(images, kernel, file, partition);
	if (file.size >= SELFMAG && memcmp(file.data, ELFMAG, SELFMAG) == 0)
		return elf_kernel(images, kernel, file, partition);
	*image_add(images) = (struct verify_claim_image){.data = file.data,
							 .base = kernel->load,
							 .size = file.size,
							 .partition = kernel->partition,
							 .kind = PLAN_IMAGE_KERNEL};
	partition->is_aarch32 = kernel->is_aarch32;
	partition->entry = kernel->entry;
	return NULL;
}

const char *verify_images_ramdisk(struct verify_images *images, const char *path, uint16_t partition)
{
	struct file file = file_read(path);

	if (file.data == NULL)
		return strerror(errno);
	*image_add(images) = (struct verify_claim_image){.data = file.data,
							 .size = file.size,
							 .partition = partition,
							 .kind = PLAN_IMAGE_RAMDISK,
							 .floats = true};
	return NULL;
}

static enum verify_access segment_access(uint32_t flags)
{
	if ((flags & PF_X) != 0)
		return VERIFY_TEXT;
	return (flags & PF_W) != 0 ? VERIFY_DATA : VERIFY_CONSTANT;
}

const char *verify_images_hypervisor(struct verify_images *images, const char *path)
{
	struct executable executable = {.count = 0};
	struct file file = file_read(path);
	const char *refusal = file.data == NULL ? strerror(errno) : executable_read(file, &executable);

	for (size_t i = 0; refusal == NULL && i < executable.count; i++) {
		const struct segment *segment = &executable.segments[i];

		images->segments = memory_append(images->segments, &images->segment_count, sizeof(*images->segments));
		images->segments[i] = (struct verify_claim_segment){.data = segment->data,
								    .base = segment->physical,
								    .size = segment->size,
								    .memory_size = segment->memory_size,
								    .access = segment_access(segment->flags)};
	}
	return refusal;
}
