/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's bounds and ownership. Every loop is bounded by an array's count, which check_arrays has limited. */
#include "plan/check.h"

#include <stdbool.h>
#include <stddef.h>

#include "plan/view.h"

#define MAX_VCPUS PLAN_MAX_CORES
#define MAX_ROWS 4096u
#define ROOT_ALIGNMENT 64u
#define GICR_SHIFT 17u
#define MAX_BYTES (UINT64_C(1) << 48)
#define FIRST_MEBIBYTE UINT64_C(0x100000)
#define BUS_SHIFT 20u /* of PCI's configuration space */
#define BUSES_MOST 16u
#define BUS_IDS_SHIFT 8u
#define DEVICE_TABLE_BUS_PAGES 2u
#define IOMMU_SIZE UINT64_C(0x4000)

static bool range_in(uint64_t base, uint64_t size, uint64_t outer, uint64_t outer_size)
{
	return (base >= outer) && (size <= outer_size) && ((base - outer) <= (outer_size - size));
}

static bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return (a < b) ? (b - a) < a_size : (a - b) < b_size;
}

/* base + size does not wrap, and the range is not empty */
static bool range_sane(uint64_t base, uint64_t size)
{
	return (size != 0u) && (size <= (UINT64_MAX - base));
}

static bool array_fits(const struct plan_header *plan, const struct plan_array *array, size_t row, uint32_t limit)
{
	uint64_t bytes = (uint64_t)array->count * row;

	return (array->count <= limit) && ((array->offset % 8u) == 0u) &&
	       range_in(array->offset, bytes, sizeof(struct plan_header), plan->size - sizeof(struct plan_header));
}

static bool is_x86(const struct plan_header *plan)
{
	return plan->arch == (uint32_t)PLAN_ARCH_X86;
}

static bool arrays_fit(const struct plan_header *plan)
{
	return (plan->size >= sizeof(struct plan_header)) && ((plan->size % 8u) == 0u) &&
	       array_fits(plan, &plan->cores, sizeof(struct plan_core), PLAN_MAX_CORES) &&
	       array_fits(plan, &plan->partitions, sizeof(struct plan_partition), PLAN_MAX_PARTITIONS) &&
	       array_fits(plan, &plan->vcpus, sizeof(struct plan_vcpu), MAX_VCPUS) &&
	       array_fits(plan, &plan->windows, sizeof(struct plan_window), MAX_ROWS) &&
	       array_fits(plan, &plan->filters, sizeof(struct plan_filter), MAX_ROWS) &&
	       array_fits(plan, &plan->interrupts, sizeof(struct plan_interrupt), PLAN_INTERRUPTS) &&
	       array_fits(plan, &plan->images, sizeof(struct plan_image), MAX_ROWS) &&
	       array_fits(plan, &plan->roots, sizeof(struct plan_root), MAX_ROWS * 4u) &&
	       array_fits(plan, &plan->table_sets, sizeof(struct plan_table_set), MAX_ROWS) &&
	       array_fits(plan, &plan->memory, sizeof(struct plan_range), MAX_ROWS) &&
	       array_fits(plan, &plan->x86, sizeof(struct plan_x86), 1u) &&
	       array_fits(plan, &plan->vmcs, sizeof(struct plan_vmcs), MAX_ROWS) &&
	       ((plan->x86.count == 1u) == is_x86(plan)) && (plan->cores.count != 0u);
}

static bool span_in(uint32_t first, uint32_t count, const struct plan_array *array)
{
	return (first <= array->count) && (count <= (array->count - first));
}

/* On x86 a second one leads to PCI, where the partition owns functions. */
static bool filter_count_allowed(const struct plan_header *plan, uint32_t count)
{
	return (count == 2u) ? ((plan->gic == (uint32_t)PLAN_GIC_V3) || is_x86(plan))
			     : ((count == 1u) && (plan->gic != (uint32_t)PLAN_GIC_V3));
}

static bool partition_refers(const struct plan_header *plan, const struct plan_partition *partition)
{
	return (partition->vcpu_count != 0u) && (partition->root_count != 0u) &&
	       ((partition->observes >> plan->partitions.count) == 0u) &&
	       filter_count_allowed(plan, partition->filter_count) && (partition->vmid != 0u) &&
	       (partition->vmid <= 255u) && span_in(partition->vcpu_first, partition->vcpu_count, &plan->vcpus) &&
	       span_in(partition->window_first, partition->window_count, &plan->windows) &&
	       span_in(partition->filter_first, partition->filter_count, &plan->filters) &&
	       span_in(partition->image_first, partition->image_count, &plan->images) &&
	       span_in(partition->root_first, partition->root_count, &plan->roots) &&
	       span_in(partition->interrupt_first, partition->interrupt_count, &plan->interrupts) &&
	       (partition->name[PLAN_NAME - 1u] == '\0');
}

