/* SPDX-License-Identifier: Apache-2.0 */
/* Valid plans made wrong: a function for each way, and the table of all, in the order in which the checks look. */
#include "plan/mutations.h"

#include "test.h"

#include "fake/fake.h"

#define ROOMY 0xf000u /* a plan's size that holds too many rows of the smaller kinds */
#define ARENA_TOP (plan->memory.count != 0u ? fake_memory(plan)[0].base + FAKE_ARENA_SIZE : 0u)

#define BREAK(name, statement)                                                                                         \
	static void name(struct plan_header *plan)                                                                     \
	{                                                                                                              \
		statement;                                                                                             \
	}

/* gamma keeps its first core; the second one's row stays behind. */
static void gamma_shrink(struct plan_header *plan)
{
	fake_partitions(plan)[2].vcpu_count = 1;
	fake_filters(plan)[5].size = 0x20000u;
}

static void interrupts_drop(struct plan_header *plan)
{
	plan->interrupts.count = 0;
	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		fake_partitions(plan)[i].interrupt_first = 0;
		fake_partitions(plan)[i].interrupt_count = 0;
		memset(fake_partitions(plan)[i].interrupt_mask, 0, sizeof(fake_partitions(plan)[i].interrupt_mask));
	}
}

static void sets_move(struct plan_header *plan)
{
	for (uint32_t i = 0; i < plan->table_sets.count; i++) {
		fake_table_sets(plan)[i].base = plan->shared_base;
	}
}

/* The same system on a GICv2: a filter a partition, and its first device is the CPU interface. */
void gicv2_make(struct plan_header *plan)
{
	plan->gic = PLAN_GIC_V2;
	plan->gicr_size = PLAN_PAGE;
	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		struct plan_window *interface = &fake_windows(plan)[fake_partitions(plan)[i].window_first + 1u];

		fake_partitions(plan)[i].filter_count = 1;
		fake_filters(plan)[fake_partitions(plan)[i].filter_first].size = 0x1000u;
		interface->kind = PLAN_WINDOW_INTERFACE;
		interface->pa = plan->gicr_pa;
		interface->size = PLAN_PAGE;
	}
}

BREAK(size_below_header, plan->size = sizeof(*plan) - 8u)
BREAK(size_odd, plan->size += 4u)
BREAK(size_cuts_last_row, plan->size -= 8u)
BREAK(cores_none, plan->cores.count = 0)
BREAK(cores_many, plan->cores.count = PLAN_MAX_CORES + 1u)
BREAK(cores_offset_odd, plan->cores.offset += 4u)
BREAK(cores_in_header, plan->cores.offset = 8u)
BREAK(partitions_many, plan->partitions.count = PLAN_MAX_PARTITIONS + 1u)
BREAK(vcpus_many, plan->vcpus.count = PLAN_MAX_CORES + 1u)
BREAK(windows_outside, plan->windows.offset = plan->size)
BREAK(filters_outside, plan->filters.offset = 0xfffffff8u)
BREAK(interrupts_many, plan->interrupts.count = PLAN_INTERRUPTS + 1u)
BREAK(images_wrap, plan->images.count = UINT32_MAX)
BREAK(roots_many, plan->roots.count = 0x40000000u)
BREAK(table_sets_outside, plan->table_sets.offset = plan->size - 8u)
BREAK(memory_outside, plan->memory.count = 2)

