/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hypervisor has of an x86 machine: I/O APIC, local APICs, the page where cores begin, pages for control blocks.
 * Not here: what its partitions have (vmcb.c, maps.c).
 */
#include "plan/check/x86/parts.h"

#define LAST_CORE 254u /* ids that an I/O APIC can name: 8 bits, of which all ones are everybody (82093AA, 3.2.4) */
#define CLUSTER 16u
#define FIRST_PIN 32u                     /* interrupt id of pin 0 */
#define PINS_MOST 240u                    /* "maximum redirection entry" (82093AA, 3.2.2) */
#define FIRST_MEBIBYTE UINT64_C(0x100000) /* what the vector of a SIPI can name */
#define PORT_MOST (X86_PORTS - 2u)        /* of a write of 16 bits */
#define CONSOLE_MOST (X86_PORTS - 8u)     /* of a UART with 8 registers */
#define VALUE_MOST 0xffffu

/* ---- what is mapped ------------------------------------------------------------------------------------------------- */

/* The console has ports, and needs no table; redistributors there are none. */
void x86_machine_find(struct verify *verify, const struct verify_tree *tree)
{
	const struct plan_header *plan = verify->plan;

	verify->console_pa =
		plan->console_va - (plan->console_va % VERIFY_PAGE); /* for whoever compares it with claims */
	if ((tree->owner.index == 0u) && (plan->console_va > CONSOLE_MOST)) {
		verify_report_number(verify, VERIFY_CONSOLE, verify_owner(VERIFY_IMAGE, 0), plan->console_va, 0);
	}
	if (plan_cores(plan)[tree->owner.index].gicr_va != 0u) {
		verify_report_number(verify, VERIFY_RESERVED, tree->owner, plan_cores(plan)[tree->owner.index].gicr_va,
				     0);
	}
}

void x86_machine_regions(struct verify *verify, uint32_t core)
{
	const struct plan_header *plan = verify->plan;
	uint64_t trampoline = plan_x86(plan)->trampoline;

	(void)core;
	verify_el2_region(verify, plan->gicd_va, plan->gicd_pa, VERIFY_PAGE, VERIFY_REGISTER);
	verify_el2_region(verify, trampoline, trampoline, VERIFY_PAGE, VERIFY_DATA);
	x86_pci_regions(verify);
}

struct verify_owner x86_machine_holder(const struct verify *verify, uint64_t base, uint64_t size)
{
	const struct plan_header *plan = verify->plan;
	struct verify_owner owner;

	if (verify_overlap(base, size, plan->gicd_pa, VERIFY_PAGE)) {
		owner = verify_owner(VERIFY_IOAPIC, 0);
	} else if (verify_overlap(base, size, plan->gicr_pa, plan->gicr_size)) {
		owner = verify_owner(VERIFY_BOARD, 0);
	} else if (verify_overlap(base, size, plan_x86(plan)->trampoline, VERIFY_PAGE)) {
		owner = verify_owner(VERIFY_TRAMPOLINE, 0);
	} else {
		owner = x86_pci_holder(verify, base, size);
	}
	return owner;
}

/* ---- cores and filters ---------------------------------------------------------------------------------------------- */

bool x86_machine_is_core(uint64_t id)
{
	return id <= LAST_CORE;
}

/* A guest sees the ids that its cores have; logical x2APIC destinations follow from them (Intel SDM volume 3, 11.12.10.2). */
bool x86_machine_vcpu_right(const struct plan_header *plan, const struct plan_vcpu *vcpu, uint64_t *wrong)
{
	uint64_t id = plan_cores(plan)[vcpu->core].mpidr;
	uint64_t target = ((id / CLUSTER) << 16) | (UINT64_C(1) << (id % CLUSTER));

	*wrong = (vcpu->virtual_id != id) ? vcpu->virtual_id : vcpu->route;
	if ((vcpu->virtual_id != id) || (vcpu->route != id)) {
		return false;
	}
	*wrong = vcpu->sgi_target;
	return vcpu->sgi_target == target;
}

