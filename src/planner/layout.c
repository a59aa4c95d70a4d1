/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's memory, piece behind piece from the load address. Not here: tables and plan themselves. */
#include "planner/layout.h"

#include "planner/align.h"
#include "planner/memory.h"
#include "planner/stage2.h"
#include "planner/x86/pci.h"

#define REGION_OFFSET UINT64_C(0x3fe00000) /* the last 2 MiB of the image's GiB */
#define LEAST_LOADER_BITS 32u
#define GIC_ALIGNMENT UINT64_C(0x10000)

unsigned int layout_va_bits(const struct board *board)
{
	unsigned int bits = LEAST_LOADER_BITS;

	for (size_t i = 0; i < board->memory_count; i++) {
		while (board->memory[i].base + board->memory[i].size > UINT64_C(1) << bits)
			bits++;
	}
	return bits + 1;
}

void layout_choose_cores(const struct model *model, struct layout *layout)
{
	for (size_t i = 0; i < model->core_count; i++) {
		if (i != 0 && model->cores[i].owner < 0)
			continue;
		*MEMORY_APPEND(layout->rows, layout->row_count) = i;
	}
}

uint64_t layout_gicr(const struct model *model, const struct layout *layout, size_t row)
{
	const struct core *core = &model->cores[layout->rows[row]];
	size_t owners = core->owner < 0 ? model->partition_count : (size_t)core->owner;
	size_t slot = core->owner < 0 ? 0 : core->vcpu;

	for (size_t i = 0; i < owners; i++)
		slot += model->partitions[i].core_count;
	return layout->gicr_va + (model->board.gic.version == PLAN_GIC_V3 ? slot * LAYOUT_GICR_STRIDE : 0);
}

void layout_gic_seen(const struct gic *gic, size_t cores, struct range seen[2])
{
	seen[0] = (struct range){gic->distributor.base, layout_gicd_size(gic)};
	seen[1] = gic->cpu_interface;
	if (gic->version == PLAN_GIC_V3)
		seen[1] = (struct range){gic->redistributors.base, LAYOUT_GICR_STRIDE * cores};
}

static struct range behind(struct range before, uint64_t size)
{
	return (struct range){before.base + before.size, align_up(size, PAGE_SIZE)};
}

static uint64_t image_size(const struct elf *elf)
{
	const struct elf_segment *last = &elf->segments[elf->segment_count - 1];

	return align_up(last->physical + last->memory_size, PAGE_SIZE) - elf->segments[0].physical;
}

/* Stage-2 roots, each aligned to its size, then the run-time state, all cache-line-aligned. */
static uint64_t shared_fill(const struct model *model, struct layout *layout)
{
	uint64_t cursor = layout->shared.base;
	size_t vcpus = 0;

	layout->stage2_roots = memory_zeroed(model->partition_count, sizeof(*layout->stage2_roots));
	for (size_t i = 0; i < model->partition_count; i++) {
		uint64_t size = stage2_root_size(model, i);

		size = size < LAYOUT_ROOT_MINIMUM ? LAYOUT_ROOT_MINIMUM : size;
		cursor = align_up(cursor, size);
		layout->stage2_roots[i] = cursor;
		cursor += size;
		vcpus += model->partitions[i].core_count;
	}
	layout->core_state = cursor;
	layout->partition_state = layout->core_state + layout->row_count * PLAN_CORE_STATE_SIZE;
	layout->vcpu_state = layout->partition_state + model->partition_count * PLAN_PARTITION_STATE_SIZE;
	cursor = layout->vcpu_state + vcpus * PLAN_VCPU_STATE_SIZE;
	if (model->board.arch == PLAN_ARCH_X86) {
		layout->x86_control = align_up(cursor, PAGE_SIZE);
		layout->x86_host = layout->x86_control + vcpus * PAGE_SIZE;
		layout->x86_remap = layout->x86_host + layout->row_count * PAGE_SIZE;
		cursor = layout->x86_remap + x86_pci_function_count(model) * PLAN_REMAP_SIZE;
	}
	return cursor - layout->shared.base;
}

/* The console has ports, local APICs are registers of the cores. */
static void x86_devices_place(const struct model *model, struct layout *layout)
{
	int console = model->board.console;

	layout->gicd_va = layout->private.base + layout->private.size;
	layout->console_va = console < 0 ? 0 : model->devices[console].ports[0].base;
	layout->iommu_va = layout->gicd_va + PAGE_SIZE;
	layout->configuration_va = layout->iommu_va + model->board.x86.iommu.size;
	layout->msix_va = layout->configuration_va + model->board.x86.configuration.size;
	layout->device_end = layout->msix_va + x86_pci_tables_size(model);
}

/*
 * Devices share the image's 2 MiB slot, and so its tables, where they fit: a core checks every table before it uses it.
 */
static void devices_place(const struct model *model, struct layout *layout)
{
	uint64_t cursor = align_up(layout->private.base + layout->private.size, GIC_ALIGNMENT);

	if (model->board.arch == PLAN_ARCH_X86) {
		x86_devices_place(model, layout);
		return;
	}
	layout->gicd_va = cursor;
	layout->gicr_va = layout->gicd_va + GIC_ALIGNMENT;
	cursor = layout->gicr_va +
		 (model->board.gic.version == PLAN_GIC_V2 ? PAGE_SIZE : layout->row_count * LAYOUT_GICR_STRIDE);
	if (model->board.console >= 0) {
		const struct device *console = &model->devices[model->board.console];
		uint64_t offset = console->registers[0].base % PAGE_SIZE;

		layout->console_page = console->registers[0].base - offset;
		layout->console_va = cursor + offset;
		layout->console_size = align_up(offset + console->registers[0].size, PAGE_SIZE);
		cursor += layout->console_size;
	}
	layout->device_end = cursor;
}

/* A level-1 root; on x86 a PML4 and, behind it, the level-1 table that all of it leads to. */
static void root_measure(const struct model *model, struct layout *layout)
{
	uint64_t size = UINT64_C(8) << (layout->va_bits - 30);

	layout->level1 = 0;
	layout->root_size = size < LAYOUT_ROOT_MINIMUM ? LAYOUT_ROOT_MINIMUM : size;
	if (model->board.arch == PLAN_ARCH_X86) {
		layout->level1 = PAGE_SIZE;
		layout->root_size = 2 * PAGE_SIZE;
	}
}

void layout_compute(const struct model *model, const struct layout_guess *guess, struct layout *layout)
{
	size_t roots = layout->row_count + model->partition_count;

	layout->va_bits = layout_va_bits(&model->board);
	layout->loader_offset = UINT64_C(1) << (layout->va_bits - 1);
	root_measure(model, layout);
	layout->image = (struct range){model->board.load_address, image_size(layout->elf)};
	layout->plan = behind(layout->image, guess->plan_size);
	layout->roots = behind(layout->plan, roots * layout->root_size);
	layout->tables = behind(layout->roots, guess->table_pages * PAGE_SIZE);
	layout->shared = behind(layout->tables, 0);
	layout->shared.size = align_up(shared_fill(model, layout), PAGE_SIZE);
	layout->private = behind(layout->shared, layout->row_count * (PLAN_STACK_SIZE + PLAN_LOG_SIZE));
	layout->region = align_down(layout->image.base, GIBIBYTE) + REGION_OFFSET;
	devices_place(model, layout);
}
