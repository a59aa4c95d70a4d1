/* SPDX-License-Identifier: Apache-2.0 */
/* Small valid plans whose physical addresses are places in one host buffer. Not here: the fake machine (arch.c). */
#include "fake/fake.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/version.h"
#include "plan/view.h"

/* Places in the arena: the image (plan, tables, shared, private, golden), then the partitions' RAM. */
#define PLAN_PLACE 0x0u
#define TABLE_PLACE 0x10000u
#define SHARED_PLACE 0x20000u
#define PRIVATE_PLACE 0x40000u
#define GOLDEN_PLACE 0x60000u
#define IMAGE_END 0x100000u
#define RAM_PLACE 0x100000u
#define RAM_SIZE 0x40000u /* each: two windows */
#define GUEST_BASE UINT64_C(0x40000000)
#define DEVICE_BASE UINT64_C(0x09000000)
#define KERNEL_SIZE 0x1804u
#define KERNEL_FILL 0x7fcu
#define RAMDISK_SIZE 0x300u
#define ROOTS_EACH 4u
#define SPI_FIRST 40u

const char version_board[PLAN_NAME] = "fake-board";

const struct fake_shape fake_shape_three = {.partitions = 3, .cores = {3, 1, 2}};

static _Alignas(PLAN_PAGE) uint8_t arena[FAKE_ARENA_SIZE];

static uint64_t place(uint32_t offset)
{
	return (uint64_t)(uintptr_t)&arena[offset];
}

#define ROWS(function, type, array)                                                                                    \
	struct type *function(const struct plan_header *plan)                                                          \
	{                                                                                                              \
		return (struct type *)(uintptr_t)((uint64_t)(uintptr_t)plan + plan->array.offset);                     \
	}

ROWS(fake_cores, plan_core, cores)
ROWS(fake_partitions, plan_partition, partitions)
ROWS(fake_vcpus, plan_vcpu, vcpus)
ROWS(fake_windows, plan_window, windows)
ROWS(fake_filters, plan_filter, filters)
ROWS(fake_interrupts, plan_interrupt, interrupts)
ROWS(fake_images, plan_image, images)
ROWS(fake_roots, plan_root, roots)
ROWS(fake_table_sets, plan_table_set, table_sets)
ROWS(fake_memory, plan_range, memory)

static void array_add(struct plan_header *plan, struct plan_array *array, uint32_t count, size_t row)
{
	array->offset = plan->size;
	array->count = count;
	plan->size += (uint32_t)((count * row + 7u) & ~(size_t)7u);
}

static void header_make(struct plan_header *plan, const struct fake_shape *shape, uint32_t cores)
{
	uint32_t owned = cores - (shape->spare_boot_core ? 1u : 0u);

	*plan = (struct plan_header){
		.magic = PLAN_MAGIC,
		.version = PLAN_VERSION,
		.size = sizeof(*plan),
		.board = "fake-board",
		.arch = PLAN_ARCH_FAKE,
		.gic = PLAN_GIC_V3,
		.pa_bits = 48,
		.va_bits = 48,
		.when_all_off = PLAN_ALL_OFF_POWER_OFF,
		.interrupt_count = 288,
		.plan_base = place(PLAN_PLACE),
		.image_base = place(0),
		.image_size = IMAGE_END,
		.table_base = place(TABLE_PLACE),
		.table_size = SHARED_PLACE - TABLE_PLACE,
		.shared_base = place(SHARED_PLACE),
		.shared_size = PRIVATE_PLACE - SHARED_PLACE,
		.private_base = place(PRIVATE_PLACE),
		.private_size = GOLDEN_PLACE - PRIVATE_PLACE,
		.golden_base = place(GOLDEN_PLACE),
		.golden_size = IMAGE_END - GOLDEN_PLACE,
		.loader_offset = FAKE_LOADER_OFFSET,
		.console_va = FAKE_CONSOLE,
		.gicd_va = UINT64_C(0xd0000000),
		.gicd_pa = UINT64_C(0x08000000),
		.gicr_pa = UINT64_C(0x080a0000),
		.gicr_size = UINT64_C(0x00f60000),
		.core_state = place(SHARED_PLACE),
		.partition_state = place(SHARED_PLACE + 0x2000u),
		.vcpu_state = place(SHARED_PLACE + 0x3000u),
	};
	memset(plan->sha256, 0xa5, sizeof(plan->sha256));
	array_add(plan, &plan->cores, cores, sizeof(struct plan_core));
	array_add(plan, &plan->partitions, shape->partitions, sizeof(struct plan_partition));
	array_add(plan, &plan->vcpus, owned, sizeof(struct plan_vcpu));
	array_add(plan, &plan->windows, shape->partitions * 3u, sizeof(struct plan_window));
	array_add(plan, &plan->filters, shape->partitions * 2u, sizeof(struct plan_filter));
	array_add(plan, &plan->interrupts, shape->partitions * 2u, sizeof(struct plan_interrupt));
	array_add(plan, &plan->images, shape->partitions * 2u, sizeof(struct plan_image));
	array_add(plan, &plan->roots, shape->partitions * ROOTS_EACH, sizeof(struct plan_root));
	array_add(plan, &plan->table_sets, cores * 3u, sizeof(struct plan_table_set));
	array_add(plan, &plan->memory, 1u, sizeof(struct plan_range));
	array_add(plan, &plan->x86, 0u, sizeof(struct plan_x86));
	array_add(plan, &plan->vmcs, 0u, sizeof(struct plan_vmcs));
	fake_memory(plan)[0] = (struct plan_range){place(0), FAKE_ARENA_SIZE};
}

