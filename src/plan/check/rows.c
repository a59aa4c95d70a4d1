/* SPDX-License-Identifier: Apache-2.0 */
/* What the plan's rows say of ownership: cores, windows, filters, interrupts, state. Not here: tables. */
#include "plan/check/arch.h"

#define FIRST_SHARED 32u
#define INTERRUPTS_MOST 1020u
#define STATE_ALIGNMENT 64u

/* ---- cores -------------------------------------------------------------------------------------------------------- */

static void core_owner(struct verify *verify, uint32_t index)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_core *core = &plan_cores(plan)[index];
	bool has_loader = core->loader_root != 0u;
	bool loads = false;

	if (core->partition != PLAN_NONE) {
		const struct plan_vcpu *vcpu = &plan_vcpus(plan)[core->vcpu];

		loads = vcpu->number == 0u;
		if ((vcpu->core != index) || (vcpu->partition != core->partition)) {
			verify_report(verify, (struct verify_violation){
						      .rule = VERIFY_CORE_OWNER,
						      .subject = verify_owner(VERIFY_CORE, index),
						      .other = verify_owner(VERIFY_PARTITION, core->partition)});
		}
	}
	if (loads != has_loader) {
		verify_report_number(verify, VERIFY_CORE_LOADER, verify_owner(VERIFY_CORE, index), core->loader_root,
				     0);
	}
}

/* EL2 writes there before guests run: to what nobody has. All cores start in one way. */
static void core_release(struct verify *verify, uint32_t index)
{
	const struct plan_core *cores = plan_cores(verify->plan);
	uint64_t release = cores[index].release;
	bool right = (release == 0u) || (verify->arch->has_spin_tables && ((release % 8u) == 0u) &&
					 (verify_owner_of(verify, release).kind == VERIFY_NOBODY));

	right = right && ((release == 0u) == (cores[0].release == 0u));
	for (uint32_t i = 0; i < index; i++) {
		right = right && ((release == 0u) || (release != cores[i].release));
	}
	if (!right) {
		verify_report_address(verify, VERIFY_CORE_RELEASE, verify_owner(VERIFY_CORE, index), release, 0);
	}
}

static void core_check(struct verify *verify, uint32_t index)
{
	const struct plan_core *cores = plan_cores(verify->plan);
	struct verify_violation violation = {.rule = VERIFY_CORE_ID,
					     .subject = verify_owner(VERIFY_CORE, index),
					     .other = verify_owner(VERIFY_CORE, index),
					     .address = cores[index].mpidr};

	if (!verify->arch->is_core(cores[index].mpidr)) {
		verify_report(verify, violation);
	}
	for (uint32_t i = 0; i < index; i++) {
		if (cores[i].mpidr == cores[index].mpidr) {
			violation.other = verify_owner(VERIFY_CORE, i);
			verify_report(verify, violation);
		}
	}
	core_owner(verify, index);
	core_release(verify, index);
}

/* Its place in its partition, the core that it is pinned to, and that SGIs and interrupts for it go to that core. */
static void vcpu_check(struct verify *verify, uint32_t partition, uint32_t number)
{
	const struct plan_header *plan = verify->plan;
	uint32_t row = (uint32_t)plan_partitions(plan)[partition].vcpu_first + number;
	const struct plan_vcpu *vcpu = &plan_vcpus(plan)[row];
	const struct plan_core *core = &plan_cores(plan)[vcpu->core];
	struct verify_owner owner = verify_owner(VERIFY_PARTITION, partition);
	uint64_t wrong = vcpu->virtual_id;

	if ((core->vcpu != row) || (core->partition != partition)) {
		verify_report(verify, (struct verify_violation){.rule = VERIFY_CORE_OWNER,
								.subject = owner,
								.other = verify_owner(VERIFY_CORE, vcpu->core)});
	}
	if ((vcpu->number != number) || (vcpu->reserved != 0u) || !verify->arch->vcpu_right(plan, vcpu, &wrong)) {
		verify_report_number(verify, VERIFY_VCPU, owner, wrong, number);
	}
}

