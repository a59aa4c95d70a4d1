/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From model to file: reads the hypervisor's ELF, repeats layout, tables and plan until their sizes agree, and writes
 * it all behind an arm64 Image header, or a multiboot header. Not here: any of the pieces (layout.c, el2.c, stage2.c, rows.c, seal.c).
 */
#include "planner/emit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/check.h"
#include "plan/view.h"
#include "planner/align.h"
#include "planner/describe.h"
#include "planner/el2.h"
#include "planner/elf.h"
#include "planner/file.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"
#include "planner/rows.h"
#include "planner/seal.h"
#include "planner/stage2.h"
#include "planner/x86/control.h"
#include "planner/x86/image.h"

struct emission {
	const struct model *model;
	struct elf elf;
	struct layout layout;
	struct el2 el2;
	uint64_t **stage2_roots;            /* a partition */
	struct range *stage2_tables;        /* a partition */
	struct table_leaves *stage2_leaves; /* a partition */
	struct x86_control x86;
	uint8_t *memory; /* image, plan, tables, shared: from the load address */
	uint64_t memory_size;
	uint64_t file_size;
};

static const struct location nowhere;

/* ---- the hypervisor's ELF ---------------------------------------------------------------------------------------- */

static const char *segment_refusal(const struct elf *elf, size_t index)
{
	const struct elf_segment *segment = &elf->segments[index];
	const struct elf_segment *before = index ? segment - 1 : NULL;

	if (segment->virtual != segment->physical || segment->physical % PAGE_SIZE != 0)
		return "has a segment that is not page-aligned, or not linked where it is loaded";
	if (segment->writable && segment->executable)
		return "has a segment that is both writable and executable";
	if (before && segment->physical < align_up(before->physical + before->memory_size, PAGE_SIZE))
		return "has segments that share a page or do not ascend";
	return NULL;
}

static bool hypervisor_check(const struct model *model, const char *path, const struct elf *elf)
{
	const char *refusal = NULL;

	for (size_t i = 0; !refusal && i < elf->segment_count; i++)
		refusal = segment_refusal(elf, i);
	if (!refusal && model->board.arch == PLAN_ARCH_X86)
		refusal = x86_image_refusal(elf);
	else if (!refusal && (!elf->segments[0].executable || elf->segments[0].file_size < 64 ||
			      memcmp(elf->segments[0].data + 56, "ARM\x64", 4) != 0))
		refusal = "does not begin with an arm64 Image header";
	if (refusal) {
		message_error(nowhere, "%s %s; it is no hypervisor of this release", path, refusal);
		return false;
	}
	if (elf->segments[0].physical != model->board.load_address) {
		message_error(model->board.location,
			      "%s is linked at 0x%" PRIx64 ", but load-address is 0x%" PRIx64
			      "; build it anew: make hypervisor BOARD=%s",
			      path, elf->segments[0].physical, model->board.load_address, model->board.name);
		return false;
	}
	return true;
}

static bool hypervisor_read(struct emission *emission)
{
	const struct model *model = emission->model;
	const char *path = getenv("BULKHEAD_ELF");
	const char *refusal;
	struct file file;

	if (!path || !*path)
		path = memory_text("%s/bulkhead-%s.elf", read_build_folder(), model->board.name);
	file = file_read(path);
	if (!file.data) {
		message_error(nowhere,
			      "cannot read the hypervisor %s: %s; build it first: make hypervisor BOARD=%s (or "
			      "BOARD_FILE=DIR/%s.dtsi)",
			      path, strerror(errno), model->board.name, model->board.name);
		return false;
	}
	refusal = elf_read(file.data, file.size, model->board.arch, &emission->elf);
	if (!refusal && emission->elf.is_aarch32)
		refusal = "is an ELF for AArch32; the hypervisor's is for AArch64";
	if (refusal) {
		message_error(nowhere, "%s %s", path, refusal);
		return false;
	}
	return hypervisor_check(model, path, &emission->elf);
}

/* ---- tables and plan --------------------------------------------------------------------------------------------- */