bool x86_machine_filter_right(const struct plan_header *plan, const struct plan_partition *partition, uint32_t number)
{
	const struct plan_filter *filter = &plan_filters(plan)[partition->filter_first + number];

	if (number != 0u) {
		return x86_pci_filter_right(plan, filter, number);
	}
	return (filter->kind == (uint16_t)PLAN_FILTER_IOAPIC) && (filter->va == plan->gicd_va) &&
	       (filter->size == VERIFY_PAGE) && (filter->vcpu == 0u);
}

/* Pins alone are interrupts that have numbers in the plan. */
bool x86_machine_private_right(uint32_t mask)
{
	return mask == 0u;
}

/* ---- the row -------------------------------------------------------------------------------------------------------- */

static void reserved(struct verify *verify, struct verify_owner owner, uint64_t value)
{
	if (value != 0u) {
		verify_report_number(verify, VERIFY_RESERVED, owner, value, 0);
	}
}

static void apics_check(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_x86 *x86 = plan_x86(plan);
	struct verify_owner image = verify_owner(VERIFY_IMAGE, 0);

	if ((x86->ioapic_pa != plan->gicd_pa) || (x86->ioapic_va != plan->gicd_va) ||
	    verify_touches_ram(verify, plan->gicd_pa, VERIFY_PAGE) || ((plan->gicd_pa % VERIFY_PAGE) != 0u)) {
		verify_report_address(verify, VERIFY_GIC_PLACE, image, x86->ioapic_pa, 0);
	}
	if (verify_touches_ram(verify, plan->gicr_pa, plan->gicr_size) || (plan->gicr_size != VERIFY_PAGE) ||
	    verify_overlap(plan->gicr_pa, plan->gicr_size, plan->gicd_pa, VERIFY_PAGE) ||
	    ((plan->gicr_pa % VERIFY_PAGE) != 0u)) {
		verify_report_address(verify, VERIFY_GIC_PLACE, image, plan->gicr_pa, 0);
	}
	if ((x86->ioapic_pins == 0u) || (x86->ioapic_pins > PINS_MOST)) {
		verify_report_number(verify, VERIFY_INTERRUPT, image, x86->ioapic_pins, 0);
	}
	for (uint32_t i = 0; i < plan->interrupts.count; i++) {
		const struct plan_interrupt *row = &plan_interrupts(plan)[i];

		if ((row->id < FIRST_PIN) || ((row->id - FIRST_PIN) >= x86->ioapic_pins)) {
			verify_report_number(verify, VERIFY_INTERRUPT, verify_owner(VERIFY_PARTITION, row->partition),
					     row->id, 0);
		}
	}
}

/* Where SIPI sends cores: a page that the hypervisor writes, and so nobody's, nor where a null pointer leads. */
static void trampoline_check(struct verify *verify)
{
	uint64_t base = plan_x86(verify->plan)->trampoline;

	if ((base == 0u) || ((base % VERIFY_PAGE) != 0u) || (base >= FIRST_MEBIBYTE) ||
	    verify_touches_ram(verify, base, VERIFY_PAGE) ||
	    verify_overlap(base, VERIFY_PAGE, verify->plan->gicd_pa, VERIFY_PAGE) ||
	    verify_overlap(base, VERIFY_PAGE, verify->plan->gicr_pa, verify->plan->gicr_size)) {
		verify_report_address(verify, VERIFY_TRAMPOLINE_PLACE, verify_owner(VERIFY_IMAGE, 0), base, 0);
	}
}