/* ---- windows ------------------------------------------------------------------------------------------------------ */

/* Who, other than a partition, has something in [pa, pa + size); NOBODY if that may be a window of this kind. */
static struct verify_owner window_obstacle(const struct verify *verify, const struct plan_window *window)
{
	const struct plan_header *plan = verify->plan;
	struct verify_owner owner;

	if (verify_overlap(window->pa, window->size, plan->image_base, verify->size)) {
		return verify_owner_of(verify, (window->pa > plan->image_base) ? window->pa : plan->image_base);
	}
	if (verify_overlap(window->pa, window->size, plan->golden_base, plan->golden_size)) {
		return verify_owner_of(verify, (window->pa > plan->golden_base) ? window->pa : plan->golden_base);
	}
	owner = verify_holder(verify, window->pa, window->size);
	if ((window->kind == (uint16_t)PLAN_WINDOW_INTERFACE) && (owner.kind != VERIFY_GICD)) {
		owner = verify_owner(VERIFY_NOBODY, 0); /* window_place has compared it with the whole interface */
	}
	return owner;
}

static bool window_place(const struct verify *verify, const struct plan_window *window)
{
	const struct plan_header *plan = verify->plan;
	bool place = !verify_touches_ram(verify, window->pa, window->size);

	if (window->kind == (uint16_t)PLAN_WINDOW_RAM) {
		place = verify_in_ram(verify, window->pa, window->size);
	} else if (window->kind == (uint16_t)PLAN_WINDOW_INTERFACE) {
		place = place && verify->arch->has_interface(plan) &&
			verify_inside(window->pa, window->size, plan->gicr_pa, plan->gicr_size);
	} else {
		/* a device: what else it must keep clear of window_obstacle knows */
	}
	return place;
}

static void window_check(struct verify *verify, const struct plan_window *window)
{
	struct verify_owner owner = verify_owner(VERIFY_PARTITION, window->partition);
	struct verify_owner obstacle = window_obstacle(verify, window);
	bool place = window_place(verify, window);

	if ((window->size == 0u) || (((window->base | window->pa | window->size) % VERIFY_PAGE) != 0u) ||
	    (window->size > (UINT64_MAX - window->base)) || (window->size > (UINT64_MAX - window->pa)) ||
	    (window->kind < (uint16_t)PLAN_WINDOW_RAM) || (window->kind > (uint16_t)PLAN_WINDOW_INTERFACE) ||
	    (window->reserved != 0u)) {
		verify_report_number(verify, VERIFY_WINDOW_KIND, owner, window->pa, window->base);
	}
	if (!place || (obstacle.kind != VERIFY_NOBODY)) {
		verify_report(verify, (struct verify_violation){.rule = VERIFY_WINDOW_PLACE,
								.subject = owner,
								.other = obstacle,
								.address = window->pa,
								.at = window->base});
	}
}

static void windows_check(struct verify *verify)
{
	const struct plan_window *windows = plan_windows(verify->plan);

	for (uint32_t i = 0; i < verify->plan->windows.count; i++) {
		window_check(verify, &windows[i]);
		for (uint32_t j = 0; j < i; j++) {
			bool banked = (windows[i].kind == (uint16_t)PLAN_WINDOW_INTERFACE) &&
				      (windows[j].kind == (uint16_t)PLAN_WINDOW_INTERFACE);

			if (!banked && verify_overlap(windows[i].pa, windows[i].size, windows[j].pa, windows[j].size)) {
				verify_report(verify,
					      (struct verify_violation){
						      .rule = VERIFY_BOTH,
						      .subject = verify_owner(VERIFY_PARTITION, windows[j].partition),
						      .other = verify_owner(VERIFY_PARTITION, windows[i].partition),
						      .address = (windows[i].pa > windows[j].pa) ? windows[i].pa
												 : windows[j].pa});
			}
		}
	}
}

