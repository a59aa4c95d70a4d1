/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's arrays, row by row as plan/plan.h describes them. Not here: CRCs of header and body, the hash (seal.c). */
#include "planner/rows.h"

#include <string.h>
#include <zlib.h>

#include "planner/align.h"
#include "planner/memory.h"
#include "planner/pmu.h"
#include "planner/property.h"
#include "planner/stage2.h"
#include "planner/x86/pci.h"
#include "planner/x86/row.h"

/* The plan's arrays in their order. Rows are multiples of 8 bytes, so that offsets stay aligned. */
#define ARRAYS(X)                                                                                                      \
	X(core, cores)                                                                                                 \
	X(partition, partitions)                                                                                       \
	X(vcpu, vcpus)                                                                                                 \
	X(window, windows)                                                                                             \
	X(filter, filters)                                                                                             \
	X(interrupt, interrupts)                                                                                       \
	X(image, images)                                                                                               \
	X(root, roots)                                                                                                 \
	X(table_set, table_sets)                                                                                       \
	X(range, memory)                                                                                               \
	X(x86, x86)                                                                                                    \
	X(vmcs, vmcs)
#define FIELDS(row, array)                                                                                             \
	struct plan_##row *array;                                                                                      \
	size_t row##_count;
#define ALIGNED(row, array) _Static_assert(sizeof(struct plan_##row) % 8 == 0, #row);

struct rows {
	ARRAYS(FIELDS)
};
ARRAYS(ALIGNED)
_Static_assert(sizeof(struct plan_header) % 8 == 0, "header");

/* Appends one zeroed row to the array `name` of the rows `r` and yields its address. */
#define ROW(r, name) MEMORY_APPEND((r)->name##s, (r)->name##_count)

static uint32_t table_crc(const struct rows_source *source, struct range tables)
{
	if (!source->memory)
		return 0;
	return (uint32_t)crc32_z(0, source->memory + (tables.base - source->layout->image.base), tables.size);
}

static void add_table_set(struct rows *rows, const struct rows_source *source, struct range tables)
{
	struct plan_table_set *set;

	if (tables.size == 0)
		return;
	set = ROW(rows, table_set);
	set->base = tables.base;
	set->size = (uint32_t)tables.size;
	set->crc = table_crc(source, tables);
}

/* The first PLAN_BOOT_TABLE_SETS are all that the steady state of EL2 walks. */
static void add_table_sets(struct rows *rows, const struct rows_source *source, size_t row)
{
	const struct core *core = &source->model->cores[source->layout->rows[row]];
	const struct el2_core *tables = &source->el2->cores[row];
	const struct el2_loader *loader;
	size_t partition;

	add_table_set(rows, source, tables->boot);
	add_table_set(rows, source, tables->own);
	if (core->owner < 0)
		return;
	partition = (size_t)core->owner;
	loader = &source->el2->loaders[partition];
	add_table_set(rows, source, source->stage2_tables[partition]);
	add_table_set(
		rows, source,
		(struct range){source->layout->stage2_roots[partition], stage2_root_size(source->model, partition)});
	if (core->vcpu == 0) {
		add_table_set(rows, source, (struct range){loader->root, source->layout->root_size});
		add_table_set(rows, source, loader->tables);
	}
}

static uint16_t vcpu_row(const struct model *model, const struct core *core)
{
	size_t row = core->vcpu;

	for (int i = 0; i < core->owner; i++)
		row += model->partitions[i].core_count;
	return (uint16_t)row;
}

static void add_core(struct rows *rows, const struct rows_source *source, size_t row)
{
	const struct core *core = &source->model->cores[source->layout->rows[row]];
	const struct el2_core *el2 = &source->el2->cores[row];
	size_t first_set = rows->table_set_count;
	struct plan_core *out = ROW(rows, core);

	add_table_sets(rows, source, row);
	*out = (struct plan_core){
		.mpidr = core->mpidr,
		.partition = core->owner < 0 ? PLAN_NONE : (uint16_t)core->owner,
		.vcpu = core->owner < 0 ? PLAN_NONE : vcpu_row(source->model, core),
		.table_set_first = (uint16_t)first_set,
		.table_set_count = (uint16_t)(rows->table_set_count - first_set),
		.el2_root = el2->root,
		.loader_root = core->owner >= 0 && core->vcpu == 0 ? source->el2->loaders[core->owner].root : 0,
		.stack_top = el2->stack_top,
		.log = el2->log,
		.log_pa = el2->log_pa,
		.window = el2->window,
		.window_descriptor = el2->window_descriptor,
		.gicr_va = el2->gicr_va,
		.release = core->release,
	};
}