static uint64_t distributor_size(const struct plan_header *plan)
{
	return (plan->gic == (uint32_t)PLAN_GIC_V3) ? 0x10000u : 0x1000u; /* IHI 0069, 12.8; IHI 0048B, 4.1.2 */
}

/*
 * Filter 0 leads to the distributor, or to the I/O APIC, filter 1 to the redistributors of the partition's own cores, in their order; where there
 * are no redistributors (GICv2) there is no filter 1. On x86 that one is all of PCI's configuration space.
 */
static bool filter_allowed(const struct plan_header *plan, const struct plan_partition *partition,
			   const struct plan_filter *filter, uint32_t number)
{
	bool allowed = filter->vcpu == partition->vcpu_first;
	uint16_t first = is_x86(plan) ? (uint16_t)PLAN_FILTER_IOAPIC : (uint16_t)PLAN_FILTER_GICD;

	if (number == 0u) {
		return (filter->kind == first) && (filter->va == plan->gicd_va) &&
		       (filter->size == distributor_size(plan));
	}
	if (is_x86(plan)) {
		const struct plan_x86 *x86 = plan_x86(plan);

		return (filter->kind == (uint16_t)PLAN_FILTER_PCI) && (x86->configuration_va != 0u) &&
		       (filter->base == x86->configuration_pa) && (filter->va == x86->configuration_va) &&
		       (filter->size == ((uint64_t)x86->buses << BUS_SHIFT));
	}
	for (uint32_t i = 0; allowed && (i < partition->vcpu_count); i++) {
		uint32_t core = plan_vcpus(plan)[partition->vcpu_first + i].core;

		allowed = (core < plan->cores.count) &&
			  (plan_cores(plan)[core].gicr_va == (filter->va + ((uint64_t)i << GICR_SHIFT)));
	}
	return allowed && (filter->kind == (uint16_t)PLAN_FILTER_GICR) &&
	       (filter->size == ((uint64_t)partition->vcpu_count << GICR_SHIFT));
}

/* 16 virtual cores a cluster: the exit paths find rows by affinity. On x86 a guest sees the ids that its cores have. */
static bool vcpu_identified(const struct plan_header *plan, const struct plan_vcpu *vcpu, uint32_t number)
{
	if (!is_x86(plan)) {
		return vcpu->virtual_id == (((uint64_t)(number / 16u) << 8) | (number % 16u));
	}
	return (vcpu->core < plan->cores.count) && (vcpu->virtual_id == plan_cores(plan)[vcpu->core].mpidr);
}

/* Every row of a partition's spans names that partition. */
static bool partition_owns_rows(const struct plan_header *plan, uint32_t index)
{
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	bool owns = true;

	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		const struct plan_vcpu *vcpu = &plan_vcpus(plan)[partition->vcpu_first + i];

		owns = owns && (vcpu->partition == index) && (vcpu->number == i) && vcpu_identified(plan, vcpu, i);
	}
	for (uint32_t i = 0; i < partition->window_count; i++) {
		owns = owns && (plan_windows(plan)[partition->window_first + i].partition == index);
	}
	for (uint32_t i = 0; i < partition->filter_count; i++) {
		const struct plan_filter *filter = &plan_filters(plan)[partition->filter_first + i];

		owns = owns && (filter->partition == index) && filter_allowed(plan, partition, filter, i);
	}
	for (uint32_t i = 0; i < partition->image_count; i++) {
		owns = owns && (plan_images(plan)[partition->image_first + i].partition == index);
	}
	for (uint32_t i = 0; i < partition->interrupt_count; i++) {
		owns = owns && (plan_interrupts(plan)[partition->interrupt_first + i].partition == index);
	}
	return owns;
}

/* In its partition's span, which has checked the rest; its partition exists. */
static bool vcpu_is_owned(const struct plan_header *plan, uint32_t row)
{
	const struct plan_partition *partition = &plan_partitions(plan)[plan_vcpus(plan)[row].partition];

	return (row >= partition->vcpu_first) && ((row - partition->vcpu_first) < partition->vcpu_count);
}

