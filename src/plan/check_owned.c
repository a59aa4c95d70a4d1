/* SPDX-License-Identifier: Apache-2.0 */
/* What partitions own: windows, translations, interrupts, images. Not here: rows that refer to each other (check.c). */
#include "plan/check_parts.h"

#define MAX_BYTES (UINT64_C(1) << 48)

bool check_in_memory(const struct plan_header *plan, uint64_t base, uint64_t size)
{
	bool inside = false;

	for (uint32_t i = 0; i < plan->memory.count; i++) {
		const struct plan_range *range = &plan_memory(plan)[i];

		inside = inside || range_in(base, size, range->base, range->size);
	}
	return inside;
}

bool check_touches_memory(const struct plan_header *plan, uint64_t base, uint64_t size)
{
	bool touches = false;

	for (uint32_t i = 0; i < plan->memory.count; i++) {
		const struct plan_range *range = &plan_memory(plan)[i];

		touches = touches || ranges_overlap(base, size, range->base, range->size);
	}
	return touches;
}

/* Registers: clear of all memory, and of the interrupt controller but for a GICv2's CPU interface. */
static bool registers_allowed(const struct plan_header *plan, const struct plan_window *window)
{
	bool interface = range_in(window->pa, window->size, plan->gicr_pa, plan->gicr_size);
	bool place = !ranges_overlap(window->pa, window->size, plan->gicr_pa, plan->gicr_size);

	if (window->kind == (uint16_t)PLAN_WINDOW_INTERFACE) {
		place = interface && (plan->gic == (uint32_t)PLAN_GIC_V2);
	}
	return place && check_x86_window(plan, window) && !check_touches_memory(plan, window->pa, window->size) &&
	       !ranges_overlap(window->pa, window->size, plan->gicd_pa, distributor_size(plan));
}

/* RAM inside the board's memory and clear of the hypervisor and the golden images. */
static bool window_allowed(const struct plan_header *plan, const struct plan_window *window)
{
	bool sane = range_sane(window->base, window->size) && range_sane(window->pa, window->size) &&
		    (((window->base | window->pa | window->size) % PLAN_PAGE) == 0u);
	bool place;

	if (window->kind == (uint16_t)PLAN_WINDOW_RAM) {
		place = check_in_memory(plan, window->pa, window->size) &&
			!ranges_overlap(window->pa, window->size, plan->image_base, plan->image_size) &&
			!ranges_overlap(window->pa, window->size, plan->golden_base, plan->golden_size);
	} else {
		place = (window->kind >= (uint16_t)PLAN_WINDOW_DEVICE) &&
			(window->kind <= (uint16_t)PLAN_WINDOW_INTERFACE) && registers_allowed(plan, window);
	}
	return sane && place;
}

static bool is_interface(const struct plan_window *a, const struct plan_window *b)
{
	return (a->kind == (uint16_t)PLAN_WINDOW_INTERFACE) && (b->kind == (uint16_t)PLAN_WINDOW_INTERFACE);
}

bool check_windows(const struct plan_header *plan)
{
	const struct plan_window *windows = plan_windows(plan);
	bool exclusive = true;

	for (uint32_t i = 0; i < plan->windows.count; i++) {
		exclusive = exclusive && window_allowed(plan, &windows[i]);
		for (uint32_t j = 0; j < i; j++) {
			exclusive = exclusive &&
				    (is_interface(&windows[i], &windows[j]) ||
				     !ranges_overlap(windows[i].pa, windows[i].size, windows[j].pa, windows[j].size));
		}
	}
	return exclusive;
}

/* No two partitions share a VMID, a stage-2 root or a root entry: each of them would lend one the other's memory. */
bool check_translations(const struct plan_header *plan)
{
	const struct plan_partition *partitions = plan_partitions(plan);
	bool exclusive = true;

	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			exclusive = exclusive && (partitions[i].vmid != partitions[j].vmid) &&
				    (partitions[i].stage2_root != partitions[j].stage2_root) &&
				    !ranges_overlap(partitions[i].root_first, partitions[i].root_count,
						    partitions[j].root_first, partitions[j].root_count);
		}
	}
	return exclusive;
}

/* No SPI in two masks, every row's SPI in its owner's mask and in range, no bit without a row. */
bool check_interrupts(const struct plan_header *plan)
{
	const struct plan_partition *partitions = plan_partitions(plan);
	bool exclusive = (plan->interrupt_count >= 32u) && (plan->interrupt_count <= 1020u);

	for (uint32_t word = 1; word < PLAN_INTERRUPT_WORDS; word++) {
		uint32_t rows = 0;
		uint32_t taken = 0;

		for (uint32_t i = 0; i < plan->interrupts.count; i++) {
			uint32_t id = plan_interrupts(plan)[i].id;

			rows |= ((id / 32u) == word) ? (uint32_t)(1u << (id % 32u)) : 0u;
		}
		for (uint32_t i = 0; i < plan->partitions.count; i++) {
			exclusive = exclusive && ((taken & partitions[i].interrupt_mask[word]) == 0u);
			taken |= partitions[i].interrupt_mask[word];
		}
		exclusive = exclusive && (rows == taken);
	}
	for (uint32_t i = 0; i < plan->interrupts.count; i++) {
		const struct plan_interrupt *row = &plan_interrupts(plan)[i];

		exclusive = exclusive && (row->id >= 32u) && (row->id < plan->interrupt_count) &&
			    (row->partition < plan->partitions.count) &&
			    plan_owns_interrupt(&partitions[row->partition], row->id);
	}
	return exclusive;
}

/* An image is read from the golden area and lands, with its fill, in one RAM window of its own partition. */
static bool image_allowed(const struct plan_header *plan, const struct plan_image *image)
{
	const struct plan_partition *partition = &plan_partitions(plan)[image->partition];
	bool lands = false;

	if ((image->size > MAX_BYTES) || (image->fill > MAX_BYTES)) {
		return false; /* their sum must not wrap */
	}
	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(plan)[partition->window_first + i];

		lands = lands || ((window->kind == (uint16_t)PLAN_WINDOW_RAM) &&
				  range_in(image->pa, image->size + image->fill, window->pa, window->size) &&
				  ((image->pa - window->pa) == (image->base - window->base)));
	}
	return lands &&
	       ((image->in_place != 0u) ? (image->golden == image->pa)
					: range_in(image->golden, image->size, plan->golden_base, plan->golden_size));
}

bool check_images(const struct plan_header *plan)
{
	bool allowed = true;

	for (uint32_t i = 0; i < plan->images.count; i++) {
		const struct plan_image *image = &plan_images(plan)[i];

		allowed = allowed && (image->partition < plan->partitions.count) && image_allowed(plan, image);
	}
	return allowed;
}
