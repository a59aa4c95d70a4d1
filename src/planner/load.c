/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels and ramdisks: arm64 Linux Image, ELF or raw bytes, told apart by what the file holds and laid out in the
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

/* The file that `property` names, of at least a byte. Its data is NULL, reported, when there is none. */
static struct file image_read(const struct model *model, const struct partition *partition, const char *property,
			      const char *name)
{
	const char *path = read_path(model, name);
	struct location location = locate_property(model->tree, partition->node, property);
	struct file file = {0};

	errno = ENOENT;
	if (path)
		file = file_read(path);
	if (!file.data) {
		message_error(location, "cannot read %s: %s", name, strerror(errno));
	} else if (file.size == 0) {
		message_error(location, "%s is empty", name);
		file.data = NULL;
	}
	return file;
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
	return found;
}

static struct image kernel_image(const struct model *model, const struct partition *partition)
{
	return (struct image){.kind = PLAN_IMAGE_KERNEL,
			      .file = partition->kernel,
			      .location = locate_property(model->tree, partition->node, "kernel")};
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

/* `text_offset` counts from a 2 MiB-aligned base, which lies 2 MiB above the RAM base: the device tree is below it. */
static void linux_load(const struct model *model, struct partition *partition, struct file file,
		       const struct linux_header *header)
{
	uint64_t text_offset = header->image_size ? header->text_offset : LINUX_OLD_TEXT_OFFSET;
	struct image image = kernel_image(model, partition);

	if (header->flags & LINUX_FLAG_BIG_ENDIAN) {
		message_error(image.location, "%s is a big-endian Linux Image, which is not supported", image.file);
		return;
	}
	if (text_offset >= GIBIBYTE || header->image_size > UINT64_C(1) << 40) {
		message_error(image.location,
			      "%s is a corrupt Linux Image: text_offset 0x%" PRIx64 ", image_size 0x%" PRIx64,
			      image.file, text_offset, header->image_size);
		return;
	}
	check_state(model, partition, "aarch64", "an arm64 Linux Image, which runs in AArch64");
	partition->is_linux = true;
	image.data = file.data;
	image.size = file.size;
	image.fill = header->image_size > file.size ? header->image_size - file.size : 0;
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
}

static void elf_load(const struct model *model, struct partition *partition, struct file file)
{
	struct image image = kernel_image(model, partition);
	struct elf elf;
	const char *refusal = elf_read(file.data, file.size, &elf);

	if (!refusal && partition->load_address != MODEL_NOWHERE)
		refusal = "is an ELF, which says itself where it is loaded: leave load-address out";
	if (refusal) {
		message_error(image.location, "%s %s", image.file, refusal);
		return;
	}
	partition->is_aarch32 = elf.is_aarch32;
	check_state(model, partition, elf.is_aarch32 ? "aarch32" : "aarch64",
		    elf.is_aarch32 ? "an ELF for AArch32" : "an ELF for AArch64");
	for (size_t i = 0; i < elf.segment_count; i++) {
		const struct elf_segment *segment = &elf.segments[i];

		image.data = file.data + (segment->data - file.data);
		image.size = segment->file_size;
		image.fill = segment->memory_size - segment->file_size;
		image.base = segment->physical;
		load_add(partition, image);
	}
	partition->start = elf.entry;
}

/* Compressed kernels are often mistaken for raw ones. */
static const char *raw_hint(struct file file)
{
	if (file.size >= 2 && memcmp(file.data, "\x1f\x8b", 2) == 0)
		return "is gzip-compressed; unpack it first (gunzip)";
	if (file.size >= 8 && memcmp(file.data, "MZ\0\0zimg", 8) == 0)
		return "is a compressed EFI kernel (vmlinuz.efi); give the Image inside it";
	return "is neither an arm64 Linux Image nor an ELF; a raw image needs load-address and entry";
}

static void raw_load(const struct model *model, struct partition *partition, struct file file)
{
	struct image image = kernel_image(model, partition);

	if (partition->load_address == MODEL_NOWHERE || partition->entry == MODEL_NOWHERE) {
		message_error(image.location, "%s %s", image.file, raw_hint(file));
		return;
	}
	partition->is_aarch32 = property_is(partition->execution_state, "aarch32");
	image.data = file.data;
	image.size = file.size;
	image.base = partition->load_address;
	load_add(partition, image);
}

static void kernel_load(const struct model *model, struct partition *partition)
{
	struct linux_header header = {0};
	struct file file = image_read(model, partition, "kernel", partition->kernel);

	if (!file.data)
		return;
	if (file.size >= sizeof(header))
		memcpy(&header, file.data, sizeof(header));
	if (header.magic == LINUX_MAGIC)
		linux_load(model, partition, file, &header);
	else if (elf_recognise(file.data, file.size))
		elf_load(model, partition, file);
	else
		raw_load(model, partition, file);
	if (partition->entry != MODEL_NOWHERE)
		partition->start = partition->entry;
	partition->wants_tree = partition->dtb ? strcmp(partition->dtb, "none") != 0 : partition->is_linux;
}

/* Behind the kernel. */
static void ramdisk_load(const struct model *model, struct partition *partition)
{
	struct image image = {.kind = PLAN_IMAGE_RAMDISK,
			      .file = partition->ramdisk,
			      .location = locate_property(model->tree, partition->node, "ramdisk")};
	struct file file;

	if (!partition->is_linux) {
		message_error(image.location,
			      "partition '%s' has a ramdisk, but its kernel is not a Linux Image; leave ramdisk out",
			      partition->name);
		return;
	}
	file = image_read(model, partition, "ramdisk", partition->ramdisk);
	if (!file.data)
		return;
	image.data = file.data;
	image.size = file.size;
	image.base =
		align_up(partition->images[0].base + partition->images[0].size + partition->images[0].fill, PAGE_SIZE);
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

static void images_check(const struct partition *partition)
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

/* An instruction: 4 bytes, aligned; in Thumb (AArch32, bit 0 of the entry) 2 bytes are the least. */
static void entry_check(const struct model *model, const struct partition *partition)
{
	const char *property = partition->entry != MODEL_NOWHERE ? "entry" : "kernel";
	bool thumb = partition->is_aarch32 && partition->start % 2 != 0, inside = false;
	uint64_t address = thumb ? partition->start - 1 : partition->start, size = thumb ? 2 : 4;

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
	images_check(partition);
	entry_check(model, partition);
}

void load_images(struct model *model)
{
	for (size_t i = 0; i < model->partition_count; i++)
		partition_load(model, &model->partitions[i]);
}