static void table_set_make(struct plan_table_set *set, uint64_t base, uint32_t size)
{
	set->base = base;
	set->size = size;
	set->crc = (uint32_t)crc32_z(0, (const uint8_t *)(uintptr_t)base, size);
}

static uint64_t gicr_va(uint32_t row)
{
	return UINT64_C(0xe0000000) + ((uint64_t)row << 17);
}

/* A core's row and its table sets: two for boot, one of its partition. */
static void core_make(struct plan_header *plan, uint32_t row, uint32_t partition, uint32_t vcpu, bool first)
{
	struct plan_table_set *sets = &fake_table_sets(plan)[row * 3u];

	for (uint32_t i = 0; i < 3u; i++) {
		table_set_make(&sets[i], plan->table_base + (row * 3u + i) * 0x100u, 0x100u);
	}
	fake_cores(plan)[row] = (struct plan_core){
		.mpidr = UINT64_C(0x100) * (row / 4u) + row % 4u,
		.partition = (uint16_t)partition,
		.vcpu = (uint16_t)vcpu,
		.table_set_first = (uint16_t)(row * 3u),
		.table_set_count = 3,
		.el2_root = sets[0].base,
		.loader_root = first ? sets[2].base : 0u,
		.stack_top = plan->private_base + (row + 1u) * 0x2000u,
		.log = plan->private_base + row * 0x2000u,
		.log_pa = plan->private_base + row * 0x2000u,
		.gicr_va = gicr_va(row),
	};
}

static void vcpu_make(struct plan_header *plan, uint32_t index, uint32_t partition, uint32_t number, uint32_t row)
{
	uint64_t mpidr = fake_cores(plan)[row].mpidr;

	fake_vcpus(plan)[index] = (struct plan_vcpu){
		.virtual_id = number,
		.sgi_target = ((mpidr >> 8) << 16) | (UINT64_C(1) << (mpidr & 15u)),
		.route = mpidr,
		.core = (uint16_t)row,
		.partition = (uint16_t)partition,
		.number = (uint16_t)number,
	};
}

static void memory_make(struct plan_header *plan, uint32_t index)
{
	struct plan_window *windows = &fake_windows(plan)[index * 3u];
	struct plan_image *images = &fake_images(plan)[index * 2u];
	uint64_t ram = place(RAM_PLACE + index * RAM_SIZE);
	uint64_t golden = plan->golden_base + index * 0x8000u;
	uint16_t partition = (uint16_t)index;

	windows[0] = (struct plan_window){GUEST_BASE, ram, RAM_SIZE / 2u, partition, PLAN_WINDOW_RAM, 0};
	windows[1] = (struct plan_window){
		DEVICE_BASE, DEVICE_BASE + index * 0x10000u, PLAN_PAGE, partition, PLAN_WINDOW_DEVICE, 0};
	windows[2] = (struct plan_window){
		GUEST_BASE + 0x10000000u, ram + RAM_SIZE / 2u, RAM_SIZE / 2u, partition, PLAN_WINDOW_RAM, 0};
	images[0] = (struct plan_image){.golden = golden,
					.pa = ram + 0x2000u,
					.base = GUEST_BASE + 0x2000u,
					.size = KERNEL_SIZE,
					.fill = KERNEL_FILL,
					.partition = partition,
					.kind = PLAN_IMAGE_KERNEL};
	images[1] = (struct plan_image){.golden = golden + 0x4000u,
					.pa = windows[2].pa,
					.base = windows[2].base,
					.size = RAMDISK_SIZE,
					.partition = partition,
					.kind = PLAN_IMAGE_RAMDISK};
}