/*
 * What a GICv3 wants; a GICv2 wants bits by CPU interface, which the board numbers as its cores: boot checks that. ICC_SGI1R_EL1 (IHI
 * 0069, 12.2.21): affinities, the range of 16 that Aff0 is in, and its bit in the target list.
 */
static uint64_t sgi_target(uint64_t mpidr)
{
	uint64_t aff0 = mpidr & 0xff;
	uint64_t aff1 = (mpidr >> 8) & 0xff;
	uint64_t aff2 = (mpidr >> 16) & 0xff;
	uint64_t aff3 = (mpidr >> 32) & 0xff;

	return (aff3 << 48) | ((aff0 >> 4) << 44) | (aff2 << 32) | (aff1 << 16) | (UINT64_C(1) << (aff0 & 15));
}

static void add_vcpu(struct rows *rows, const struct rows_source *source, size_t partition, size_t number)
{
	size_t index = source->model->partitions[partition].cores[number];
	bool is_v2 = source->model->board.gic.version == PLAN_GIC_V2;
	uint64_t mpidr = source->model->cores[index].mpidr;
	bool is_x86 = source->model->board.arch == PLAN_ARCH_X86;
	uint16_t row = 0;
	struct plan_vcpu *out = ROW(rows, vcpu);

	while (source->layout->rows[row] != index)
		row++;
	*out = (struct plan_vcpu){
		.virtual_id = is_x86 ? mpidr : (number & 15) | (number >> 4 << 8),
		.sgi_target = is_x86  ? x86_row_target(mpidr)
			      : is_v2 ? UINT64_C(1) << index
				      : sgi_target(mpidr),
		.route = is_v2 ? UINT64_C(1) << index : mpidr,
		.core = row,
		.partition = (uint16_t)partition,
		.number = (uint16_t)number,
	};
}

static void add_image(struct rows *rows, const struct image *image, size_t partition)
{
	*ROW(rows, image) = (struct plan_image){
		.golden = image->golden,
		.pa = image->pa,
		.base = image->base,
		.size = image->size,
		.fill = image->fill,
		.partition = (uint16_t)partition,
		.kind = (uint16_t)image->kind,
	};
}

static void own_interrupt(struct plan_partition *partition, uint32_t id)
{
	partition->interrupt_mask[id / 32] |= UINT32_C(1) << (id % 32);
}

static bool owns_interrupt(const struct plan_partition *partition, uint32_t id)
{
	return (partition->interrupt_mask[id / 32] >> (id % 32)) & 1;
}

/* Two devices of one owner may share an interrupt: one row then. Rows come in order of their ids. */
static void add_interrupts(struct rows *rows, const struct model *model, size_t index, struct plan_partition *out)
{
	const struct partition *partition = &model->partitions[index];
	bool edge[PLAN_INTERRUPTS] = {false};

	for (size_t i = 0; i < partition->device_count; i++) {
		const struct device *device = &model->devices[partition->devices[i]];

		for (size_t j = 0; j < device->interrupt_count; j++) {
			own_interrupt(out, device->interrupts[j].id);
			edge[device->interrupts[j].id] = device->interrupts[j].edge;
		}
	}
	for (uint16_t id = 32; id < PLAN_INTERRUPTS; id++) {
		if (owns_interrupt(out, id))
			*ROW(rows, interrupt) =
				(struct plan_interrupt){.id = id, .partition = (uint16_t)index, .edge = edge[id]};
	}
	if (model->board.arch == PLAN_ARCH_X86)
		return;
	out->interrupt_mask[0] |= 0xffff; /* SGIs */
	own_interrupt(out, model->board.virtual_timer);
	own_interrupt(out, model->board.physical_timer);
	if (pmu_find(model))
		own_interrupt(out, pmu_find(model)->interrupts[0].id);
}