static bool references_hold(const struct plan_header *plan)
{
	bool hold = true;

	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		hold = hold && partition_refers(plan, &plan_partitions(plan)[i]) && partition_owns_rows(plan, i);
	}
	for (uint32_t i = 0; i < plan->vcpus.count; i++) {
		const struct plan_vcpu *vcpu = &plan_vcpus(plan)[i];

		hold = hold && (vcpu->partition < plan->partitions.count) && (vcpu->core < plan->cores.count) &&
		       vcpu_is_owned(plan, i);
	}
	for (uint32_t i = 0; i < plan->cores.count; i++) {
		const struct plan_core *core = &plan_cores(plan)[i];

		hold = hold &&
		       ((core->partition == PLAN_NONE) ||
			((core->partition < plan->partitions.count) && (core->vcpu < plan->vcpus.count))) &&
		       span_in(core->table_set_first, core->table_set_count, &plan->table_sets) &&
		       (core->table_set_count >= 2u) && ((core->release % 8u) == 0u);
	}
	return hold;
}

/* Core and vcpu rows name each other, so each core has one owner; no two rows are the same physical core. */
static bool cores_exclusive(const struct plan_header *plan)
{
	const struct plan_core *cores = plan_cores(plan);
	const struct plan_vcpu *vcpus = plan_vcpus(plan);
	bool exclusive = true;

	for (uint32_t i = 0; i < plan->cores.count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			exclusive = exclusive && (cores[i].mpidr != cores[j].mpidr);
		}
		if (cores[i].partition != PLAN_NONE) {
			const struct plan_vcpu *vcpu = &vcpus[cores[i].vcpu];

			exclusive = exclusive && (vcpu->core == i) && (vcpu->partition == cores[i].partition);
		}
	}
	for (uint32_t i = 0; i < plan->vcpus.count; i++) {
		exclusive = exclusive && (cores[vcpus[i].core].vcpu == i) &&
			    (cores[vcpus[i].core].partition == vcpus[i].partition);
	}
	return exclusive;
}

static bool in_board_memory(const struct plan_header *plan, uint64_t base, uint64_t size)
{
	bool inside = false;

	for (uint32_t i = 0; i < plan->memory.count; i++) {
		const struct plan_range *range = &plan_memory(plan)[i];

		inside = inside || range_in(base, size, range->base, range->size);
	}
	return inside;
}

static bool touches_board_memory(const struct plan_header *plan, uint64_t base, uint64_t size)
{
	bool touches = false;

	for (uint32_t i = 0; i < plan->memory.count; i++) {
		const struct plan_range *range = &plan_memory(plan)[i];

		touches = touches || ranges_overlap(base, size, range->base, range->size);
	}
	return touches;
}

/* PCI's configuration space and the IOMMU are the hypervisor's. */
static bool clear_of_pci(const struct plan_header *plan, const struct plan_window *window)
{
	const struct plan_x86 *x86 = plan_x86(plan);

	return !is_x86(plan) ||
	       (!ranges_overlap(window->pa, window->size, x86->configuration_pa, (uint64_t)x86->buses << BUS_SHIFT) &&
		((x86->iommu_va == 0u) || !ranges_overlap(window->pa, window->size, x86->iommu_pa, IOMMU_SIZE)));
}

/* Registers: clear of all memory, and of the interrupt controller but for a GICv2's CPU interface. */
static bool registers_allowed(const struct plan_header *plan, const struct plan_window *window)
{
	bool interface = range_in(window->pa, window->size, plan->gicr_pa, plan->gicr_size);
	bool place = !ranges_overlap(window->pa, window->size, plan->gicr_pa, plan->gicr_size);

	if (window->kind == (uint16_t)PLAN_WINDOW_INTERFACE) {
		place = interface && (plan->gic == (uint32_t)PLAN_GIC_V2);
	}
	return place && clear_of_pci(plan, window) && !touches_board_memory(plan, window->pa, window->size) &&
	       !ranges_overlap(window->pa, window->size, plan->gicd_pa, distributor_size(plan));
}