static void interrupts_make(struct plan_header *plan, uint32_t index)
{
	struct plan_partition *partition = &fake_partitions(plan)[index];

	partition->interrupt_mask[0] = UINT32_C(0x4800ffff); /* SGIs, timers */
	for (uint32_t i = 0; i < 2u; i++) {
		uint32_t id = SPI_FIRST + index + i * 30u;

		fake_interrupts(plan)[index * 2u + i] =
			(struct plan_interrupt){.id = (uint16_t)id, .partition = (uint16_t)index, .edge = (uint8_t)i};
		partition->interrupt_mask[id / 32u] |= UINT32_C(1) << (id % 32u);
	}
}

/* Its first virtual core is row `vcpu`, on core `row`. */
static void partition_make(struct plan_header *plan, const struct fake_shape *shape, uint32_t index, uint32_t vcpu,
			   uint32_t row)
{
	static const char *const names[FAKE_MAX_PARTITIONS] = {"alpha", "beta", "gamma", "delta"};
	struct plan_partition *partition = &fake_partitions(plan)[index];
	uint64_t root = plan->shared_base + 0x8000u + index * PLAN_PAGE;

	*partition = (struct plan_partition){
		.entry = GUEST_BASE + 0x2000u,
		.argument = GUEST_BASE + 0x1000u + index,
		.stage2_root = root,
		.observes = UINT64_C(1) << index,
		.vmid = (uint16_t)(index + 1u),
		.vcpu_first = (uint16_t)vcpu,
		.vcpu_count = (uint16_t)shape->cores[index],
		.window_first = (uint16_t)(index * 3u),
		.window_count = 3,
		.filter_first = (uint16_t)(index * 2u),
		.filter_count = 2,
		.image_first = (uint16_t)(index * 2u),
		.image_count = 2,
		.root_first = (uint16_t)(index * ROOTS_EACH),
		.root_count = ROOTS_EACH,
		.interrupt_first = (uint16_t)(index * 2u),
		.interrupt_count = 2,
	};
	strcpy(partition->name, names[index]);
	for (uint32_t i = 0; i < ROOTS_EACH; i++) {
		uint64_t *entry = (uint64_t *)(uintptr_t)(root + i * 8u);

		*entry = plan->table_base | 3u;
		fake_roots(plan)[index * ROOTS_EACH + i] = (struct plan_root){root + i * 8u, *entry};
	}
	fake_filters(plan)[index * 2u] = (struct plan_filter){.base = plan->gicd_pa,
							      .size = 0x10000u,
							      .partition = (uint16_t)index,
							      .kind = PLAN_FILTER_GICD,
							      .va = plan->gicd_va};
	fake_filters(plan)[index * 2u + 1u] = (struct plan_filter){.base = plan->gicr_pa,
								   .size = (uint64_t)shape->cores[index] << 17,
								   .partition = (uint16_t)index,
								   .kind = PLAN_FILTER_GICR,
								   .vcpu = (uint16_t)vcpu,
								   .va = gicr_va(row)};
	memory_make(plan, index);
	interrupts_make(plan, index);
}

struct plan_header *fake_plan_make(const struct fake_shape *shape)
{
	struct plan_header *plan = (struct plan_header *)(void *)&arena[PLAN_PLACE];
	uint32_t row = shape->spare_boot_core ? 1u : 0u;
	uint32_t cores = row;
	uint32_t vcpu = 0;

	memset(arena, 0, sizeof(arena));
	for (uint32_t i = GOLDEN_PLACE; i < IMAGE_END; i++) {
		arena[i] = (uint8_t)(1u + i % 251u);
	}
	memset(&arena[TABLE_PLACE], 0x5a, SHARED_PLACE - TABLE_PLACE);
	memset(&arena[RAM_PLACE], 0xee, FAKE_ARENA_SIZE - RAM_PLACE);
	for (uint32_t i = 0; i < shape->partitions; i++) {
		cores += shape->cores[i];
	}
	header_make(plan, shape, cores);
	if (shape->spare_boot_core) {
		core_make(plan, 0, PLAN_NONE, PLAN_NONE, false);
	}
	for (uint32_t i = 0; i < shape->partitions; i++) {
		partition_make(plan, shape, i, vcpu, row);
		for (uint32_t number = 0; number < shape->cores[i]; number++) {
			core_make(plan, row, i, vcpu, number == 0u);
			vcpu_make(plan, vcpu, i, number, row);
			row++;
			vcpu++;
		}
	}
	return plan;
}