/* Fields that this machine does not have, and partitions that there are not. */
static void fields_check(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_x86 *x86 = plan_x86(plan);
	struct verify_owner image = verify_owner(VERIFY_IMAGE, 0);

	for (uint32_t i = 0; i < PLAN_MAX_PARTITIONS; i++) {
		const struct plan_x86_partition *row = &x86->partitions[i];
		bool used = i < plan->partitions.count;
		struct verify_owner owner = used ? verify_owner(VERIFY_PARTITION, i) : image;

		if (!used || !x86_is_intel(plan)) {
			reserved(verify, owner,
				 (uint64_t)row->start_first | row->start_count | row->reset_first | row->reset_count);
		}
		if (!used || x86_is_intel(plan)) {
			reserved(verify, owner, row->start_control | row->reset_control);
		}
		if (!used) {
			reserved(verify, owner, row->msr_map | row->port_map);
			reserved(verify, owner, (uint64_t)row->pins | row->cluster_count);
			for (uint32_t j = 0; j < PLAN_X86_CLUSTERS; j++) {
				reserved(verify, owner, row->clusters[j]);
			}
		}
	}
	if ((x86->power_off_port > PORT_MOST) || (x86->power_off_value > VALUE_MOST) ||
	    ((x86->power_off_port == 0u) && (x86->power_off_value != 0u))) {
		verify_report_number(verify, VERIFY_RESERVED, image, x86->power_off_port, 0);
	}
}

uint32_t x86_machine_areas(const struct plan_header *plan, struct plan_range areas[3])
{
	const struct plan_x86 *x86 = plan_x86(plan);

	areas[0] = (struct plan_range){x86->control, plan->vcpus.count * VERIFY_PAGE};
	areas[1] = (struct plan_range){x86->host, plan->cores.count * VERIFY_PAGE};
	areas[2] = (struct plan_range){x86->remap, (uint64_t)x86->function_count * PLAN_REMAP_SIZE};
	return 3;
}

/* That they lie in the shared area, apart from all else, rows.c has seen. */
static void pages_check(struct verify *verify)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);

	if (((x86->control | x86->host) % VERIFY_PAGE) != 0u) {
		verify_report_address(verify, VERIFY_STATE, verify_owner(VERIFY_IMAGE, 0),
				      ((x86->control % VERIFY_PAGE) != 0u) ? x86->control : x86->host, 0);
	}
}

/* ---- what the filters of interrupts go by ---------------------------------------------------------------------------- */

/* A guest sees as many pins as reach to the last one of its own. */
static void pins_check(struct verify *verify, uint32_t index)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	uint32_t seen = plan_x86(plan)->partitions[index].pins;
	uint32_t pins = 1;

	for (uint32_t i = 0; i < partition->interrupt_count; i++) {
		uint32_t pin = plan_interrupts(plan)[partition->interrupt_first + i].id - FIRST_PIN;

		if (pin >= pins) {
			pins = pin + 1u;
		}
	}
	if (seen != pins) {
		verify_report_number(verify, VERIFY_PINS, verify_owner(VERIFY_PARTITION, index), seen, pins);
	}
}

/* It sends interrupts to its own cores: no other's bit is set, and none of its own is missing. */
static void clusters_check(struct verify *verify, uint32_t index)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	const struct plan_x86_partition *row = &plan_x86(plan)->partitions[index];
	uint32_t clusters[PLAN_X86_CLUSTERS] = {0};
	uint32_t count = 0;
	bool right;

	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		uint64_t id = plan_cores(plan)[plan_vcpus(plan)[partition->vcpu_first + i].core].mpidr;
		uint32_t cluster = (uint32_t)(id / CLUSTER) % PLAN_X86_CLUSTERS;

		clusters[cluster] |= 1u << (id % CLUSTER);
		if (cluster >= count) {
			count = cluster + 1u;
		}
	}
	right = row->cluster_count == count;
	for (uint32_t i = 0; i < PLAN_X86_CLUSTERS; i++) {
		right = right && (row->clusters[i] == clusters[i]);
	}
	if (!right) {
		verify_report(verify, (struct verify_violation){.rule = VERIFY_CLUSTERS,
								.subject = verify_owner(VERIFY_PARTITION, index)});
	}
}

void x86_machine_reach_check(struct verify *verify, uint32_t partition)
{
	pins_check(verify, partition);
	clusters_check(verify, partition);
}

void x86_machine_check(struct verify *verify)
{
	apics_check(verify);
	trampoline_check(verify);
	fields_check(verify);
	pages_check(verify);
	x86_pci_check(verify);
}
