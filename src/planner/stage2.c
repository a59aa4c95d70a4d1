/* SPDX-License-Identifier: Apache-2.0 */
/* Guest-physical spaces: windows, filters, stage-2 trees. Not here: descriptors (tables.c). */
#include "planner/stage2.h"

#include <stdlib.h>

#include "planner/align.h"
#include "planner/layout.h"
#include "planner/memory.h"
#include "planner/x86/machine.h"
#include "planner/x86/pci.h"

#define LEAST_IPA_BITS 31u /* below, a walk could not start at level 1 */

static int window_compare(const void *left, const void *right)
{
	const struct plan_window *a = left;
	const struct plan_window *b = right;

	return (a->base > b->base) - (a->base < b->base);
}

/* Windows that share pages become one: two registers, or two devices of one owner, in a page. */
static size_t windows_merge(struct plan_window *windows, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct plan_window *last = kept ? &windows[kept - 1] : NULL;

		if (last && range_overlaps(last->base, last->size, windows[i].base, windows[i].size) &&
		    windows[i].base - last->base == windows[i].pa - last->pa) {
			uint64_t end = windows[i].base + windows[i].size;

			if (end > last->base + last->size)
				last->size = end - last->base;
		} else {
			windows[kept++] = windows[i];
		}
	}
	return kept;
}

/* Pages of registers, whole ones: what else lies in them is the same owner's. */
static struct plan_window register_window(struct range registers, uint64_t mapped, size_t partition,
					  enum plan_window_kind kind)
{
	uint64_t offset = registers.base % PAGE_SIZE;

	return (struct plan_window){
		.base = align_down(mapped, PAGE_SIZE),
		.pa = registers.base - offset,
		.size = align_up(offset + registers.size, PAGE_SIZE),
		.partition = (uint16_t)partition,
		.kind = (uint16_t)kind,
	};
}

/* What lies before a hole, and behind it. */
static struct plan_window *window_cut(struct plan_window *windows, size_t *count, const struct plan_window *window,
				      struct range hole)
{
	uint64_t end = window->pa + window->size, hole_end = hole.base + hole.size;
	struct plan_window *piece;

	if (window->kind != PLAN_WINDOW_DEVICE || !range_overlaps(window->pa, window->size, hole.base, hole.size)) {
		*MEMORY_APPEND(windows, *count) = *window;
		return windows;
	}
	if (window->pa < hole.base) {
		piece = MEMORY_APPEND(windows, *count);
		*piece = *window;
		piece->size = hole.base - window->pa;
	}
	if (end > hole_end) {
		piece = MEMORY_APPEND(windows, *count);
		*piece = *window;
		piece->base += hole_end - window->pa;
		piece->pa = hole_end;
		piece->size = end - hole_end;
	}
	return windows;
}

/* Pages that a trap answers for lie in no window. */
static struct plan_window *windows_cut(struct plan_window *windows, size_t *count, struct range hole)
{
	struct plan_window *cut = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		cut = window_cut(cut, &kept, &windows[i], hole);
	*count = kept;
	return cut;
}

struct plan_window *stage2_windows(const struct model *model, size_t index, size_t *count)
{
	const struct partition *partition = &model->partitions[index];
	struct range interface = model->board.gic.cpu_interface;
	struct plan_window *windows = NULL;

	*count = 0;
	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct window *memory = &partition->memory[i];

		*MEMORY_APPEND(windows, *count) = (struct plan_window){.base = memory->base,
								       .pa = memory->pa,
								       .size = memory->size,
								       .partition = (uint16_t)index,
								       .kind = PLAN_WINDOW_RAM};
	}
	for (size_t i = 0; i < partition->device_count; i++) {
		const struct device *device = &model->devices[partition->devices[i]];

		for (size_t j = 0; j < device->register_count; j++) {
			*MEMORY_APPEND(windows, *count) =
				register_window(device->registers[j], device->mapped[j], index, PLAN_WINDOW_DEVICE);
		}
	}
	if (model->board.gic.version == PLAN_GIC_V2) {
		*MEMORY_APPEND(windows, *count) =
			register_window(interface, interface.base, index, PLAN_WINDOW_INTERFACE);
	}
	if (*count > partition->memory_count) {
		struct plan_window *devices = windows + partition->memory_count;

		qsort(devices, *count - partition->memory_count, sizeof(*devices), window_compare);
		*count = partition->memory_count + windows_merge(devices, *count - partition->memory_count);
	}
	for (size_t i = 0; i < partition->device_count; i++) {
		struct range table = x86_pci_table_pages(&model->devices[partition->devices[i]]);

		if (table.size != 0)
			windows = windows_cut(windows, count, table);
	}
	return windows;
}

