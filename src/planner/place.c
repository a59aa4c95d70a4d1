/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical placement: direct-mapped windows first, then the others, largest first, each where the lowest room is that
 * allows the largest blocks. Not here: whether windows are legal (check.h).
 */
#include "planner/place.h"

#include <inttypes.h>
#include <stdlib.h>

#include "planner/align.h"
#include "planner/check_parts.h"
#include "planner/layout.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/stage2.h"

#define EL2_MOST_BITS 39u
#define STAGE2_MOST_BITS 43u

/* What is taken of the board's memory. */
struct taken {
	struct range *ranges;
	size_t count;
};

struct request {
	struct window *window;
	const struct partition *partition;
	size_t order; /* in the file, to break ties */
};

static void take(struct taken *taken, uint64_t base, uint64_t size)
{
	*MEMORY_APPEND(taken->ranges, taken->count) = (struct range){base, size};
}

static const struct range *taken_find(const struct taken *taken, uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < taken->count; i++) {
		if (range_overlaps(base, size, taken->ranges[i].base, taken->ranges[i].size))
			return &taken->ranges[i];
	}
	return NULL;
}

/* The lowest address >= from that is congruent to `like` modulo `unit`, a power of two. */
static uint64_t congruent_up(uint64_t from, uint64_t like, uint64_t unit)
{
	return from + ((like - from) & (unit - 1));
}

static bool place_in(const struct taken *taken, const struct range *memory, struct window *window, uint64_t unit)
{
	uint64_t pa = congruent_up(memory->base, window->base, unit);

	while (range_inside(pa, window->size, memory->base, memory->size)) {
		const struct range *obstacle = taken_find(taken, pa, window->size);

		if (!obstacle) {
			window->pa = pa;
			return true;
		}
		pa = congruent_up(obstacle->base + obstacle->size, window->base, unit);
	}
	return false;
}

/* Largest block that a window of this size can use at all; not every x86 core has one of 1 GiB. */
static uint64_t unit_wanted(const struct board *board, uint64_t size)
{
	if (size >= GIBIBYTE && board->arch != PLAN_ARCH_X86)
		return GIBIBYTE;
	return size >= BLOCK_SIZE ? BLOCK_SIZE : PAGE_SIZE;
}

static const char *unit_name(uint64_t unit)
{
	if (unit == GIBIBYTE)
		return "1 GiB";
	return unit == BLOCK_SIZE ? "2 MiB" : "4 KiB";
}

static uint64_t unit_smaller(uint64_t unit)
{
	return unit == GIBIBYTE ? BLOCK_SIZE : PAGE_SIZE;
}

/* Bytes from `start` to the next obstacle or the end of `memory`; 0 where `start` itself is taken. */
static uint64_t room_at(const struct taken *taken, const struct range *memory, uint64_t start)
{
	uint64_t end = memory->base + memory->size;

	for (size_t i = 0; i < taken->count; i++) {
		if (range_overlaps(start, end - start, taken->ranges[i].base, taken->ranges[i].size))
			end = taken->ranges[i].base > start ? taken->ranges[i].base : start;
	}
	return end - start;
}

struct room {
	uint64_t total, largest;
	size_t pieces;
};

/* Free pieces begin where memory does, and where something taken ends. */
static struct room room_left(const struct board *board, const struct taken *taken)
{
	struct room room = {0};

	for (size_t i = 0; i < board->memory_count; i++) {
		for (size_t j = 0; j <= taken->count; j++) {
			const struct range *memory = &board->memory[i], *before = &taken->ranges[j];
			uint64_t start = j == taken->count ? memory->base : before->base + before->size;
			uint64_t size =
				range_inside(start, 1, memory->base, memory->size) ? room_at(taken, memory, start) : 0;

			if (j < taken->count && start == memory->base)
				continue;
			room.total += size;
			room.largest = size > room.largest ? size : room.largest;
			room.pieces += size != 0;
		}
	}
	return room;
}

static void refuse_window(const struct model *model, const struct taken *taken, const struct request *request)
{
	struct room room = room_left(&model->board, taken);

	message_error(locate_property(model->tree, request->partition->node, "memory"),
		      "no room for %" PRIu64 " KiB of partition '%s': %" PRIu64
		      " KiB of the board's memory are free, in %zu piece%s of at most %" PRIu64
		      " KiB; shrink 'memory' here or in another partition",
		      request->window->size / 1024, request->partition->name, room.total / 1024, room.pieces,
		      room.pieces == 1 ? "" : "s", room.largest / 1024);
}