BREAK(cores_over_limit, plan->size = ROOMY; plan->cores.count = PLAN_MAX_CORES + 1u)
BREAK(partitions_over_limit, plan->size = ROOMY; plan->partitions.count = PLAN_MAX_PARTITIONS + 1u)
BREAK(vcpus_over_limit, plan->size = ROOMY; plan->vcpus.count = PLAN_MAX_CORES + 1u)
BREAK(interrupts_over_limit, plan->size = ROOMY; plan->interrupts.count = PLAN_INTERRUPTS + 1u)
/* references */
BREAK(partition_without_vcpu, fake_partitions(plan)[1].vcpu_count = 0)
BREAK(observes_nobody, fake_partitions(plan)[1].observes |= UINT64_C(1) << 3)
BREAK(vmid_zero, fake_partitions(plan)[0].vmid = 0)
BREAK(vmid_wide, fake_partitions(plan)[0].vmid = 256)
BREAK(vcpus_span_outside, fake_partitions(plan)[2].vcpu_count++)
BREAK(vcpus_span_of_other, fake_partitions(plan)[0].vcpu_count = 4)
BREAK(vcpus_span_wraps, fake_partitions(plan)[0].vcpu_first = 0xffff)
BREAK(windows_span_outside, fake_partitions(plan)[2].window_count++)
BREAK(windows_span_of_other, fake_partitions(plan)[0].window_count++)
BREAK(filters_span_outside, fake_partitions(plan)[2].filter_first++)
BREAK(filters_span_of_other, fake_partitions(plan)[0].filter_first = 2)
BREAK(images_span_outside, fake_partitions(plan)[2].image_count = 3)
BREAK(images_span_of_other, fake_partitions(plan)[0].image_first = 1)
BREAK(roots_span_outside, fake_partitions(plan)[2].root_count++)
BREAK(interrupts_span_outside, fake_partitions(plan)[2].interrupt_count++)
BREAK(interrupts_span_of_other, fake_partitions(plan)[0].interrupt_first = 1)
BREAK(name_endless, memset(fake_partitions(plan)[1].name, 'x', PLAN_NAME))
BREAK(vcpu_number_wrong, fake_vcpus(plan)[1].number = 2)
BREAK(vcpu_core_outside, fake_vcpus(plan)[1].core = 6)
BREAK(vcpu_partition_outside, fake_vcpus(plan)[1].partition = 3)
BREAK(core_partition_outside, fake_cores(plan)[0].partition = 3)
BREAK(core_vcpu_outside, fake_cores(plan)[0].vcpu = 6)
BREAK(core_sets_outside, fake_cores(plan)[5].table_set_count = 4)
BREAK(core_sets_few, fake_cores(plan)[0].table_set_count = 1)
BREAK(filter_first_frame_of_other, fake_filters(plan)[3].vcpu = 0)
BREAK(filter_frames_too_many, fake_filters(plan)[3].size = 0x40000)
BREAK(filter_frames_half, fake_filters(plan)[1].size = 0x10000)
BREAK(filter_frames_elsewhere, fake_filters(plan)[3].va -= 0x20000)
BREAK(filter_frames_apart, fake_cores(plan)[1].gicr_va += 0x20000)
BREAK(filter_distributor_elsewhere, fake_filters(plan)[2].va += 0x10000)
BREAK(filter_distributor_long, fake_filters(plan)[2].size = 0x20000)
BREAK(filters_few, fake_partitions(plan)[1].filter_count = 1)
BREAK(filters_none, fake_partitions(plan)[1].filter_count = 0)
BREAK(filters_many, plan->gic = PLAN_GIC_V2)
BREAK(filters_swapped, struct plan_filter gicd = fake_filters(plan)[2]; fake_filters(plan)[2] = fake_filters(plan)[3];
      fake_filters(plan)[3] = gicd)
BREAK(filter_kind_unknown, fake_filters(plan)[3].kind = 3)

BREAK(partition_without_anything, fake_partitions(plan)[1].vcpu_count = 0; fake_filters(plan)[3].size = 0)
BREAK(filter_not_distributor, fake_filters(plan)[2].kind = PLAN_FILTER_GICR)
BREAK(filter_of_other, fake_filters(plan)[2].partition = 0)
BREAK(vcpu_of_other, fake_vcpus(plan)[3].partition = 0)
BREAK(vcpu_astray_partition, gamma_shrink(plan); fake_vcpus(plan)[5].partition = 7)
BREAK(vcpu_astray_core, gamma_shrink(plan); fake_vcpus(plan)[5].core = 7)
BREAK(vcpu_of_nobody, gamma_shrink(plan))
BREAK(vcpu_affinity_other, fake_vcpus(plan)[1].virtual_id = 0x100)
/* place */
BREAK(image_empty, plan->image_size = 0)
BREAK(image_unaligned, plan->image_base -= 8u; plan->image_size += 8u; fake_memory(plan)[0].base -= 8u;
      fake_memory(plan)[0].size += 8u)
BREAK(image_wraps, plan->image_base = UINT64_MAX - 0xfffu)
BREAK(image_outside_memory, fake_memory(plan)[0].base += PLAN_PAGE)
BREAK(plan_outside_image, plan->plan_base = plan->image_base + plan->image_size)
BREAK(golden_outside_memory, plan->golden_base = ARENA_TOP)