size_t stage2_filters(const struct model *model, size_t index, struct plan_filter filters[STAGE2_FILTERS])
{
	static const uint16_t kinds[] = {PLAN_FILTER_GICD, PLAN_FILTER_GICR};
	size_t count = model->board.gic.version == PLAN_GIC_V3 ? 2 : 1;
	struct range seen[2];

	layout_gic_seen(&model->board.gic, model->partitions[index].core_count, seen);
	for (size_t i = 0; i < count; i++)
		filters[i] = (struct plan_filter){
			.base = seen[i].base, .size = seen[i].size, .partition = (uint16_t)index, .kind = kinds[i]};
	if (model->board.arch != PLAN_ARCH_X86)
		return count;
	filters[0].kind = PLAN_FILTER_IOAPIC;
	return count + x86_pci_filters(model, index, filters + count);
}

unsigned int stage2_ipa_bits(const struct model *model, size_t index)
{
	struct plan_filter filters[STAGE2_FILTERS];
	struct plan_window *windows;
	unsigned int bits = LEAST_IPA_BITS;
	uint64_t last = 0;
	size_t count;

	windows = stage2_windows(model, index, &count);
	for (size_t i = 0; i < count; i++) {
		uint64_t end = windows[i].base + windows[i].size - 1;

		last = end > last ? end : last;
	}
	count = stage2_filters(model, index, filters);
	for (size_t i = 0; i < count; i++) {
		uint64_t end = filters[i].base + filters[i].size - 1;

		last = end > last ? end : last;
	}
	while (bits < 64 && last >> bits)
		bits++;
	return bits;
}

/* ID_AA64MMFR0_EL1.PARange and VTCR_EL2.PS share this list; its index is the field's value. */
static const unsigned int pa_sizes[] = {32, 36, 40, 42, 44, 48};

#define PA_SIZES (sizeof(pa_sizes) / sizeof(pa_sizes[0]))

unsigned int stage2_pa_bits(const struct board *board)
{
	unsigned int bits = 0;

	if (board->arch == PLAN_ARCH_X86)
		return board->pa_bits;
	for (size_t i = 0; i < PA_SIZES && pa_sizes[i] <= board->pa_bits; i++)
		bits = pa_sizes[i];
	return bits;
}

uint64_t stage2_root_size(const struct model *model, size_t index)
{
	if (model->board.arch == PLAN_ARCH_X86)
		return PAGE_SIZE;
	return UINT64_C(8) << (stage2_ipa_bits(model, index) - 30);
}

uint64_t stage2_control(const struct model *model, size_t index)
{
	uint64_t size_field = 0;

	if (model->board.arch == PLAN_ARCH_X86)
		return 0;
	while (pa_sizes[size_field] != stage2_pa_bits(&model->board))
		size_field++;
	return (UINT64_C(1) << 31) |                  /* RES1 */
	       (size_field << 16) |                   /* PS */
	       (UINT64_C(0) << 14) |                  /* TG0: 4 KiB */
	       (UINT64_C(3) << 12) |                  /* SH0: inner shareable */
	       (UINT64_C(1) << 10) |                  /* ORGN0: write-back, allocate */
	       (UINT64_C(1) << 8) |                   /* IRGN0: the same */
	       (UINT64_C(1) << 6) |                   /* SL0: start at level 1 */
	       (64u - stage2_ipa_bits(model, index)); /* T0SZ */
}

void stage2_build(const struct model *model, size_t index, struct table_pages *pages, uint64_t *root)
{
	struct table_tree tree = {&table_stage2, pages, root, stage2_root_size(model, index) / 8, 1};
	struct plan_window *windows;
	size_t count;

	if (model->board.arch == PLAN_ARCH_X86) {
		tree.format = x86_machine_is_intel(model) ? &table_extended : &table_nested;
		tree.level = 0;
	}
	windows = stage2_windows(model, index, &count);
	for (size_t i = 0; i < count; i++) {
		enum table_access access = windows[i].kind == PLAN_WINDOW_RAM ? TABLE_GUEST : TABLE_REGISTERS;

		table_map(&tree, windows[i].base, windows[i].pa, windows[i].size, access);
	}
}