/* ---- filters ------------------------------------------------------------------------------------------------------ */

/* It leads EL2 to the registers that it stands for: el2.c has compared what the virtual addresses lead to. */
static bool filter_is_right(const struct verify *verify, const struct plan_partition *partition, uint32_t number)
{
	const struct plan_filter *filter = &plan_filters(verify->plan)[partition->filter_first + number];

	return ((filter->base % VERIFY_PAGE) == 0u) && (filter->reserved == 0u) &&
	       verify->arch->filter_right(verify->plan, partition, number);
}

/* A filter answers only where nothing is mapped. */
static bool filter_is_clear(const struct plan_header *plan, const struct plan_partition *partition, uint32_t number)
{
	const struct plan_filter *filters = &plan_filters(plan)[partition->filter_first];
	const struct plan_filter *filter = &filters[number];
	bool clear = (number == 0u) || !verify_overlap(filters[0].base, filters[0].size, filter->base, filter->size);

	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(plan)[partition->window_first + i];

		clear = clear && !verify_overlap(filter->base, filter->size, window->base, window->size);
	}
	return clear;
}

static void filters_check(struct verify *verify, uint32_t index)
{
	const struct plan_partition *partition = &plan_partitions(verify->plan)[index];

	for (uint32_t i = 0; i < partition->filter_count; i++) {
		const struct plan_filter *filter = &plan_filters(verify->plan)[partition->filter_first + i];

		if (!filter_is_right(verify, partition, i)) {
			verify_report_number(verify, VERIFY_FILTER, verify_owner(VERIFY_PARTITION, index), filter->va,
					     filter->base);
		}
		if (!filter_is_clear(verify->plan, partition, i)) {
			verify_report_number(verify, VERIFY_FILTER_MAPPED, verify_owner(VERIFY_PARTITION, index),
					     filter->va, filter->base);
		}
	}
}

/* ---- interrupts --------------------------------------------------------------------------------------------------- */

static void interrupt_shared(struct verify *verify, uint32_t index, uint32_t id)
{
	const struct plan_partition *partitions = plan_partitions(verify->plan);

	for (uint32_t i = 0; i < index; i++) {
		if (plan_owns_interrupt(&partitions[i], id)) {
			verify_report(verify, (struct verify_violation){.rule = VERIFY_INTERRUPT_BOTH,
									.subject = verify_owner(VERIFY_PARTITION, i),
									.other = verify_owner(VERIFY_PARTITION, index),
									.address = id});
		}
	}
}

/* Every id in the mask has one row, which is this partition's, and none is another's. */
static void interrupts_check(struct verify *verify, uint32_t index)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	struct verify_owner owner = verify_owner(VERIFY_PARTITION, index);

	if (!verify->arch->private_right(partition->interrupt_mask[0])) {
		verify_report_number(verify, VERIFY_INTERRUPT, owner, 0, 0);
	}
	for (uint32_t id = FIRST_SHARED; id < PLAN_INTERRUPTS; id++) {
		uint32_t rows = 0;
		bool owned = plan_owns_interrupt(partition, id);

		for (uint32_t i = 0; i < partition->interrupt_count; i++) {
			rows += (plan_interrupts(plan)[partition->interrupt_first + i].id == id) ? 1u : 0u;
		}
		if ((rows != (owned ? 1u : 0u)) || (owned && (id >= plan->interrupt_count))) {
			verify_report_number(verify, VERIFY_INTERRUPT, owner, id, 0);
		}
		if (owned) {
			interrupt_shared(verify, index, id);
		}
	}
	for (uint32_t i = 0; i < partition->interrupt_count; i++) {
		const struct plan_interrupt *row = &plan_interrupts(plan)[partition->interrupt_first + i];

		if ((row->id < FIRST_SHARED) || (row->id >= PLAN_INTERRUPTS) || (row->edge > 1u) ||
		    ((row->reserved[0] | row->reserved[1] | row->reserved[2]) != 0u)) {
			verify_report_number(verify, VERIFY_INTERRUPT, owner, row->id, 0);
		}
	}
}

