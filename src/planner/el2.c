/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2's address spaces. All cores share the level-3 tables of image and devices; a core's level-2 table adds the 2 MiB
 * region of its stack, log and window, and the root that names it is all that a loader copies. Not here: descriptors
 * (tables.c).
 */
#include "planner/el2.h"

#include <string.h>

#include "planner/align.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/x86/pci.h"

/* Pages of a core's region: what is between them is never mapped, so that an overrun ends in a fault. */
enum region_page { REGION_STACK = 1, REGION_LOG = 3, REGION_WINDOW = 5, REGION_TABLE = 7 };

/* Which core loads a partition: the one of its virtual core 0. */
static size_t loader_row(const struct model *model, const struct layout *layout, size_t partition)
{
	size_t row = 0;

	while (layout->rows[row] != model->partitions[partition].cores[0])
		row++;
	return row;
}

static uint64_t region_page(const struct layout *layout, enum region_page page)
{
	return layout->region + (uint64_t)page * PAGE_SIZE;
}

static struct range pages_since(const struct table_pages *pages, size_t first)
{
	return (struct range){pages->base + first * PAGE_SIZE, (pages->count - first) * PAGE_SIZE};
}

static void map_segments(const struct table_tree *tree, const struct elf *elf, uint64_t gib)
{
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segments[i];
		uint64_t size = align_up(segment->memory_size, PAGE_SIZE);
		enum table_access access = TABLE_CONSTANT;

		if (segment->executable)
			access = TABLE_CODE;
		else if (segment->writable)
			access = TABLE_DATA;
		table_map(tree, segment->physical - gib, segment->physical, size, access);
	}
}

static void map_devices(const struct table_tree *tree, const struct model *model, const struct layout *layout,
			uint64_t gib)
{
	const struct gic *gic = &model->board.gic;
	const struct x86_board *x86 = &model->board.x86;

	table_map(tree, layout->gicd_va - gib, gic->distributor.base, layout_gicd_size(gic), TABLE_REGISTERS);
	if (gic->version == PLAN_GIC_V2)
		table_map(tree, layout->gicr_va - gib, gic->cpu_interface.base, PAGE_SIZE, TABLE_REGISTERS);
	if (model->board.arch == PLAN_ARCH_X86) {
		table_map(tree, x86->trampoline, x86->trampoline, PAGE_SIZE, TABLE_DATA);
		table_map(tree, layout->iommu_va - gib, x86->iommu.base, x86->iommu.size, TABLE_REGISTERS);
		table_map(tree, layout->configuration_va - gib, x86->configuration.base, x86->configuration.size,
			  TABLE_REGISTERS);
		x86_pci_map_tables(model, layout, tree, gib);
	}
	for (size_t i = 0; gic->version == PLAN_GIC_V3 && i < layout->row_count; i++)
		table_map(tree, layout_gicr(model, layout, i) - gib,
			  gic->redistributors.base + layout->rows[i] * LAYOUT_GICR_STRIDE, LAYOUT_GICR_STRIDE,
			  TABLE_REGISTERS);
	if (layout->console_size)
		table_map(tree, align_down(layout->console_va, PAGE_SIZE) - gib, layout->console_page,
			  layout->console_size, TABLE_REGISTERS);
}

static const struct table_format *format_of(const struct model *model)
{
	return model->board.arch == PLAN_ARCH_X86 ? &table_long_mode : &table_el2;
}

/* What is the same on every core, as the entries of a level-2 table for the image's GiB. */
static void shared_build(const struct model *model, const struct layout *layout, struct el2 *el2, uint64_t *level2)
{
	struct table_tree tree = {format_of(model), &el2->pages, level2, TABLE_ENTRIES, 2};
	uint64_t gib = align_down(layout->image.base, GIBIBYTE);
	struct range constant = {layout->plan.base, layout->shared.base - layout->plan.base};

	map_segments(&tree, layout->elf, gib);
	table_map(&tree, constant.base - gib, constant.base, constant.size, TABLE_CONSTANT);
	table_map(&tree, layout->shared.base - gib, layout->shared.base, layout->shared.size, TABLE_DATA);
	map_devices(&tree, model, layout, gib);
}

/* The level-1 table of a root. */
static uint64_t *root_words(const struct layout *layout, const struct el2 *el2, uint64_t root)
{
	return el2->roots + (root + layout->level1 - layout->roots.base) / sizeof(uint64_t);
}