/* cores */
BREAK(core_twice, fake_cores(plan)[1].mpidr = fake_cores(plan)[0].mpidr)
BREAK(core_of_other_vcpu, fake_cores(plan)[1].vcpu = 0)
BREAK(core_of_other_partition, fake_cores(plan)[3].partition = 0)
BREAK(core_with_two_vcpus, fake_vcpus(plan)[3].core = 4; fake_filters(plan)[3].va = fake_cores(plan)[4].gicr_va)
BREAK(core_unowned_but_used, fake_cores(plan)[3].partition = PLAN_NONE)

BREAK(core_beside_its_vcpu, gamma_shrink(plan); plan->vcpus.count = 5; fake_cores(plan)[5].vcpu = 4)
BREAK(filter_of_v2_too_large, gicv2_make(plan); fake_filters(plan)[0].size = 0x10000u)

/* windows */
BREAK(window_empty, fake_windows(plan)[0].size = 0)
BREAK(window_wraps, fake_windows(plan)[0].size = UINT64_MAX - 0xfffu)
BREAK(window_base_wraps, fake_windows(plan)[1].base = UINT64_MAX - 0xfffu)
BREAK(window_unaligned, fake_windows(plan)[0].pa += 8u)
BREAK(window_base_unaligned, fake_windows(plan)[0].base += 0x800u)
BREAK(window_size_unaligned, fake_windows(plan)[0].size -= 0x800u)
BREAK(window_outside_memory, fake_windows(plan)[8].size += PLAN_PAGE * 0x100u)
BREAK(window_over_neighbour, fake_windows(plan)[2].size += PLAN_PAGE)
BREAK(window_over_own, fake_windows(plan)[2].pa -= PLAN_PAGE)
BREAK(window_over_hypervisor, fake_windows(plan)[0].pa -= PLAN_PAGE)
BREAK(window_over_golden, plan->image_size = 0x60000u; fake_windows(plan)[0].pa = plan->golden_base)
BREAK(window_kind_unknown, fake_windows(plan)[0].kind = 4)
BREAK(window_device_in_memory, fake_windows(plan)[1].pa = ARENA_TOP - PLAN_PAGE)
BREAK(window_device_over_memory, fake_windows(plan)[1].pa = ARENA_TOP - PLAN_PAGE; fake_windows(plan)[1].size *= 2u)
BREAK(window_distributor, fake_windows(plan)[1].pa = plan->gicd_pa + 0xf000u)
BREAK(window_redistributor, fake_windows(plan)[1].pa = plan->gicr_pa + 0x40000u)
BREAK(window_redistributors_end, fake_windows(plan)[1].pa = plan->gicr_pa + plan->gicr_size - PLAN_PAGE)
BREAK(window_interface_of_v3, fake_windows(plan)[1].kind = PLAN_WINDOW_INTERFACE;
      fake_windows(plan)[1].pa = plan->gicr_pa)
BREAK(window_interface_beside, gicv2_make(plan); fake_windows(plan)[1].pa += PLAN_PAGE)
BREAK(window_interface_in_part, gicv2_make(plan); fake_windows(plan)[1].size += PLAN_PAGE)
BREAK(window_device_on_interface, gicv2_make(plan); fake_windows(plan)[1].kind = PLAN_WINDOW_DEVICE)
BREAK(window_distributor_of_v2, gicv2_make(plan); fake_windows(plan)[4].kind = PLAN_WINDOW_DEVICE;
      fake_windows(plan)[4].pa = plan->gicd_pa)
BREAK(window_device_shared, fake_windows(plan)[4].pa = fake_windows(plan)[1].pa)

BREAK(window_device_wraps, fake_windows(plan)[1].pa = UINT64_MAX - 0xfffu; fake_windows(plan)[1].size = 0x2000u)
BREAK(window_device_unaligned, fake_windows(plan)[1].pa += 8u)
BREAK(window_over_text, fake_windows(plan)[0].pa = plan->image_base)
BREAK(window_device_kind_unknown, fake_windows(plan)[1].kind = 4)
BREAK(vmid_shared, fake_partitions(plan)[2].vmid = fake_partitions(plan)[0].vmid)
BREAK(stage2_root_shared, fake_partitions(plan)[2].stage2_root = fake_partitions(plan)[0].stage2_root)
BREAK(roots_shared, fake_partitions(plan)[1].root_first--)
/* interrupts */
BREAK(interrupts_few, plan->interrupt_count = 31)
BREAK(interrupts_over, plan->interrupt_count = 1021)
BREAK(interrupt_private, fake_interrupts(plan)[0].id = 27)
BREAK(interrupt_beyond_board, plan->interrupt_count = 70)
BREAK(interrupt_in_two_masks, fake_partitions(plan)[1].interrupt_mask[1] |= 1u << 8)
BREAK(interrupt_mask_without_row, fake_partitions(plan)[1].interrupt_mask[20] = 1u)
BREAK(interrupt_row_without_mask, fake_partitions(plan)[0].interrupt_mask[1] &= ~(1u << 8))
BREAK(interrupt_in_others_mask, fake_partitions(plan)[0].interrupt_mask[1] ^= 1u << 8;
      fake_partitions(plan)[1].interrupt_mask[1] ^= 1u << 8)

