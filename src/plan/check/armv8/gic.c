/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller's registers: who reaches them, and how virtual cores are named there. Not here: interrupts. */
#include "plan/check/armv8/parts.h"

#define GICC_SIZE VERIFY_PAGE       /* what EL2 maps of a GICv2's CPU interface: IHI 0048B, 4.1.3 */
#define GICR_SIZE UINT64_C(0x20000) /* a core's two frames: IHI 0069, 12.10 */
#define GICD_SIZE_V3 UINT64_C(0x10000)
#define GICD_SIZE_V2 UINT64_C(0x1000)
#define CLUSTER 16u
#define INTERFACES 8u /* of a GICv2 */

bool armv8_gic_is_v3(const struct plan_header *plan)
{
	return plan->gic == (uint32_t)PLAN_GIC_V3;
}

/* Bytes of the distributor's registers (IHI 0069, 12.8; IHI 0048B, 4.1.2). */
static uint64_t gicd_size(const struct plan_header *plan)
{
	return armv8_gic_is_v3(plan) ? GICD_SIZE_V3 : GICD_SIZE_V2;
}

/* ---- registers ----------------------------------------------------------------------------------------------------- */

/*
 * The frame of this core: among the board's, behind the frames of the rows before, which are in the board's order. On a GICv2
 * all cores have the one interface, which is banked.
 */
void armv8_gic_find(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_header *plan = verify->plan;
	uint32_t index = tree->owner.index;
	uint64_t va = plan_cores(plan)[index].gicr_va;
	uint64_t table;
	struct verify_step step = verify_lookup(verify, tree, va, &table);
	uint64_t least = plan->gicr_pa;
	bool place;

	if (armv8_gic_is_v3(plan)) {
		least = (index == 0u) ? least : (verify->gicr_pa[index - 1u] + GICR_SIZE);
		place = (step.pa >= least) && (((step.pa - least) % GICR_SIZE) == 0u);
	} else {
		place = step.pa == least;
	}
	verify->gicr_pa[index] = step.pa;
	if ((step.kind != VERIFY_STEP_LEAF) || !place || ((va % VERIFY_PAGE) != 0u)) {
		verify_report_address(verify, VERIFY_REGISTERS, tree->owner, step.pa, va);
	}
}

void armv8_gic_regions(struct verify *verify, uint32_t core)
{
	const struct plan_header *plan = verify->plan;

	verify_el2_region(verify, plan->gicd_va, plan->gicd_pa, gicd_size(plan), VERIFY_REGISTER);
	for (uint32_t i = 0; armv8_gic_is_v3(plan) && (i < plan->cores.count); i++) {
		verify_el2_region(verify, plan_cores(plan)[i].gicr_va, verify->gicr_pa[i], GICR_SIZE, VERIFY_REGISTER);
	}
	if (!armv8_gic_is_v3(plan)) {
		verify_el2_region(verify, plan_cores(plan)[core].gicr_va, plan->gicr_pa, GICC_SIZE, VERIFY_REGISTER);
	}
}

struct verify_owner armv8_gic_holder(const struct verify *verify, uint64_t base, uint64_t size)
{
	const struct plan_header *plan = verify->plan;
	struct verify_owner owner = verify_owner(VERIFY_NOBODY, 0);

	if (verify_overlap(base, size, plan->gicd_pa, gicd_size(plan))) {
		return verify_owner(VERIFY_GICD, 0);
	}
	for (uint32_t i = 0; i < plan->cores.count; i++) {
		if (armv8_gic_is_v3(plan) && (verify->gicr_pa[i] != 0u) &&
		    verify_overlap(base, size, verify->gicr_pa[i], GICR_SIZE)) {
			owner = verify_owner(VERIFY_GICR, i);
		}
	}
	/* the other frames are of cores that the plan leaves out */
	if ((owner.kind == VERIFY_NOBODY) && verify_overlap(base, size, plan->gicr_pa, plan->gicr_size)) {
		owner = verify_owner(VERIFY_BOARD, 0);
	}
	return owner;
}

/* Registers are no memory, and no core's are the distributor. */
void armv8_gic_place(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;

	if (verify_touches_ram(verify, plan->gicd_pa, gicd_size(plan)) || ((plan->gicd_pa % VERIFY_PAGE) != 0u)) {
		verify_report_address(verify, VERIFY_GIC_PLACE, verify_owner(VERIFY_IMAGE, 0), plan->gicd_pa, 0);
	}
	if (verify_touches_ram(verify, plan->gicr_pa, plan->gicr_size) ||
	    verify_overlap(plan->gicr_pa, plan->gicr_size, plan->gicd_pa, gicd_size(plan)) ||
	    ((plan->gicr_pa % VERIFY_PAGE) != 0u)) {
		verify_report_address(verify, VERIFY_GIC_PLACE, verify_owner(VERIFY_IMAGE, 0), plan->gicr_pa, 0);
	}
	for (uint32_t i = 0; armv8_gic_is_v3(plan) && (i < plan->cores.count); i++) {
		uint64_t frame = verify->gicr_pa[i];

		if (!verify_inside(frame, GICR_SIZE, plan->gicr_pa, plan->gicr_size)) {
			verify_report_address(verify, VERIFY_GIC_PLACE, verify_owner(VERIFY_CORE, i), frame, 0);
		}
	}
}