static void stage2_build_all(struct emission *emission)
{
	const struct model *model = emission->model;
	struct table_pages *pages = &emission->el2.pages;

	emission->stage2_roots = memory_zeroed(model->partition_count, sizeof(*emission->stage2_roots));
	emission->stage2_tables = memory_zeroed(model->partition_count, sizeof(*emission->stage2_tables));
	emission->stage2_leaves = memory_zeroed(model->partition_count, sizeof(*emission->stage2_leaves));
	emission->x86 = (struct x86_control){
		.partitions = memory_zeroed(model->partition_count, sizeof(*emission->x86.partitions))};
	for (size_t i = 0; i < model->partition_count; i++) {
		uint64_t first = pages->base + pages->count * PAGE_SIZE;

		emission->stage2_roots[i] = memory_zeroed(stage2_root_size(model, i), 1);
		pages->leaves = (struct table_leaves){0};
		stage2_build(model, i, pages, emission->stage2_roots[i]);
		emission->stage2_leaves[i] = pages->leaves;
		if (model->board.arch == PLAN_ARCH_X86)
			x86_control_build(model, &emission->layout, i, pages, &emission->x86);
		emission->stage2_tables[i] = (struct range){first, pages->base + pages->count * PAGE_SIZE - first};
	}
}

static uint8_t *plan_build(const struct emission *emission, uint64_t *size)
{
	const struct rows_source source = {
		.model = emission->model,
		.layout = &emission->layout,
		.el2 = &emission->el2,
		.stage2_roots = emission->stage2_roots,
		.stage2_tables = emission->stage2_tables,
		.x86 = &emission->x86,
		.memory = emission->memory,
		.image_size = emission->file_size,
	};

	return rows_build(&source, size);
}

/*
 * Where tables lie depends on the plan's size, and the plan's size on the number of tables. Both only ever grow from
 * round to round and are bounded, so this ends; two or three rounds are usual.
 */
static bool sizes_settle(struct emission *emission)
{
	struct layout_guess guess = {0};
	bool settled = false;

	layout_choose_cores(emission->model, &emission->layout);
	while (!settled) {
		uint64_t plan_size;

		layout_compute(emission->model, &guess, &emission->layout);
		if (!el2_build(emission->model, &emission->layout, &emission->el2))
			return false;
		stage2_build_all(emission);
		plan_build(emission, &plan_size);
		settled = plan_size <= guess.plan_size && emission->el2.pages.count <= guess.table_pages;
		guess.plan_size = plan_size > guess.plan_size ? plan_size : guess.plan_size;
		if (emission->el2.pages.count > guess.table_pages)
			guess.table_pages = emission->el2.pages.count;
	}
	if (emission->layout.private.base + emission->layout.private.size <= emission->model->hypervisor_end)
		return true;
	message_error(nowhere,
		      "the hypervisor with its tables ends at 0x%" PRIx64 ", behind 0x%" PRIx64
		      ", the room that it was given; report this",
		      emission->layout.private.base + emission->layout.private.size, emission->model->hypervisor_end);
	return false;
}

/* ---- the image in memory ----------------------------------------------------------------------------------------- */

static void copy_in(struct emission *emission, uint64_t address, const void *bytes, uint64_t size)
{
	memcpy(emission->memory + (address - emission->layout.image.base), bytes, size);
}

static void put_number(struct emission *emission, size_t offset, uint64_t value)
{
	for (size_t i = 0; i < sizeof(value); i++)
		emission->memory[offset + i] = (uint8_t)(value >> (8 * i));
}

/* Distance of the load address from the 2 MiB-aligned start of the RAM that it lies in: loaders count from there, reserved or not. */
static uint64_t text_offset(const struct board *board)
{
	uint64_t offset = board->load_address % BLOCK_SIZE;

	for (size_t i = 0; i < board->ram_count; i++) {
		const struct range *ram = &board->ram[i];
		uint64_t base = align_up(ram->base, BLOCK_SIZE);

		if (range_inside(board->load_address, 1, ram->base, ram->size) && base <= board->load_address)
			offset = board->load_address - base;
	}
	return offset;
}

/*
 * Documentation/arm64/booting.rst of Linux, section 4. Flags: little-endian, 4 KiB pages, as near the RAM's base as can
 * be.
 */
static void header_patch(struct emission *emission)
{
	const struct range *golden = &emission->model->golden;

	put_number(emission, 8, text_offset(&emission->model->board));
	put_number(emission, 16, golden->base + golden->size - emission->layout.image.base);
	put_number(emission, 24, UINT64_C(1) << 1);
}

static void memory_fill(struct emission *emission)
{
	const struct layout *layout = &emission->layout;

	for (size_t i = 0; i < emission->elf.segment_count; i++) {
		const struct elf_segment *segment = &emission->elf.segments[i];

		copy_in(emission, segment->physical, segment->data, segment->file_size);
	}
	if (emission->model->board.arch != PLAN_ARCH_X86)
		header_patch(emission);
	copy_in(emission, layout->roots.base, emission->el2.roots, layout->roots.size);
	for (size_t i = 0; i < emission->el2.pages.count; i++)
		copy_in(emission, layout->tables.base + i * PAGE_SIZE, emission->el2.pages.pages[i], PAGE_SIZE);
	for (size_t i = 0; i < emission->model->partition_count; i++)
		copy_in(emission, layout->stage2_roots[i], emission->stage2_roots[i],
			stage2_root_size(emission->model, i));
}