/* The GIC registers of a partition where EL2 maps them: redistributors from that of its virtual core 0 on. */
static uint64_t filter_va(const struct rows_source *source, size_t index, const struct plan_filter *filter)
{
	const struct layout *layout = source->layout;
	size_t row = 0;

	if (filter->kind == PLAN_FILTER_PCI || filter->kind == PLAN_FILTER_MSIX)
		return x86_pci_filter_va(source->model, layout, filter);
	if (filter->kind != PLAN_FILTER_GICR)
		return layout->gicd_va;
	while (layout->rows[row] != source->model->partitions[index].cores[0])
		row++;
	return layout_gicr(source->model, layout, row);
}

static void add_windows(struct rows *rows, const struct rows_source *source, size_t index, struct plan_partition *out)
{
	const struct model *model = source->model;
	struct plan_filter filters[STAGE2_FILTERS];
	struct plan_window *windows;
	size_t count;

	windows = stage2_windows(model, index, &count);
	for (size_t i = 0; i < count; i++)
		*ROW(rows, window) = windows[i];
	out->window_count = (uint16_t)count;
	out->filter_count = (uint16_t)stage2_filters(model, index, filters);
	for (size_t i = 0; i < out->filter_count; i++) {
		filters[i].vcpu = filters[i].kind == PLAN_FILTER_GICR ? out->vcpu_first : 0;
		filters[i].va = filter_va(source, index, &filters[i]);
		*ROW(rows, filter) = filters[i];
	}
}

static void add_roots(struct rows *rows, const struct rows_source *source, size_t index, struct plan_partition *out)
{
	uint64_t base = source->layout->stage2_roots[index];

	for (size_t i = 0; i < stage2_root_size(source->model, index) / sizeof(uint64_t); i++) {
		uint64_t value = source->stage2_roots[index][i];

		if (value != 0)
			*ROW(rows, root) = (struct plan_root){base + i * sizeof(uint64_t), value};
	}
	out->root_count = (uint16_t)(rows->root_count - out->root_first);
}

static void add_partition(struct rows *rows, const struct rows_source *source, size_t index)
{
	const struct partition *partition = &source->model->partitions[index];
	struct plan_partition *out = ROW(rows, partition);

	*out = (struct plan_partition){
		.entry = partition->start,
		.argument = partition->argument,
		.stage2_root = source->layout->stage2_roots[index],
		.stage2_control = stage2_control(source->model, index),
		.observes = partition->observes,
		.flags = (property_is(partition->wfi, "trap") ? PLAN_PARTITION_WFI_TRAP : 0) |
			 (partition->is_aarch32 ? PLAN_PARTITION_AARCH32 : 0),
		.vmid = (uint16_t)(index + 1),
		.vcpu_first = (uint16_t)rows->vcpu_count,
		.vcpu_count = (uint16_t)partition->core_count,
		.window_first = (uint16_t)rows->window_count,
		.filter_first = (uint16_t)rows->filter_count,
		.image_first = (uint16_t)rows->image_count,
		.image_count = (uint16_t)partition->image_count,
		.root_first = (uint16_t)rows->root_count,
		.interrupt_first = (uint16_t)rows->interrupt_count,
	};
	strncpy(out->name, partition->name, PLAN_NAME - 1);
	for (size_t i = 0; i < partition->core_count; i++)
		add_vcpu(rows, source, index, i);
	for (size_t i = 0; i < partition->image_count; i++)
		add_image(rows, &partition->images[i], index);
	add_windows(rows, source, index, out);
	add_roots(rows, source, index, out);
	add_interrupts(rows, source->model, index, out);
	out->interrupt_count = (uint16_t)(rows->interrupt_count - out->interrupt_first);
}

/* One more than the highest id that any device of the board or a doorbell uses, in whole registers of 32. */
static uint32_t interrupts_used(const struct model *model)
{
	uint64_t used = 32;

	if (model->board.spare_count)
		used = model->board.spare_first + model->board.spare_count;
	for (size_t i = 0; i < model->device_count; i++) {
		for (size_t j = 0; j < model->devices[i].interrupt_count; j++) {
			uint64_t id = model->devices[i].interrupts[j].id;

			used = id >= used ? id + 1 : used;
		}
	}
	used = align_up(used, 32);
	return used > 1020 ? 1020 : (uint32_t)used;
}