/* ---- virtual cores -------------------------------------------------------------------------------------------------- */

/* ICC_SGI1R_EL1 without INTID (IHI 0069, 12.2.21), from the fields of MPIDR_EL1. */
static uint64_t sgi_target(uint64_t mpidr)
{
	uint64_t aff0 = mpidr & 0xffu;
	uint64_t list = UINT64_C(1) << (aff0 % CLUSTER);
	uint64_t aff1 = ((mpidr >> 8) & 0xffu) << 16;
	uint64_t aff2 = ((mpidr >> 16) & 0xffu) << 32;
	uint64_t aff3 = ((mpidr >> 32) & 0xffu) << 48;

	return aff3 | ((aff0 / CLUSTER) << 44) | aff2 | aff1 | list;
}

/* A GICv2's target: one of eight interfaces, which the board numbers as its cores, and so in the order of the rows. */
static bool interface_right(const struct plan_header *plan, const struct plan_vcpu *vcpu)
{
	uint64_t bit = vcpu->route;
	bool right = (bit != 0u) && ((bit & (bit - 1u)) == 0u) && (bit < (UINT64_C(1) << INTERFACES)) &&
		     (vcpu->sgi_target == bit);

	for (uint32_t i = 0; i < plan->vcpus.count; i++) {
		const struct plan_vcpu *other = &plan_vcpus(plan)[i];

		right = right && ((other->core >= vcpu->core) || (other->route < bit));
	}
	return right;
}

bool armv8_gic_vcpu_right(const struct plan_header *plan, const struct plan_vcpu *vcpu, uint64_t *wrong)
{
	const struct plan_core *core = &plan_cores(plan)[vcpu->core];
	uint64_t cluster = (uint64_t)vcpu->number / CLUSTER;
	bool right;

	*wrong = vcpu->virtual_id;
	if (vcpu->virtual_id != ((cluster << 8) | (vcpu->number % CLUSTER))) {
		right = false;
	} else if (!armv8_gic_is_v3(plan)) {
		*wrong = vcpu->route;
		right = interface_right(plan, vcpu);
	} else if (vcpu->route != core->mpidr) {
		*wrong = vcpu->route;
		right = false;
	} else {
		*wrong = vcpu->sgi_target;
		right = vcpu->sgi_target == sgi_target(core->mpidr);
	}
	return right;
}

/* ---- filters -------------------------------------------------------------------------------------------------------- */

/* The first filter answers for the distributor, the second for the frames of the partition's cores in their order. */
bool armv8_gic_filter_right(const struct plan_header *plan, const struct plan_partition *partition, uint32_t number)
{
	const struct plan_filter *filter = &plan_filters(plan)[partition->filter_first + number];
	bool right = true;

	if (number == 0u) {
		return (filter->kind == (uint16_t)PLAN_FILTER_GICD) && (filter->va == plan->gicd_va) &&
		       (filter->size == gicd_size(plan)) && (filter->vcpu == 0u);
	}
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		const struct plan_vcpu *vcpu = &plan_vcpus(plan)[partition->vcpu_first + i];

		right = right && (plan_cores(plan)[vcpu->core].gicr_va == (filter->va + (i * GICR_SIZE)));
	}
	return right && (filter->kind == (uint16_t)PLAN_FILTER_GICR) && (filter->vcpu == partition->vcpu_first) &&
	       (filter->size == (partition->vcpu_count * GICR_SIZE));
}

/* ---- claims --------------------------------------------------------------------------------------------------------- */

/* A core's frame is the one that stands at its place in the board's order. */
void armv8_gic_claims(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	const struct verify_claims *claims = verify->claims;

	for (uint32_t i = 0; armv8_gic_is_v3(plan) && (i < plan->cores.count); i++) {
		uint64_t frame = 0;

		for (uint32_t j = 0; j < claims->core_count; j++) {
			if (claims->cores[j] == plan_cores(plan)[i].mpidr) {
				frame = claims->gicr + (j * GICR_SIZE);
			}
		}
		if ((frame == 0u) || (frame != verify->gicr_pa[i])) {
			verify_report_number(verify, VERIFY_CLAIM_GIC, verify_owner(VERIFY_CORE, i), frame,
					     verify->gicr_pa[i]);
		}
	}
}

/* A GICv2 numbers its interfaces as the board its cores. */
bool armv8_gic_core_claimed(const struct verify *verify, const struct plan_vcpu *vcpu)
{
	const struct verify_claims *claims = verify->claims;
	bool right = armv8_gic_is_v3(verify->plan);

	for (uint32_t i = 0; (i < claims->core_count) && (i < PLAN_MAX_CORES); i++) {
		right = right || ((claims->cores[i] == plan_cores(verify->plan)[vcpu->core].mpidr) &&
				  (vcpu->route == (UINT64_C(1) << i)));
	}
	return right;
}
