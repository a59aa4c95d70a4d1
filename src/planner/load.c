/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels and ramdisks: Linux Image or bzImage, ELF or raw bytes, told apart by what the file holds and laid out in the
 * partition's memory. Not here: device trees, physical addresses.
 */
#include "planner/load.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "planner/align.h"
#include "planner/elf.h"
#include "planner/file.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/property.h"
#include "planner/read.h"
#include "planner/x86/linux.h"

/* The arm64 Image header: Documentation/arm64/booting.rst, section 4. */
struct linux_header {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size;
	uint64_t flags;
	uint64_t reserved[3];
	uint32_t magic;
	uint32_t pe_offset;
};

#define LINUX_MAGIC 0x644d5241u /* "ARM\x64" */
#define LINUX_FLAG_BIG_ENDIAN UINT64_C(1)
#define LINUX_OLD_TEXT_OFFSET UINT64_C(0x80000) /* of kernels before 3.17, whose image_size is 0 */

/* Makes `image` one of the file that `property` names, of at least a byte. False, reported, when there is none. */
static bool image_read(const struct model *model, const struct partition *partition, const char *property,
		       const char *name, struct image *image)
{
	const char *path = read_path(model, name);
	struct file file = {0};

	image->file = name;
	image->location = locate_property(model->tree, partition->node, property);
	errno = ENOENT;
	if (path)
		file = file_read(path);
	if (!file.data)
		message_error(image->location, "cannot read %s: %s", name, strerror(errno));
	else if (file.size == 0)
		message_error(image->location, "%s is empty", name);
	image->data = file.data;
	image->size = file.size;
	return file.data && file.size != 0;
}

void load_add(struct partition *partition, struct image image)
{
	*MEMORY_APPEND(partition->images, partition->image_count) = image;
}

static bool place_is_free(const struct partition *partition, uint64_t base, uint64_t size)
{
	bool inside = false;

	for (size_t i = 0; i < partition->memory_count; i++)
		inside = inside || range_inside(base, size, partition->memory[i].base, partition->memory[i].size);
	for (size_t i = 0; inside && i < partition->image_count; i++) {
		const struct image *image = &partition->images[i];

		inside = !range_overlaps(base, size, image->base, image->size + image->fill);
	}
	return inside;
}

uint64_t load_find(const struct partition *partition, uint64_t size)
{
	uint64_t found = UINT64_MAX;

	if (place_is_free(partition, partition->memory[0].base, size))
		return partition->memory[0].base;
	for (size_t i = 0; i < partition->image_count; i++) {
		const struct image *image = &partition->images[i];
		uint64_t behind = align_up(image->base + image->size + image->fill, PAGE_SIZE);

		if (behind < found && place_is_free(partition, behind, size))
			found = behind;
	}
	for (size_t i = 1; found == UINT64_MAX && i < partition->memory_count; i++) {
		if (place_is_free(partition, partition->memory[i].base, size))
			found = partition->memory[i].base;
	}
	return found;
}

/* The kernel knows; a property that says otherwise is a mistake, whichever of the two is meant. */
static void check_state(const struct model *model, const struct partition *partition, const char *state,
			const char *kernel)
{
	if (partition->execution_state && strcmp(partition->execution_state, state) != 0)
		message_partition(
			model, partition, "execution-state",
			": execution-state = \"%s\", but %s is %s; leave execution-state out, or give another "
			"kernel",
			partition->execution_state, partition->kernel, kernel);
}

/*
 * The three kinds of kernels. Each gets the file as `image` and adds what is loaded of it, or returns what is wrong, as
 * the rest of a sentence. `text_offset` counts from a 2 MiB-aligned base, which lies 2 MiB above the RAM base: the
 * device tree is below it.
 */