static void images_hash(const struct model *model, struct plan_header *plan)
{
	struct plan_image *row = (struct plan_image *)(void *)((uint8_t *)plan + plan->images.offset);

	for (size_t i = 0; i < model->partition_count; i++) {
		for (size_t j = 0; j < model->partitions[i].image_count; j++, row++)
			seal_sha256(model->partitions[i].images[j].data, row->size, row->sha256);
	}
}

static struct plan_header *plan_of(const struct emission *emission)
{
	return (void *)(emission->memory + (emission->layout.plan.base - emission->layout.image.base));
}

static bool plan_seal(struct emission *emission)
{
	struct plan_header *plan = plan_of(emission);
	enum refusal refusal;
	uint64_t size;
	uint8_t *bytes;

	bytes = plan_build(emission, &size);
	memcpy(plan, bytes, size);
	images_hash(emission->model, plan);
	seal_plan(emission->memory, plan);
	refusal = plan_check(plan, emission->model->board.arch);
	if (refusal == REFUSAL_NONE)
		return true;
	message_error(nowhere, "internal error: the target would refuse this plan with E%02d; report this", refusal);
	return false;
}

static bool memory_build(struct emission *emission)
{
	const struct layout *layout = &emission->layout;

	/* The file ends with the last golden byte: padding up to golden_size is left to the memory. */
	emission->file_size = layout->private.base + layout->private.size - layout->image.base;
	if (emission->model->golden_end != 0)
		emission->file_size = emission->model->golden_end - layout->image.base;
	emission->memory_size = layout->shared.base + layout->shared.size - layout->image.base;
	emission->memory = memory_zeroed(emission->memory_size, 1);
	memory_fill(emission);
	return plan_seal(emission);
}

/* ---- the files ---------------------------------------------------------------------------------------------------- */

/* Bytes behind what is there, zeros between them: *end moves on. A pipe knows no places. */
static bool write_on(FILE *stream, uint64_t *end, uint64_t offset, const uint8_t *bytes, uint64_t size)
{
	static const uint8_t zeros[PAGE_SIZE];
	bool written = true;

	while (written && *end < offset) {
		uint64_t count = offset - *end < sizeof(zeros) ? offset - *end : sizeof(zeros);

		written = fwrite(zeros, 1, count, stream) == count;
		*end += count;
	}
	*end += size;
	return written && fwrite(bytes, 1, size, stream) == size;
}

/* Golden images lie in the order of their rows (place.c); without any the file ends with stacks and logs, which are zero. */
static bool image_write(const void *source, FILE *stream)
{
	const struct emission *emission = source;
	uint64_t end = 0;
	bool written = write_on(stream, &end, 0, emission->memory, emission->memory_size);

	for (size_t i = 0; i < emission->model->partition_count; i++) {
		const struct partition *partition = &emission->model->partitions[i];

		for (size_t j = 0; j < partition->image_count; j++) {
			const struct image *image = &partition->images[j];

			if (image->size)
				written = written && write_on(stream, &end, image->golden - emission->layout.image.base,
							      image->data, image->size);
		}
	}
	return written && write_on(stream, &end, emission->file_size, emission->memory, 0);
}

static bool description_write(const void *source, FILE *stream)
{
	const struct emission *emission = source;
	const struct describe_source described = {
		.model = emission->model,
		.layout = &emission->layout,
		.plan = plan_of(emission),
		.stage2_leaves = emission->stage2_leaves,
	};

	describe_write(stream, &described);
	return fflush(stream) == 0 && ferror(stream) == 0;
}

static bool files_write(const struct emission *emission, const char *output, const char *description)
{
	if (output && !file_write(output, image_write, emission))
		return false;
	if (!description)
		return true;
	if (strcmp(description, "-") == 0)
		return description_write(emission, stdout);
	return file_write(description, description_write, emission);
}

bool emit_image(const struct model *model, const char *output, const char *description)
{
	struct emission emission = {.model = model};

	emission.layout.elf = &emission.elf;
	return hypervisor_read(&emission) && sizes_settle(&emission) && memory_build(&emission) &&
	       files_write(&emission, output, description);
}