/* RAM inside the board's memory and clear of the hypervisor and the golden images. */
static bool window_allowed(const struct plan_header *plan, const struct plan_window *window)
{
	bool sane = range_sane(window->base, window->size) && range_sane(window->pa, window->size) &&
		    (((window->base | window->pa | window->size) % PLAN_PAGE) == 0u);
	bool place;

	if (window->kind == (uint16_t)PLAN_WINDOW_RAM) {
		place = in_board_memory(plan, window->pa, window->size) &&
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

static bool windows_exclusive(const struct plan_header *plan)
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
static bool translations_exclusive(const struct plan_header *plan)
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
static bool interrupts_exclusive(const struct plan_header *plan)
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

static bool images_allowed(const struct plan_header *plan)
{
	bool allowed = true;

	for (uint32_t i = 0; i < plan->images.count; i++) {
		const struct plan_image *image = &plan_images(plan)[i];

		allowed = allowed && (image->partition < plan->partitions.count) && image_allowed(plan, image);
	}
	return allowed;
}

/* Roots among the constant tables; stack, log and window on page boundaries. */
static bool cores_placed(const struct plan_header *plan)
{
	bool placed = true;

	for (uint32_t i = 0; i < plan->cores.count; i++) {
		const struct plan_core *core = &plan_cores(plan)[i];

		placed = placed && range_in(core->el2_root, ROOT_ALIGNMENT, plan->table_base, plan->table_size) &&
			 ((core->loader_root == 0u) ||
			  range_in(core->loader_root, ROOT_ALIGNMENT, plan->table_base, plan->table_size)) &&
			 (((core->el2_root | core->loader_root) % ROOT_ALIGNMENT) == 0u) &&
			 (((core->stack_top | core->log | core->window) % PLAN_PAGE) == 0u) &&
			 ((core->window_descriptor % 8u) == 0u);
	}
	return placed;
}

static bool pages_in(uint64_t base, uint64_t count, uint64_t outer, uint64_t outer_size)
{
	return ((base % PLAN_PAGE) == 0u) && range_in(base, count * PLAN_PAGE, outer, outer_size);
}

/* AMD: both VMCBs and both maps of a partition. Intel has no VMCB, and maps of 1 and 2 pages. Counts stay in their arrays. */
static bool x86_partition_placed(const struct plan_header *plan, const struct plan_x86 *x86, uint32_t index)
{
	const struct plan_x86_partition *row = &x86->partitions[index];
	bool amd = x86->vendor == (uint32_t)PLAN_VENDOR_AMD;
	bool placed = pages_in(row->msr_map, amd ? 2u : 1u, plan->table_base, plan->table_size) &&
		      pages_in(row->port_map, amd ? 3u : 2u, plan->table_base, plan->table_size);

	placed = placed && (row->pins <= x86->ioapic_pins) && (row->cluster_count <= PLAN_X86_CLUSTERS);
	if (amd) {
		placed = placed && pages_in(row->start_control, 1u, plan->table_base, plan->table_size) &&
			 pages_in(row->reset_control, 1u, plan->table_base, plan->table_size);
	} else {
		placed = placed && span_in(row->start_first, row->start_count, &plan->vmcs) &&
			 span_in(row->reset_first, row->reset_count, &plan->vmcs);
	}
	return placed;
}

/* A PCI function has one owner, whose DMA an IOMMU confines by a table that is constant. */
static bool functions_placed(const struct plan_header *plan, const struct plan_x86 *x86)
{
	bool guarded = (x86->iommu_va != 0u) && ((x86->iommu_va % PLAN_PAGE) == 0u) &&
		       ((x86->iommu_pa % PLAN_PAGE) == 0u) && (x86->buses != 0u) &&
		       pages_in(x86->device_table, (uint64_t)x86->buses * DEVICE_TABLE_BUS_PAGES, plan->table_base,
				plan->table_size);
	bool placed = (x86->buses <= BUSES_MOST) && ((x86->buses == 0u) == (x86->configuration_va == 0u)) &&
		      ((x86->configuration_va % PLAN_PAGE) == 0u) && (x86->function_count <= PLAN_X86_FUNCTIONS) &&
		      ((x86->iommu_va == 0u) ? (x86->function_count == 0u) : guarded);

	for (uint32_t i = 0; placed && (i < x86->function_count); i++) {
		const struct plan_x86_function *function = &x86->functions[i];

		placed = ((uint32_t)function->id < (x86->buses << BUS_IDS_SHIFT)) &&
			 (function->partition < plan->partitions.count);
		for (uint32_t j = 0; j < i; j++) {
			placed = placed && (function->id != x86->functions[j].id);
		}
	}
	return placed;
}

/* What only x86 has: pages for VMCBs and host state among the shared, constant ones among the tables, one I/O APIC. */
static bool x86_placed(const struct plan_header *plan)
{
	const struct plan_x86 *x86 = plan_x86(plan);
	bool placed;

	if (!is_x86(plan)) {
		return true;
	}
	placed = ((x86->vendor == (uint32_t)PLAN_VENDOR_AMD) || (x86->vendor == (uint32_t)PLAN_VENDOR_INTEL)) &&
		 pages_in(x86->control, plan->vcpus.count, plan->shared_base, plan->shared_size) &&
		 pages_in(x86->host, plan->cores.count, plan->shared_base, plan->shared_size) &&
		 pages_in(x86->trampoline, 1u, 0u, FIRST_MEBIBYTE) &&
		 !touches_board_memory(plan, x86->trampoline, PLAN_PAGE) && (x86->ioapic_pa == plan->gicd_pa) &&
		 (x86->ioapic_va == plan->gicd_va) && ((x86->ioapic_va % PLAN_PAGE) == 0u) &&
		 functions_placed(plan, x86);
	for (uint32_t i = 0; i < plan->interrupts.count; i++) {
		placed = placed && ((plan_interrupts(plan)[i].id - 32u) < x86->ioapic_pins);
	}
	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		placed = placed && x86_partition_placed(plan, x86, i) &&
			 ((plan_partitions(plan)[i].stage2_root % PLAN_PAGE) == 0u);
	}
	return placed;
}

static bool tables_placed(const struct plan_header *plan)
{
	bool placed = range_in(plan->table_base, plan->table_size, plan->image_base, plan->image_size) &&
		      range_in(plan->shared_base, plan->shared_size, plan->image_base, plan->image_size) &&
		      range_in(plan->private_base, plan->private_size, plan->image_base, plan->image_size) &&
		      !ranges_overlap(plan->table_base, plan->table_size, plan->shared_base, plan->shared_size);

	for (uint32_t i = 0; i < plan->table_sets.count; i++) {
		const struct plan_table_set *set = &plan_table_sets(plan)[i];

		placed = placed && (set->size != 0u) && ((set->size % 16u) == 0u) &&
			 (range_in(set->base, set->size, plan->table_base, plan->table_size) ||
			  range_in(set->base, set->size, plan->shared_base, plan->shared_size));
	}
	for (uint32_t i = 0; i < plan->roots.count; i++) {
		placed = placed && ((plan_roots(plan)[i].address % 8u) == 0u) &&
			 range_in(plan_roots(plan)[i].address, 8u, plan->shared_base, plan->shared_size);
	}
	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		uint64_t root = plan_partitions(plan)[i].stage2_root;

		placed = placed && ((root % ROOT_ALIGNMENT) == 0u) &&
			 range_in(root, ROOT_ALIGNMENT, plan->shared_base, plan->shared_size);
	}
	return placed && cores_placed(plan) && x86_placed(plan);
}