static void place_window(const struct model *model, struct taken *taken, const struct request *request)
{
	struct window *window = request->window;

	for (uint64_t unit = unit_wanted(&model->board, window->size);; unit = unit_smaller(unit)) {
		for (size_t i = 0; i < model->board.memory_count; i++) {
			if (!place_in(taken, &model->board.memory[i], window, unit))
				continue;
			take(taken, window->pa, window->size);
			return;
		}
		if (unit == PAGE_SIZE)
			break;
	}
	refuse_window(model, taken, request);
}

/* That it is RAM is check's finding. */
static void place_direct(const struct model *model, struct taken *taken, const struct request *request)
{
	struct window *window = request->window;
	const struct range *obstacle = taken_find(taken, window->base, window->size);

	window->pa = window->base;
	if (!obstacle)
		take(taken, window->pa, window->size);
	else
		message_error(locate_property(model->tree, request->partition->node, "memory"),
			      "direct-mapped memory of partition '%s' at 0x%" PRIx64 " overlaps 0x%" PRIx64
			      "..0x%" PRIx64 ", which the hypervisor's image or another partition has; move it",
			      request->partition->name, window->base, obstacle->base, obstacle->base + obstacle->size);
}

/* Direct-mapped windows, which have no choice, come first; then size descending, then the file's order. */
static int request_compare(const void *left, const void *right)
{
	const struct request *a = left;
	const struct request *b = right;

	if (a->partition->direct_map != b->partition->direct_map)
		return a->partition->direct_map ? -1 : 1;
	if (a->window->size != b->window->size)
		return a->window->size > b->window->size ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static void place_windows(struct model *model, struct taken *taken)
{
	struct request *requests = NULL;
	size_t count = 0;

	for (size_t i = 0; i < model->partition_count; i++) {
		struct partition *partition = &model->partitions[i];

		for (size_t j = 0; j < partition->memory_count; j++) {
			*MEMORY_APPEND(requests, count) = (struct request){&partition->memory[j], partition, count - 1};
		}
	}
	if (count)
		qsort(requests, count, sizeof(*requests), request_compare);
	for (size_t i = 0; i < count; i++) {
		if (requests[i].partition->direct_map)
			place_direct(model, taken, &requests[i]);
		else
			place_window(model, taken, &requests[i]);
	}
}

/* Stage 2, of as many tables as the windows' places ask for: none where blocks of 1 GiB serve, at worst one for each 2 MiB. */
static uint64_t stage2_bound(const struct model *model)
{
	struct table_pages pages = {0};
	uint64_t roots = 0;

	for (size_t i = 0; i < model->partition_count; i++) {
		uint64_t size = stage2_root_size(model, i);

		stage2_build(model, i, &pages, memory_zeroed(size, 1));
		roots += 4 * size; /* aligned to its size; and the plan has a row for each entry */
	}
	return roots + pages.count * PAGE_SIZE;
}

/*
 * More than the hypervisor can need with all windows where they are: code and plan, per core its stack, log and tables, per window
 * the tables that map it at EL2, per bus a device table. Rounded up to 2 MiB anyway, so that precision would gain nothing; emit
 * refuses what exceeds it.
 */
static uint64_t hypervisor_bound(const struct model *model)
{
	uint64_t bound = UINT64_C(512) * 1024 + model->core_count * 8 * PAGE_SIZE +
			 2 * PAGE_SIZE * model->board.x86.buses + stage2_bound(model);

	for (size_t i = 0; i < model->partition_count; i++) {
		const struct partition *partition = &model->partitions[i];

		bound += 12 * PAGE_SIZE + partition->device_count * PAGE_SIZE +
			 partition->image_count * sizeof(struct plan_image);
		for (size_t j = 0; j < partition->memory_count; j++)
			bound += PAGE_SIZE * (4 + 2 * (partition->memory[j].size / GIBIBYTE));
	}
	return bound;
}

static void place_golden(struct model *model, uint64_t bound)
{
	uint64_t cursor;

	model->golden.base = align_up(model->board.load_address + bound, BLOCK_SIZE);
	cursor = model->golden.base;
	for (size_t i = 0; i < model->partition_count; i++) {
		for (size_t j = 0; j < model->partitions[i].image_count; j++) {
			struct image *image = &model->partitions[i].images[j];

			image->golden = cursor;
			if (image->size != 0)
				model->golden_end = cursor + image->size;
			cursor = align_up(cursor + image->size, PAGE_SIZE);
		}
	}
	model->golden.size = align_up(cursor - model->golden.base, BLOCK_SIZE);
	model->hypervisor_end = model->golden.base;
}

static void place_images(struct partition *partition)
{
	for (size_t i = 0; i < partition->image_count; i++) {
		struct image *image = &partition->images[i];

		for (size_t j = 0; j < partition->memory_count; j++) {
			const struct window *window = &partition->memory[j];

			if (range_inside(image->base, image->size + image->fill, window->base, window->size))
				image->pa = window->pa + (image->base - window->base);
		}
	}
}

/* The tables start at level 1: EL2's with a root of one page, stage 2 with up to 16 of them side by side. x86 has level 0. */
static bool spaces_fit(const struct model *model)
{
	unsigned int limit = stage2_pa_bits(&model->board);
	bool fit = layout_va_bits(&model->board) <= EL2_MOST_BITS;

	if (model->board.arch != PLAN_ARCH_X86 && limit > STAGE2_MOST_BITS)
		limit = STAGE2_MOST_BITS;
	if (!fit)
		message_error(model->board.location, "RAM at or above 0x%" PRIx64 " is not available yet",
			      UINT64_C(1) << (EL2_MOST_BITS - 1));
	for (size_t i = 0; i < model->partition_count; i++) {
		unsigned int bits = stage2_ipa_bits(model, i);

		if (bits <= limit)
			continue;
		message_error(
			model->partitions[i].location,
			"partition '%s' has guest-physical addresses of %u bits, but %u are the most here; move its "
			"memory or devices down",
			model->partitions[i].name, bits, limit);
		fit = false;
	}
	return fit;
}

/* All of it, with `bound` bytes for the hypervisor. */
static void place_all(struct model *model, uint64_t bound)
{
	uint64_t base = model->board.load_address;
	struct taken taken = {0};
	uint64_t size;

	place_golden(model, bound);
	size = model->golden.base + model->golden.size - base;
	if (!check_is_ram(&model->board, base, size)) {
		message_error(model->board.location,
			      "hypervisor and golden images need 0x%" PRIx64 "..0x%" PRIx64
			      ", which is not all memory of the board",
			      base, base + size);
		return;
	}
	take(&taken, base, size);
	place_windows(model, &taken);
}

/* A window that is direct-mapped lies as its guest sees it. */
static void warn_unaligned(const struct model *model, const struct partition *partition)
{
	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct window *window = &partition->memory[i];
		uint64_t wanted = unit_wanted(&model->board, window->size), unit = wanted;

		while (((window->pa - window->base) & (unit - 1)) != 0)
			unit = unit_smaller(unit);
		if (unit != wanted)
			message_warning(locate_property(model->tree, partition->node, "memory"),
					"memory of partition '%s' at 0x%" PRIx64
					" is not %s-aligned physically: no such room is free; %s blocks serve it",
					partition->name, window->base, unit_name(wanted), unit_name(unit));
	}
}

/* Where windows lie says how much the hypervisor needs, and that where windows can lie: it gets more until that is enough. */
void place_model(struct model *model)
{
	size_t errors = message_errors();

	if (!spaces_fit(model))
		return;
	for (size_t i = 0; i < model->partition_count; i++) {
		for (size_t j = 0; j < model->partitions[i].memory_count; j++)
			model->partitions[i].memory[j].pa = model->partitions[i].memory[j].base; /* at best */
	}
	do {
		place_all(model, hypervisor_bound(model));
	} while (message_errors() == errors &&
		 hypervisor_bound(model) > model->hypervisor_end - model->board.load_address);
	for (size_t i = 0; i < model->partition_count; i++) {
		warn_unaligned(model, &model->partitions[i]);
		place_images(&model->partitions[i]);
	}
}
