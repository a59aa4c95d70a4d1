/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks memory windows, and that nothing overlaps in a partition's guest-physical space. Not here: where windows lie
 * physically (place.h).
 */
#include <inttypes.h>

#include "planner/align.h"
#include "planner/check_parts.h"
#include "planner/layout.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/x86/check.h"

#define PIECES_MOST 1024u /* of all partitions: a plan has 4096 windows at most, those of devices included */

/* Something in a partition's guest-physical space, in whole pages. */
struct span {
	uint64_t base, size;
	const char *name;
	struct location location;
	bool is_device;
	uint64_t distance; /* of a device's guest-physical from its physical address */
};

struct space {
	const struct partition *partition;
	struct span *spans;
	size_t count;
};

const char *check_size_text(uint64_t size)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
	size_t unit = 0;

	for (; unit < 3 && size != 0 && size % 1024 == 0; unit++)
		size /= 1024;
	return memory_text("%" PRIu64 " %s", size, units[unit]);
}

/* Adds a span, and reports what it collides with. */
static void add_span(struct space *space, struct span span)
{
	for (size_t i = 0; i < space->count; i++) {
		const struct span *other = &space->spans[i];
		uint64_t first = other->base > span.base ? other->base : span.base;

		/* Devices of one page, mapped alike, are one mapping. */
		if (!range_overlaps(other->base, other->size, span.base, span.size) ||
		    (other->is_device && span.is_device && other->distance == span.distance))
			continue;
		message_error(span.location,
			      "partition '%s': %s and %s overlap at guest-physical %#" PRIx64 " (also %s); move one",
			      space->partition->name, span.name, other->name, first, other->location.where);
	}
	*MEMORY_APPEND(space->spans, space->count) = span;
}

static void add_device(const struct model *model, struct space *space, const struct device *device)
{
	struct location location = device->moved.where != NULL ? device->moved : device->taken;

	for (size_t i = 0; i < device->register_count; i++) {
		const struct range *range = &device->registers[i];
		uint64_t base = align_down(device->mapped[i], PAGE_SIZE), distance = device->mapped[i] - range->base;

		if (distance % PAGE_SIZE != 0) {
			message_error(location,
				      "partition '%s': %s cannot appear at %#" PRIx64
				      ": its physical address, %#" PRIx64 ", lies elsewhere in its page of 4 KiB",
				      space->partition->name, device->name, device->mapped[i], range->base);
			continue;
		}
		if (!check_is_addressable(&model->board, device->mapped[i], range->size)) {
			if (distance == 0) /* reported as the board's mistake */
				continue;
			message_error(location,
				      "partition '%s': %s at %#" PRIx64 " is beyond the board's %u address bits",
				      space->partition->name, device->name, device->mapped[i], model->board.pa_bits);
			continue;
		}
		add_span(space, (struct span){base, align_up(device->mapped[i] + range->size, PAGE_SIZE) - base,
					      device->name, location, true, distance});
	}
}

static void add_gic(const struct gic *gic, struct space *space)
{
	static const char *const names[][2] = {
		[PLAN_GIC_NONE] = {"its I/O APIC", "its local APIC"},
		[PLAN_GIC_V2] = {"its interrupt distributor", "its interrupt interface"},
		[PLAN_GIC_V3] = {"its interrupt distributor", "its interrupt redistributors"},
	};
	struct location location = space->partition->location;
	struct range seen[2];

	layout_gic_seen(gic, space->partition->core_count, seen);
	if (gic->distributor.size == 0 || seen[1].base == 0) /* reported as the board's mistake */
		return;
	for (size_t i = 0; i < 2; i++)
		add_span(space, (struct span){seen[i].base, seen[i].size, names[gic->version][i], location, false, 0});
}

/* A window by itself; false when there is no use in looking further at it. */
static bool check_window(const struct model *model, const struct partition *partition, const struct window *window)
{
	const char *fault = NULL;

	if (window->size == 0)
		fault = " has size 0";
	else if (window->base % PAGE_SIZE != 0 || window->size % PAGE_SIZE != 0)
		fault = memory_text(", size %#" PRIx64 ": both must be multiples of 4 KiB (0x1000)", window->size);
	else if (!check_is_addressable(&model->board, window->base, window->size))
		fault = memory_text(", size %#" PRIx64 " is beyond the board's %u address bits", window->size,
				    model->board.pa_bits);
	if (fault != NULL)
		message_partition(model, partition, "memory", ": memory at %#" PRIx64 "%s", window->base, fault);
	return fault == NULL;
}

