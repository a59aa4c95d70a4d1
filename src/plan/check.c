/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan's bounds, its rows that refer to each other, and where its parts lie. Every loop of the check is bounded by an
 * array's count, which arrays_fit has limited. Not here: what partitions own (check_owned.c), what only x86 has (check_x86.c).
 */
#include "plan/check.h"

#include "plan/check_parts.h"

#define MAX_VCPUS PLAN_MAX_CORES
#define MAX_ROWS 4096u
#define ROOT_ALIGNMENT 64u
#define GICR_SHIFT 17u

static bool array_fits(const struct plan_header *plan, const struct plan_array *array, size_t row, uint32_t limit)
{
	uint64_t bytes = (uint64_t)array->count * row;

	return (array->count <= limit) && ((array->offset % 8u) == 0u) &&
	       range_in(array->offset, bytes, sizeof(struct plan_header), plan->size - sizeof(struct plan_header));
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
	       array_fits(plan, &plan->vmcs, sizeof(struct plan_vmcs), MAX_ROWS * 2u) &&
	       ((plan->x86.count == 1u) == is_x86(plan)) && (plan->cores.count != 0u);
}

/* On x86 a second one leads to PCI, where the partition owns functions, and further ones to their tables of messages. */
static bool filter_count_allowed(const struct plan_header *plan, uint32_t count)
{
	bool is_v3 = plan->gic == (uint32_t)PLAN_GIC_V3;
	bool allowed;

	if (is_x86(plan)) {
		allowed = (count != 0u) && (count <= (2u + PLAN_X86_FUNCTIONS));
	} else if (count == 2u) {
		allowed = is_v3;
	} else {
		allowed = (count == 1u) && !is_v3;
	}
	return allowed;
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

/*
 * Filter 0 leads to the distributor, or to the I/O APIC; filter 1 to the redistributors of the partition's own cores, in their
 * order, on x86 to PCI's configuration space. Where there are neither (GICv2, no PCI) there is no filter 1.
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
		return check_x86_filter(plan, filter, number);
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
	return placed && cores_placed(plan) && check_x86_placed(plan);
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
	       check_in_memory(plan, plan->image_base, plan->image_size) &&
	       range_in(plan->plan_base, plan->size, plan->image_base, plan->image_size) &&
	       ((plan->golden_size == 0u) || check_in_memory(plan, plan->golden_base, plan->golden_size));
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
	if (!check_windows(plan) || !check_translations(plan)) {
		return REFUSAL_WINDOWS;
	}
	if (!check_interrupts(plan)) {
		return REFUSAL_INTERRUPTS;
	}
	if (!check_images(plan)) {
		return REFUSAL_IMAGES;
	}
	if (!tables_placed(plan)) {
		return REFUSAL_TABLES;
	}
	return state_fits(plan) ? REFUSAL_NONE : REFUSAL_STATE;
}