static void core_build(const struct model *model, const struct layout *layout, struct el2 *el2, size_t row,
		       const uint64_t *shared)
{
	struct el2_core *core = &el2->cores[row];
	size_t first = el2->pages.count;
	uint64_t stack = layout->private.base + row * (PLAN_STACK_SIZE + PLAN_LOG_SIZE);
	uint64_t gib = align_down(layout->image.base, GIBIBYTE);
	struct table_tree tree = {format_of(model), &el2->pages, NULL, TABLE_ENTRIES, 2};
	uint64_t level2, level3;

	core->log_pa = stack + PLAN_STACK_SIZE;
	tree.root = table_page(&el2->pages, &level2);
	memcpy(tree.root, shared, PAGE_SIZE);
	level3 = level2 + PAGE_SIZE;
	table_map(&tree, region_page(layout, REGION_STACK) - gib, stack, PLAN_STACK_SIZE, TABLE_DATA);
	table_map(&tree, region_page(layout, REGION_LOG) - gib, core->log_pa, PLAN_LOG_SIZE, TABLE_DATA);
	table_map(&tree, region_page(layout, REGION_TABLE) - gib, level3, PAGE_SIZE, TABLE_DATA);
	root_words(layout, el2, core->root)[gib / GIBIBYTE] = tree.format->branch(level2, 1);

	core->own = pages_since(&el2->pages, first);
	core->stack_top = region_page(layout, REGION_STACK) + PLAN_STACK_SIZE;
	core->log = region_page(layout, REGION_LOG);
	core->window = region_page(layout, REGION_WINDOW);
	core->window_descriptor = region_page(layout, REGION_TABLE) + REGION_WINDOW * sizeof(uint64_t);
	core->gicr_va = layout_gicr(model, layout, row);
}

static void loader_build(const struct model *model, const struct layout *layout, struct el2 *el2, size_t index)
{
	const struct partition *partition = &model->partitions[index];
	struct el2_loader *loader = &el2->loaders[index];
	uint64_t *root = root_words(layout, el2, loader->root);
	uint64_t *steady = root_words(layout, el2, el2->cores[loader_row(model, layout, index)].root);
	struct table_tree tree = {format_of(model), &el2->pages, root, (size_t)1 << (layout->va_bits - 30), 1};
	size_t first = el2->pages.count;

	memcpy(root, steady, tree.entries * sizeof(*root));
	table_map(&tree, model->golden.base + layout->loader_offset, model->golden.base, model->golden.size,
		  TABLE_CONSTANT);
	for (size_t i = 0; i < partition->memory_count; i++)
		table_map(&tree, partition->memory[i].pa + layout->loader_offset, partition->memory[i].pa,
			  partition->memory[i].size, TABLE_DATA);
	loader->tables = pages_since(&el2->pages, first);
}

/*
 * Cores' roots end where the shared tables begin, so that one CRC covers both; loaders' roots, which no core needs
 * before its MMU is on, come before them. An x86 root's first page leads to its second, for all addresses that there are.
 */
static void roots_place(const struct model *model, const struct layout *layout, struct el2 *el2)
{
	uint64_t size = layout->root_size;
	uint64_t cursor = layout->tables.base - (layout->row_count + model->partition_count) * size;

	for (size_t i = 0; i < model->partition_count; i++, cursor += size)
		el2->loaders[i].root = cursor;
	for (size_t i = 0; i < layout->row_count; i++, cursor += size)
		el2->cores[i].root = cursor;
	for (uint64_t root = layout->tables.base; layout->level1 != 0 && root > layout->roots.base; root -= size)
		el2->roots[(root - size - layout->roots.base) / sizeof(uint64_t)] =
			table_long_mode.branch(root - size + layout->level1, 0);
}

bool el2_build(const struct model *model, const struct layout *layout, struct el2 *el2)
{
	uint64_t shared[TABLE_ENTRIES] = {0};
	uint64_t shared_end;

	if (layout->device_end > layout->region) {
		message_error(
			model->board.location,
			"hypervisor and its devices do not fit between load-address and the next multiple of 1 GiB, "
			"less 2 MiB; choose a lower load-address");
		return false;
	}
	*el2 = (struct el2){
		.roots = memory_zeroed(layout->roots.size, 1),
		.pages = {.base = layout->tables.base},
		.cores = memory_zeroed(layout->row_count, sizeof(*el2->cores)),
		.loaders = memory_zeroed(model->partition_count, sizeof(*el2->loaders)),
	};
	roots_place(model, layout, el2);
	shared_build(model, layout, el2, shared);
	el2->device_table = x86_pci_device_table(model, layout, &el2->pages);
	shared_end = layout->tables.base + el2->pages.count * PAGE_SIZE;
	for (size_t i = 0; i < layout->row_count; i++) {
		el2->cores[i].boot = (struct range){el2->cores[i].root, shared_end - el2->cores[i].root};
		core_build(model, layout, el2, i, shared);
	}
	for (size_t i = 0; i < model->partition_count; i++)
		loader_build(model, layout, el2, i);
	return true;
}