BREAK(interrupts_none_of_few, interrupts_drop(plan); plan->interrupt_count = 31)
BREAK(interrupt_private_alone, fake_interrupts(plan)[0].id = 27; fake_partitions(plan)[0].interrupt_mask[1] = 0)
BREAK(interrupt_astray, fake_partitions(plan)[2].interrupt_count = 1; fake_interrupts(plan)[5].partition = 99)
/* images */
BREAK(image_size_huge, fake_images(plan)[0].size = UINT64_MAX - 16u)
BREAK(image_fill_huge, fake_images(plan)[0].fill = UINT64_MAX - 16u)
BREAK(image_fill_over_window, fake_images(plan)[1].fill = 0x40000u)
BREAK(image_in_others_window, fake_images(plan)[0].pa = fake_windows(plan)[3].pa)
BREAK(image_in_device, fake_images(plan)[1].pa = fake_windows(plan)[1].pa;
      fake_images(plan)[1].base = fake_windows(plan)[1].base)
BREAK(image_base_differs, fake_images(plan)[0].base += 0x1000u)
BREAK(image_golden_outside, fake_images(plan)[0].golden = plan->golden_base - 8u)
BREAK(image_golden_runs_out, fake_images(plan)[0].golden = plan->golden_base + plan->golden_size - 8u)
BREAK(image_in_place_elsewhere, fake_images(plan)[0].in_place = 1)

BREAK(image_sum_wraps, fake_images(plan)[0].in_place = 1; fake_images(plan)[0].golden = fake_images(plan)[0].pa;
      fake_images(plan)[0].size = UINT64_MAX - 0xfffu; fake_images(plan)[0].fill = 0x1100u)
/* tables */
BREAK(tables_outside, plan->table_base = plan->image_base + plan->image_size)
BREAK(shared_outside, plan->shared_size = plan->image_size)
BREAK(private_outside, plan->private_base = ARENA_TOP)
BREAK(tables_over_shared, plan->table_size += 8u)
BREAK(table_set_odd, fake_table_sets(plan)[2].size = 0x108u)
BREAK(table_set_outside, fake_table_sets(plan)[2].base = plan->private_base)
BREAK(root_unaligned, fake_roots(plan)[3].address += 4u)
BREAK(root_in_tables, fake_roots(plan)[3].address = plan->table_base)
BREAK(stage2_root_outside, fake_partitions(plan)[1].stage2_root = plan->table_base)

BREAK(tables_outside_unused, sets_move(plan); plan->table_base = plan->image_base + plan->image_size)
/* state */
BREAK(core_state_outside, plan->core_state = plan->shared_base + plan->shared_size - 0x100u)
BREAK(partition_state_outside, plan->partition_state = plan->private_base)
BREAK(vcpu_state_outside, plan->vcpu_state = plan->shared_base - 64u)
BREAK(state_unaligned, plan->vcpu_state += 8u)

BREAK(arch_other, plan->arch = PLAN_ARCH_X86)

#define M(function, refusal)                                                                                           \
	{                                                                                                              \
#function, function, refusal                                                                           \
	}