/* ---- the rest ----------------------------------------------------------------------------------------------------- */

uint32_t verify_areas(const struct verify *verify, struct plan_range areas[VERIFY_AREAS])
{
	const struct plan_header *plan = verify->plan;

	areas[0] = (struct plan_range){plan->core_state, (uint64_t)plan->cores.count * PLAN_CORE_STATE_SIZE};
	areas[1] = (struct plan_range){plan->partition_state,
				       (uint64_t)plan->partitions.count * PLAN_PARTITION_STATE_SIZE};
	areas[2] = (struct plan_range){plan->vcpu_state, (uint64_t)plan->vcpus.count * PLAN_VCPU_STATE_SIZE};
	return 3u + verify->arch->areas(plan, &areas[3]);
}

static void state_check(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	struct plan_range states[VERIFY_AREAS];
	uint32_t count = verify_areas(verify, states);

	for (uint32_t i = 0; i < count; i++) {
		bool right = ((states[i].base % STATE_ALIGNMENT) == 0u) &&
			     verify_inside(states[i].base, states[i].size, plan->shared_base, plan->shared_size);

		for (uint32_t j = 0; j < i; j++) {
			right = right &&
				!verify_overlap(states[i].base, states[i].size, states[j].base, states[j].size);
		}
		if (!right) {
			verify_report(verify, (struct verify_violation){.rule = VERIFY_STATE,
									.subject = verify_owner(VERIFY_IMAGE, 0),
									.other = verify_owner(VERIFY_SHARED, 0),
									.address = states[i].base});
		}
	}
}

static void reserved_check(struct verify *verify, uint32_t index)
{
	const struct plan_partition *partition = &plan_partitions(verify->plan)[index];
	struct verify_owner owner = verify_owner(VERIFY_PARTITION, index);
	uint64_t known = (UINT64_C(1) << verify->plan->partitions.count) - 1u;
	uint32_t reserved = partition->reserved_end | partition->reserved[0] | partition->reserved[1] |
			    partition->reserved[2] | (partition->flags & ~verify->arch->flags);

	if (reserved != 0u) {
		verify_report_number(verify, VERIFY_RESERVED, owner, reserved, 0);
	}
	if (((partition->observes & ~known) != 0u) || (((partition->observes >> index) & 1u) == 0u)) {
		verify_report_number(verify, VERIFY_RESERVED, owner, partition->observes, 0);
	}
}

void verify_rows(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;

	for (uint32_t i = 0; i < plan->cores.count; i++) {
		core_check(verify, i);
	}
	windows_check(verify);
	verify->arch->machine(verify);
	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		for (uint32_t j = 0; j < plan_partitions(plan)[i].vcpu_count; j++) {
			vcpu_check(verify, i, j);
		}
		filters_check(verify, i);
		interrupts_check(verify, i);
		reserved_check(verify, i);
		verify->arch->partition(verify, i);
	}
	state_check(verify);
	if ((plan->interrupt_count < FIRST_SHARED) || (plan->interrupt_count > INTERRUPTS_MOST)) {
		verify_report_number(verify, VERIFY_INTERRUPT, verify_owner(VERIFY_IMAGE, 0), plan->interrupt_count, 0);
	}
	if (!verify_in_ram(verify, plan->image_base, plan->image_size) ||
	    ((plan->golden_size != 0u) && !verify_in_ram(verify, plan->golden_base, plan->golden_size))) {
		verify_report_address(verify, VERIFY_LAYOUT, verify_owner(VERIFY_IMAGE, 0), plan->golden_base, 0);
	}
	if (plan->when_all_off > (uint32_t)PLAN_ALL_OFF_POWER_OFF) {
		verify_report_number(verify, VERIFY_RESERVED, verify_owner(VERIFY_IMAGE, 0), plan->when_all_off, 0);
	}
}