static const char *linux_load(const struct model *model, struct partition *partition, struct image image,
			      const struct linux_header *header)
{
	uint64_t text_offset = header->image_size ? header->text_offset : LINUX_OLD_TEXT_OFFSET;

	if (header->flags & LINUX_FLAG_BIG_ENDIAN)
		return "is a big-endian Linux Image, which is not supported";
	if (text_offset >= GIBIBYTE || header->image_size > UINT64_C(1) << 40)
		return memory_text("is a corrupt Linux Image: text_offset 0x%" PRIx64 ", image_size 0x%" PRIx64,
				   text_offset, header->image_size);
	check_state(model, partition, "aarch64", "an arm64 Linux Image, which runs in AArch64");
	partition->is_linux = true;
	image.fill = header->image_size > image.size ? header->image_size - image.size : 0;
	image.base = align_up(partition->memory[0].base, BLOCK_SIZE) + BLOCK_SIZE + text_offset;
	if (partition->load_address != MODEL_NOWHERE) {
		image.base = partition->load_address;
		if ((image.base - text_offset) % BLOCK_SIZE != 0)
			message_error(locate_property(model->tree, partition->node, "load-address"),
				      "a Linux Image with text_offset 0x%" PRIx64 " cannot be loaded at 0x%" PRIx64
				      ": it must lie that far above a multiple of 2 MiB; leave load-address out",
				      text_offset, image.base);
	}
	load_add(partition, image);
	partition->start = image.base;
	return NULL;
}

static const char *elf_load(const struct model *model, struct partition *partition, struct image image)
{
	uint8_t *file = image.data;
	struct elf elf;
	const char *refusal = elf_read(file, image.size, model->board.arch, &elf);

	if (refusal)
		return refusal;
	if (partition->load_address != MODEL_NOWHERE)
		return "is an ELF, which says itself where it is loaded: leave load-address out";
	partition->is_aarch32 = elf.is_aarch32;
	check_state(model, partition, elf.is_aarch32 ? "aarch32" : "aarch64",
		    elf.is_aarch32 ? "an ELF for AArch32" : "an ELF for AArch64");
	for (size_t i = 0; i < elf.segment_count; i++) {
		const struct elf_segment *segment = &elf.segments[i];

		image.data = file + (segment->data - file);
		image.size = segment->file_size;
		image.fill = segment->memory_size - segment->file_size;
		image.base = segment->physical;
		load_add(partition, image);
	}
	partition->start = elf.entry;
	return NULL;
}

/* Compressed kernels are often mistaken for raw ones. */
static const char *raw_load(const struct model *model, struct partition *partition, struct image image)
{
	if (partition->load_address != MODEL_NOWHERE && partition->entry != MODEL_NOWHERE) {
		partition->is_aarch32 = property_is(partition->execution_state, "aarch32");
		image.base = partition->load_address;
		load_add(partition, image);
		return NULL;
	}
	if (image.size >= 2 && memcmp(image.data, "\x1f\x8b", 2) == 0)
		return "is gzip-compressed; unpack it first (gunzip)";
	if (image.size >= 8 && memcmp(image.data, "MZ\0\0zimg", 8) == 0)
		return "is a compressed EFI kernel (vmlinuz.efi); give the Image inside it";
	return model->board.arch == PLAN_ARCH_X86
		       ? "is neither a Linux bzImage nor an ELF; a raw image needs load-address and entry"
		       : "is neither an arm64 Linux Image nor an ELF; a raw image needs load-address and entry";
}

/* Adds what is loaded of a kernel, by what the file holds; returns what is wrong, as the rest of a sentence. */
static const char *kernel_add(const struct model *model, struct partition *partition, struct image image)
{
	bool is_x86 = model->board.arch == PLAN_ARCH_X86;
	struct linux_header header = {0};

	if (image.size >= sizeof(header))
		memcpy(&header, image.data, sizeof(header));
	if (header.magic == LINUX_MAGIC)
		return is_x86 ? "is an arm64 Linux Image; x86 takes a bzImage"
			      : linux_load(model, partition, image, &header);
	if (x86_linux_is(&image))
		return is_x86 ? x86_linux_load(partition, image) : "is a Linux bzImage for x86, not Arm";
	if (elf_recognise(image.data, image.size))
		return elf_load(model, partition, image);
	return raw_load(model, partition, image);
}

static void kernel_load(const struct model *model, struct partition *partition)
{
	struct image image = {.kind = PLAN_IMAGE_KERNEL};
	const char *refusal;

	if (!image_read(model, partition, "kernel", partition->kernel, &image))
		return;
	refusal = kernel_add(model, partition, image);
	if (refusal)
		message_error(image.location, "%s %s", image.file, refusal);
	if (partition->entry != MODEL_NOWHERE)
		partition->start = partition->entry;
	partition->wants_tree = partition->dtb ? strcmp(partition->dtb, "none") != 0
					       : partition->is_linux && model->board.arch != PLAN_ARCH_X86;
}