const struct mutation mutations[] = {
	M(arch_other, REFUSAL_ARCH),
	M(size_below_header, REFUSAL_ARRAY),
	M(size_odd, REFUSAL_ARRAY),
	M(size_cuts_last_row, REFUSAL_ARRAY),
	M(cores_none, REFUSAL_ARRAY),
	M(cores_many, REFUSAL_ARRAY),
	M(cores_offset_odd, REFUSAL_ARRAY),
	M(cores_in_header, REFUSAL_ARRAY),
	M(partitions_many, REFUSAL_ARRAY),
	M(vcpus_many, REFUSAL_ARRAY),
	M(windows_outside, REFUSAL_ARRAY),
	M(filters_outside, REFUSAL_ARRAY),
	M(interrupts_many, REFUSAL_ARRAY),
	M(images_wrap, REFUSAL_ARRAY),
	M(roots_many, REFUSAL_ARRAY),
	M(table_sets_outside, REFUSAL_ARRAY),
	M(memory_outside, REFUSAL_ARRAY),
	M(cores_over_limit, REFUSAL_ARRAY),
	M(partitions_over_limit, REFUSAL_ARRAY),
	M(vcpus_over_limit, REFUSAL_ARRAY),
	M(interrupts_over_limit, REFUSAL_ARRAY),
	M(partition_without_vcpu, REFUSAL_REFERENCE),
	M(observes_nobody, REFUSAL_REFERENCE),
	M(vmid_zero, REFUSAL_REFERENCE),
	M(vmid_wide, REFUSAL_REFERENCE),
	M(vcpus_span_outside, REFUSAL_REFERENCE),
	M(vcpus_span_of_other, REFUSAL_REFERENCE),
	M(vcpus_span_wraps, REFUSAL_REFERENCE),
	M(windows_span_outside, REFUSAL_REFERENCE),
	M(windows_span_of_other, REFUSAL_REFERENCE),
	M(filters_span_outside, REFUSAL_REFERENCE),
	M(filters_span_of_other, REFUSAL_REFERENCE),
	M(images_span_outside, REFUSAL_REFERENCE),
	M(images_span_of_other, REFUSAL_REFERENCE),
	M(roots_span_outside, REFUSAL_REFERENCE),
	M(interrupts_span_outside, REFUSAL_REFERENCE),
	M(interrupts_span_of_other, REFUSAL_REFERENCE),
	M(name_endless, REFUSAL_REFERENCE),
	M(vcpu_number_wrong, REFUSAL_REFERENCE),
	M(vcpu_core_outside, REFUSAL_REFERENCE),
	M(vcpu_partition_outside, REFUSAL_REFERENCE),
	M(core_partition_outside, REFUSAL_REFERENCE),
	M(core_vcpu_outside, REFUSAL_REFERENCE),
	M(core_sets_outside, REFUSAL_REFERENCE),
	M(core_sets_few, REFUSAL_REFERENCE),
	M(filter_first_frame_of_other, REFUSAL_REFERENCE),
	M(filter_frames_too_many, REFUSAL_REFERENCE),
	M(filter_frames_half, REFUSAL_REFERENCE),
	M(filter_frames_elsewhere, REFUSAL_REFERENCE),
	M(filter_frames_apart, REFUSAL_REFERENCE),
	M(filter_distributor_elsewhere, REFUSAL_REFERENCE),
	M(filter_distributor_long, REFUSAL_REFERENCE),
	M(filters_few, REFUSAL_REFERENCE),
	M(filters_none, REFUSAL_REFERENCE),
	M(filters_many, REFUSAL_REFERENCE),
	M(filters_swapped, REFUSAL_REFERENCE),
	M(filter_kind_unknown, REFUSAL_REFERENCE),
	M(partition_without_anything, REFUSAL_REFERENCE),
	M(filter_not_distributor, REFUSAL_REFERENCE),
	M(filter_of_other, REFUSAL_REFERENCE),
	M(vcpu_of_other, REFUSAL_REFERENCE),
	M(vcpu_astray_partition, REFUSAL_REFERENCE),
	M(vcpu_astray_core, REFUSAL_REFERENCE),
	M(vcpu_of_nobody, REFUSAL_REFERENCE),
	M(vcpu_affinity_other, REFUSAL_REFERENCE),
	M(image_empty, REFUSAL_PLACE),
	M(image_unaligned, REFUSAL_PLACE),
	M(image_wraps, REFUSAL_PLACE),
	M(image_outside_memory, REFUSAL_PLACE),
	M(plan_outside_image, REFUSAL_PLACE),
	M(golden_outside_memory, REFUSAL_PLACE),
	M(core_twice, REFUSAL_CORES),
	M(core_of_other_vcpu, REFUSAL_CORES),
	M(core_of_other_partition, REFUSAL_CORES),
	M(core_with_two_vcpus, REFUSAL_CORES),
	M(core_unowned_but_used, REFUSAL_CORES),
	M(core_beside_its_vcpu, REFUSAL_CORES),
	M(window_empty, REFUSAL_WINDOWS),
	M(window_wraps, REFUSAL_WINDOWS),
	M(window_base_wraps, REFUSAL_WINDOWS),
	M(window_unaligned, REFUSAL_WINDOWS),
	M(window_base_unaligned, REFUSAL_WINDOWS),
	M(window_size_unaligned, REFUSAL_WINDOWS),
	M(window_outside_memory, REFUSAL_WINDOWS),
	M(window_over_neighbour, REFUSAL_WINDOWS),
	M(window_over_own, REFUSAL_WINDOWS),
	M(window_over_hypervisor, REFUSAL_WINDOWS),
	M(window_over_golden, REFUSAL_WINDOWS),
	M(window_kind_unknown, REFUSAL_WINDOWS),
	M(window_device_in_memory, REFUSAL_WINDOWS),
	M(window_device_over_memory, REFUSAL_WINDOWS),
	M(window_distributor, REFUSAL_WINDOWS),
	M(window_redistributor, REFUSAL_WINDOWS),
	M(window_redistributors_end, REFUSAL_WINDOWS),
	M(window_interface_of_v3, REFUSAL_WINDOWS),
	M(window_interface_beside, REFUSAL_WINDOWS),
	M(window_interface_in_part, REFUSAL_WINDOWS),
	M(window_device_on_interface, REFUSAL_WINDOWS),
	M(window_distributor_of_v2, REFUSAL_WINDOWS),
	M(filter_of_v2_too_large, REFUSAL_REFERENCE),
	M(window_device_shared, REFUSAL_WINDOWS),
	M(window_device_wraps, REFUSAL_WINDOWS),
	M(window_device_unaligned, REFUSAL_WINDOWS),
	M(window_over_text, REFUSAL_WINDOWS),
	M(window_device_kind_unknown, REFUSAL_WINDOWS),
	M(vmid_shared, REFUSAL_WINDOWS),
	M(stage2_root_shared, REFUSAL_WINDOWS),
	M(roots_shared, REFUSAL_WINDOWS),
	M(interrupts_few, REFUSAL_INTERRUPTS),
	M(interrupts_over, REFUSAL_INTERRUPTS),
	M(interrupt_private, REFUSAL_INTERRUPTS),
	M(interrupt_beyond_board, REFUSAL_INTERRUPTS),
	M(interrupt_in_two_masks, REFUSAL_INTERRUPTS),
	M(interrupt_mask_without_row, REFUSAL_INTERRUPTS),
	M(interrupt_row_without_mask, REFUSAL_INTERRUPTS),
	M(interrupt_in_others_mask, REFUSAL_INTERRUPTS),
	M(interrupts_none_of_few, REFUSAL_INTERRUPTS),
	M(interrupt_private_alone, REFUSAL_INTERRUPTS),
	M(interrupt_astray, REFUSAL_INTERRUPTS),
	M(image_size_huge, REFUSAL_IMAGES),
	M(image_fill_huge, REFUSAL_IMAGES),
	M(image_fill_over_window, REFUSAL_IMAGES),
	M(image_in_others_window, REFUSAL_IMAGES),
	M(image_in_device, REFUSAL_IMAGES),
	M(image_base_differs, REFUSAL_IMAGES),
	M(image_golden_outside, REFUSAL_IMAGES),
	M(image_golden_runs_out, REFUSAL_IMAGES),
	M(image_in_place_elsewhere, REFUSAL_IMAGES),
	M(image_sum_wraps, REFUSAL_IMAGES),
	M(tables_outside, REFUSAL_TABLES),
	M(shared_outside, REFUSAL_TABLES),
	M(private_outside, REFUSAL_TABLES),
	M(tables_over_shared, REFUSAL_TABLES),
	M(table_set_odd, REFUSAL_TABLES),
	M(table_set_outside, REFUSAL_TABLES),
	M(root_unaligned, REFUSAL_TABLES),
	M(root_in_tables, REFUSAL_TABLES),
	M(stage2_root_outside, REFUSAL_TABLES),
	M(tables_outside_unused, REFUSAL_TABLES),
	M(core_state_outside, REFUSAL_STATE),
	M(partition_state_outside, REFUSAL_STATE),
	M(vcpu_state_outside, REFUSAL_STATE),
	M(state_unaligned, REFUSAL_STATE),
};

const size_t mutations_count = COUNT(mutations);