static void fill_places(struct plan_header *header, const struct rows_source *source)
{
	const struct layout *layout = source->layout;
	const struct gic *gic = &source->model->board.gic;

	header->plan_base = layout->plan.base;
	header->image_base = layout->image.base;
	header->image_size = source->image_size;
	header->table_base = layout->roots.base;
	header->table_size = layout->roots.size + layout->tables.size;
	header->shared_base = layout->shared.base;
	header->shared_size = layout->shared.size;
	header->private_base = layout->private.base;
	header->private_size = layout->private.size;
	header->golden_base = source->model->golden.base;
	header->golden_size = source->model->golden.size;
	header->loader_offset = layout->loader_offset;
	header->console_va = layout->console_va;
	header->gicd_va = layout->gicd_va;
	header->gicd_pa = gic->distributor.base;
	header->gicr_pa = gic->version == PLAN_GIC_V3 ? gic->redistributors.base : gic->cpu_interface.base;
	header->gicr_size = gic->version == PLAN_GIC_V3 ? gic->redistributors.size : gic->cpu_interface.size;
	header->core_state = layout->core_state;
	header->partition_state = layout->partition_state;
	header->vcpu_state = layout->vcpu_state;
}

/* Puts `count` rows behind the bytes so far. */
static struct plan_array put(uint8_t *bytes, uint64_t *size, const void *rows, size_t count, size_t row_size)
{
	struct plan_array array = {(uint32_t)*size, (uint32_t)count};

	if (bytes && count)
		memcpy(bytes + *size, rows, count * row_size);
	*size += count * row_size;
	return array;
}

#define PUT(row, array) header->array = put(bytes, &size, rows->array, rows->row##_count, sizeof(*rows->array));

/* Called with `bytes` NULL to learn the size. */
static uint64_t put_arrays(struct plan_header *header, const struct rows *rows, uint8_t *bytes)
{
	uint64_t size = sizeof(*header);

	ARRAYS(PUT)
	return size;
}

static void add_all(struct rows *rows, const struct rows_source *source)
{
	const struct board *board = &source->model->board;

	for (size_t i = 0; i < source->layout->row_count; i++)
		add_core(rows, source, i);
	for (size_t i = 0; i < source->model->partition_count; i++)
		add_partition(rows, source, i);
	for (size_t i = 0; i < board->memory_count; i++)
		*MEMORY_APPEND(rows->memory, rows->range_count) =
			(struct plan_range){board->memory[i].base, board->memory[i].size};
	if (board->arch == PLAN_ARCH_X86)
		*MEMORY_APPEND(rows->x86, rows->x86_count) =
			x86_row(source->model, source->layout, source->el2->device_table, source->x86->partitions);
	rows->vmcs = source->x86->values;
	rows->vmcs_count = source->x86->value_count;
}

uint8_t *rows_build(const struct rows_source *source, uint64_t *size)
{
	const struct board *board = &source->model->board;
	struct plan_header header = {
		.magic = PLAN_MAGIC,
		.version = PLAN_VERSION,
		.arch = board->arch,
		.gic = board->gic.version,
		.pa_bits = board->pa_bits,
		.va_bits = source->layout->va_bits,
		.when_all_off =
			property_is(board->when_all_off, "power-off") ? PLAN_ALL_OFF_POWER_OFF : PLAN_ALL_OFF_PARK,
		.interrupt_count = interrupts_used(source->model),
	};
	struct rows rows = {0};
	uint8_t *bytes;

	strncpy(header.board, board->name, PLAN_NAME - 1);
	fill_places(&header, source);
	add_all(&rows, source);
	*size = put_arrays(&header, &rows, NULL);
	header.size = (uint32_t)*size;
	bytes = memory_zeroed(*size, 1);
	put_arrays(&header, &rows, bytes);
	memcpy(bytes, &header, sizeof(header));
	return bytes;
}