static bool state_fits(const struct plan_header *plan)
{
	uint64_t base = plan->shared_base;
	uint64_t size = plan->shared_size;

	return range_in(plan->core_state, (uint64_t)plan->cores.count * PLAN_CORE_STATE_SIZE, base, size) &&
	       range_in(plan->partition_state, (uint64_t)plan->partitions.count * PLAN_PARTITION_STATE_SIZE, base,
			size) &&
	       range_in(plan->vcpu_state, (uint64_t)plan->vcpus.count * PLAN_VCPU_STATE_SIZE, base, size) &&
	       (((plan->core_state | plan->partition_state | plan->vcpu_state) % 64u) == 0u);
}

static bool image_sane(const struct plan_header *plan)
{
	return range_sane(plan->image_base, plan->image_size) && ((plan->image_base % PLAN_PAGE) == 0u) &&
	       in_board_memory(plan, plan->image_base, plan->image_size) &&
	       range_in(plan->plan_base, plan->size, plan->image_base, plan->image_size) &&
	       ((plan->golden_size == 0u) || in_board_memory(plan, plan->golden_base, plan->golden_size));
}

enum refusal plan_check(const struct plan_header *plan, enum plan_arch arch)
{
	if (plan->arch != (uint32_t)arch) {
		return REFUSAL_ARCH;
	}
	if (!arrays_fit(plan)) {
		return REFUSAL_ARRAY;
	}
	if (!references_hold(plan)) {
		return REFUSAL_REFERENCE;
	}
	if (!image_sane(plan)) {
		return REFUSAL_PLACE;
	}
	if (!cores_exclusive(plan)) {
		return REFUSAL_CORES;
	}
	if (!windows_exclusive(plan) || !translations_exclusive(plan)) {
		return REFUSAL_WINDOWS;
	}
	if (!interrupts_exclusive(plan)) {
		return REFUSAL_INTERRUPTS;
	}
	if (!images_allowed(plan)) {
		return REFUSAL_IMAGES;
	}
	if (!tables_placed(plan)) {
		return REFUSAL_TABLES;
	}
	return state_fits(plan) ? REFUSAL_NONE : REFUSAL_STATE;
}