/* Behind the kernel; x86: at the end of its memory. */
static void ramdisk_load(const struct model *model, struct partition *partition)
{
	const struct image *kernel = &partition->images[0];
	struct image image = {.kind = PLAN_IMAGE_RAMDISK};

	if (!partition->is_linux) {
		message_partition(model, partition, "ramdisk",
				  " has a ramdisk, but its kernel is not a Linux Image; leave ramdisk out");
		return;
	}
	if (!image_read(model, partition, "ramdisk", partition->ramdisk, &image))
		return;
	image.base = model->board.arch == PLAN_ARCH_X86
			     ? x86_linux_ramdisk(partition, image.size)
			     : align_up(kernel->base + kernel->size + kernel->fill, PAGE_SIZE);
	load_add(partition, image);
}

static void image_check_memory(const struct partition *partition, const struct image *image)
{
	uint64_t size = image->size + image->fill;

	for (size_t i = 0; i < partition->memory_count; i++) {
		if (range_inside(image->base, size, partition->memory[i].base, partition->memory[i].size))
			return;
	}
	message_error(image->location,
		      "%s does not fit the memory of partition '%s': it needs 0x%" PRIx64 "..0x%" PRIx64
		      " (guest-physical), the partition has 0x%" PRIx64 "..0x%" PRIx64 "%s; enlarge or move 'memory'",
		      image->file, partition->name, image->base, image->base + size, partition->memory[0].base,
		      partition->memory[0].base + partition->memory[0].size,
		      partition->memory_count > 1 ? " and further windows" : "");
}

void load_check(const struct partition *partition)
{
	for (size_t i = 0; i < partition->image_count; i++) {
		const struct image *a = &partition->images[i];

		image_check_memory(partition, a);
		for (size_t j = 0; j < i; j++) {
			const struct image *b = &partition->images[j];

			if (range_overlaps(a->base, a->size + a->fill, b->base, b->size + b->fill))
				message_error(a->location,
					      "%s overlaps %s in the memory of partition '%s' at 0x%" PRIx64, a->file,
					      a->file == b->file ? "itself" : b->file, partition->name,
					      a->base > b->base ? a->base : b->base);
		}
	}
}

/* An instruction: 4 bytes, aligned; in Thumb (AArch32, bit 0 of the entry) 2 bytes are the least; x86: 1 byte. */
static void entry_check(const struct model *model, const struct partition *partition)
{
	const char *property = partition->entry != MODEL_NOWHERE ? "entry" : "kernel";
	bool thumb = partition->is_aarch32 && partition->start % 2 != 0, inside = false;
	uint64_t address = thumb ? partition->start - 1 : partition->start;
	uint64_t size = model->board.arch == PLAN_ARCH_X86 ? 1 : thumb ? 2 : 4;

	for (size_t i = 0; i < partition->image_count; i++) {
		const struct image *image = &partition->images[i];

		inside = inside ||
			 (image->kind == PLAN_IMAGE_KERNEL && range_inside(address, size, image->base, image->size));
	}
	if (!inside)
		message_partition(model, partition, property, " enters at 0x%" PRIx64 ", which is not inside %s",
				  partition->start, partition->kernel);
	else if (address % size != 0)
		message_partition(model, partition, property,
				  " enters at 0x%" PRIx64 ", which is not a multiple of 4%s", partition->start,
				  partition->is_aarch32 ? " (A32), nor odd (Thumb)" : "");
}

static void partition_load(const struct model *model, struct partition *partition)
{
	size_t errors = message_errors();

	kernel_load(model, partition);
	if (partition->ramdisk && message_errors() == errors)
		ramdisk_load(model, partition);
	if (message_errors() != errors)
		return;
	load_check(partition);
	entry_check(model, partition);
}

void load_images(struct model *model)
{
	for (size_t i = 0; i < model->partition_count; i++)
		partition_load(model, &model->partitions[i]);
}