static void check_direct_map(const struct model *model, const struct partition *partition, const struct window *window)
{
	if (!check_is_ram(&model->board, window->base, window->size))
		message_partition(model, partition, "memory",
				  " is direct-mapped, but %#" PRIx64 " .. %#" PRIx64 " is not all RAM of the board",
				  window->base, window->base + window->size - 1);
	else if (range_overlaps(window->base, window->size, model->board.load_address, BLOCK_SIZE))
		message_partition(model, partition, "memory",
				  " is direct-mapped, but the hypervisor lies at %#" PRIx64
				  "; move the memory, or the hypervisor (load-address, %s)",
				  model->board.load_address, model->board.location.where);
}

static void check_direct_map_pairs(const struct model *model, size_t first, size_t second)
{
	const struct partition *a = &model->partitions[first], *b = &model->partitions[second];

	for (size_t i = 0; a->direct_map && b->direct_map && i < a->memory_count; i++) {
		for (size_t j = 0; j < b->memory_count; j++) {
			const struct window *x = &a->memory[i], *y = &b->memory[j];

			if (range_overlaps(x->base, x->size, y->base, y->size))
				message_partition(model, b, "memory",
						  " and partition '%s' both own the memory at %#" PRIx64
						  ", direct-mapped (also %s); give it to one of them",
						  a->name, x->base > y->base ? x->base : y->base,
						  locate_property(model->tree, a->node, "memory").where);
		}
	}
}

static void check_space(const struct model *model, const struct partition *partition)
{
	struct location location = locate_property(model->tree, partition->node, "memory");
	struct space space = {.partition = partition};

	add_gic(&model->board.gic, &space);
	if (model->board.arch == PLAN_ARCH_X86)
		x86_check_memory(model, partition);
	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct window *window = &partition->memory[i];

		if (!check_window(model, partition, window))
			continue;
		add_span(&space, (struct span){window->base, window->size, "memory", location, false, 0});
		if (partition->direct_map)
			check_direct_map(model, partition, window);
	}
	for (size_t i = 0; i < partition->device_count; i++)
		add_device(model, &space, &model->devices[partition->devices[i]]);
}

/* A window that is not has been reported, and would make nonsense of the sum. */
static bool is_possible(const struct board *board, const struct window *window)
{
	return check_is_addressable(board, window->base, window->size) && window->size <= UINT64_C(1) << 48;
}

/* More than there is can never be placed; whether the rest can is place's to say, to the page. */
static void check_overcommit(const struct model *model)
{
	uint64_t room = 0, wanted = 0;

	for (size_t i = 0; i < model->board.memory_count; i++)
		room += model->board.memory[i].size;
	for (size_t i = 0; i < model->partition_count; i++) {
		const struct partition *partition = &model->partitions[i];

		for (size_t j = 0; j < partition->memory_count; j++) {
			const struct window *window = &partition->memory[j];

			if (!is_possible(&model->board, window))
				continue;
			wanted += window->size;
			if (room == 0 || wanted <= room)
				continue;
			message_partition(model, partition, "memory",
					  ": with its memory the partitions have %s, but the board has only %s of RAM; "
					  "shrink one",
					  check_size_text(wanted), check_size_text(room));
			return;
		}
	}
}

/* False, reported, when there are so many windows that each cannot be looked at beside each other. */
static bool check_pieces(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->partition_count; i++) {
		count += model->partitions[i].memory_count;
		if (count <= PIECES_MOST)
			continue;
		message_partition(model, &model->partitions[i], "memory",
				  ": with its memory the partitions have %zu pieces; %u are the most", count,
				  PIECES_MOST);
		return false;
	}
	return true;
}

void check_memory(const struct model *model)
{
	if (!check_pieces(model))
		return;
	for (size_t i = 0; i < model->partition_count; i++)
		check_space(model, &model->partitions[i]);
	for (size_t i = 0; i < model->partition_count; i++) {
		for (size_t j = 0; j < i; j++)
			check_direct_map_pairs(model, j, i);
	}
	check_overcommit(model);
}
