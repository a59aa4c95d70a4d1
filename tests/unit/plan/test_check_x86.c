/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan's checks on x86: a plan of either vendor passes, and each rule that only x86 has is broken alone. Not here: what
 * all architectures share (test_check.c).
 */
#include "test.h"

#include "fake/fake.h"
#include "plan/check.h"
#include "plan/view.h"

#define VMCS_ROWS 6u
#define TRAMPOLINE 0x8000u
#define IOAPIC UINT64_C(0xfec00000)
#define PINS 64u

static struct plan_x86 *x86_row(const struct plan_header *plan)
{
	return (struct plan_x86 *)(uintptr_t)plan_x86(plan);
}

/* What is the partition's own of the constant pages; Intel has no control blocks, but rows. */
static void partition_make(struct plan_header *plan, uint32_t index)
{
	uint64_t pages = plan->table_base + 0x4000u;
	struct plan_x86_partition *row = &x86_row(plan)->partitions[index];
	struct plan_partition *partition = &fake_partitions(plan)[index];
	struct plan_filter *filter = &fake_filters(plan)[partition->filter_first];

	*row = (struct plan_x86_partition){.start_control = pages,
					   .reset_control = pages + PLAN_PAGE,
					   .msr_map = pages + 2u * PLAN_PAGE,
					   .port_map = pages + 4u * PLAN_PAGE,
					   .start_first = 0,
					   .start_count = VMCS_ROWS,
					   .reset_first = VMCS_ROWS / 2u,
					   .reset_count = VMCS_ROWS / 2u};
	partition->filter_count = 1;
	*filter = (struct plan_filter){.base = IOAPIC,
				       .size = PLAN_PAGE,
				       .partition = (uint16_t)index,
				       .kind = PLAN_FILTER_IOAPIC,
				       .va = plan->gicd_va};
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		struct plan_vcpu *vcpu = &fake_vcpus(plan)[partition->vcpu_first + i];

		vcpu->virtual_id = fake_cores(plan)[vcpu->core].mpidr;
	}
}

/* The fake system as one for x86: an I/O APIC where its distributor was. */
static struct plan_header *x86_make(enum plan_vendor vendor)
{
	struct plan_header *plan = fake_plan_make(&fake_shape_three);

	plan->arch = PLAN_ARCH_X86;
	plan->gic = PLAN_GIC_NONE;
	plan->gicd_pa = IOAPIC;
	plan->x86 = (struct plan_array){plan->size, 1u};
	plan->vmcs = (struct plan_array){plan->size + (uint32_t)sizeof(struct plan_x86), VMCS_ROWS};
	plan->size = plan->vmcs.offset + VMCS_ROWS * (uint32_t)sizeof(struct plan_vmcs);
	*x86_row(plan) = (struct plan_x86){.vendor = (uint32_t)vendor,
					   .trampoline = TRAMPOLINE,
					   .ioapic_pa = IOAPIC,
					   .ioapic_va = plan->gicd_va,
					   .ioapic_pins = PINS,
					   .control = plan->shared_base + 0x10000u,
					   .host = plan->shared_base + 0x18000u,
					   .remap = plan->shared_base};
	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		partition_make(plan, i);
	}
	return plan;
}

/* A further page of RAM, in rows that move behind all others. */
static void memory_add(struct plan_header *plan, uint64_t base)
{
	struct plan_range old = fake_memory(plan)[0];

	plan->memory = (struct plan_array){plan->size, 2u};
	plan->size += 2u * (uint32_t)sizeof(struct plan_range);
	fake_memory(plan)[0] = (struct plan_range){base, PLAN_PAGE};
	fake_memory(plan)[1] = old;
}

#define TABLE UINT64_C(0xfe002010)

/* The first partition gets a function with a table of 65 messages, in a page of its own: three filters instead of one. */
static void pci_make(struct plan_header *plan, struct plan_x86 *x86)
{
	struct plan_partition *partition = &fake_partitions(plan)[0];
	struct plan_filter *filters;

	x86->buses = 1;
	x86->configuration_pa = UINT64_C(0xb0000000);
	x86->configuration_va = UINT64_C(0x41000000);
	x86->iommu_pa = UINT64_C(0xfed80000);
	x86->iommu_va = UINT64_C(0x41100000);
	x86->device_table = plan->table_base;
	x86->remap = plan->shared_base + 0xf000u;
	x86->function_count = 1;
	x86->functions[0] = (struct plan_x86_function){
		.id = 0x18, .msix_count = 65, .msix_pa = TABLE, .msix_va = UINT64_C(0x41200000) + TABLE % PLAN_PAGE};
	plan->filters.offset = plan->size; /* the others keep theirs */
	plan->filters.count += 2u;
	plan->size += plan->filters.count * (uint32_t)sizeof(struct plan_filter);
	filters = fake_filters(plan);
	for (uint32_t i = 0; i < plan->filters.count; i++) {
		filters[i] = (struct plan_filter){
			.base = IOAPIC, .size = PLAN_PAGE, .kind = PLAN_FILTER_IOAPIC, .va = plan->gicd_va};
	}
	filters[1] = (struct plan_filter){.base = x86->configuration_pa,
					  .size = UINT64_C(0x100000),
					  .kind = PLAN_FILTER_PCI,
					  .va = x86->configuration_va};
	filters[2] = (struct plan_filter){.base = TABLE - TABLE % PLAN_PAGE,
					  .size = PLAN_PAGE,
					  .kind = PLAN_FILTER_MSIX,
					  .va = UINT64_C(0x41200000)};
	partition->filter_first = 0;
	partition->filter_count = 3;
	for (uint32_t i = 1; i < plan->partitions.count; i++) {
		fake_partitions(plan)[i].filter_first = (uint16_t)(2u + i);
		filters[2u + i].partition = (uint16_t)i;
	}
}

/* The first window that is no RAM, over the page of `pa`. */
static void device_over(struct plan_header *plan, uint64_t pa)
{
	struct plan_window *window = fake_windows(plan);

	while (window->kind == PLAN_WINDOW_RAM) {
		window++;
	}
	window->pa = pa - pa % PLAN_PAGE;
	window->size = PLAN_PAGE;
}

struct mutation {
	const char *name;
	enum plan_vendor vendor;
	void (*apply)(struct plan_header *plan, struct plan_x86 *x86);
	enum refusal expected;
};

#define BREAK(name, statement)                                                                                         \
	static void name(struct plan_header *plan, struct plan_x86 *x86)                                               \
	{                                                                                                              \
		(void)plan;                                                                                            \
		(void)x86;                                                                                             \
		statement;                                                                                             \
	}

BREAK(row_missing, plan->x86.count = 0)
BREAK(row_twice, plan->x86.count = 2)
BREAK(row_of_armv8, plan->arch = PLAN_ARCH_FAKE)
BREAK(filter_of_armv8, fake_filters(plan)[0].kind = PLAN_FILTER_GICD)
BREAK(filter_elsewhere, fake_filters(plan)[0].va += PLAN_PAGE)
BREAK(filter_large, fake_filters(plan)[0].size += PLAN_PAGE)
BREAK(identity_numbered, fake_vcpus(plan)[2].virtual_id = 7)
BREAK(vendor_none, x86->vendor = PLAN_VENDOR_NONE)
BREAK(vendor_unknown, x86->vendor = PLAN_VENDOR_INTEL + 1u)
BREAK(control_unaligned, x86->control += 8u)
BREAK(control_below, x86->control = plan->shared_base - PLAN_PAGE)
BREAK(control_last, x86->control = plan->shared_base + plan->shared_size - PLAN_PAGE)
BREAK(host_unaligned, x86->host += 0x800u)
BREAK(host_last, x86->host = plan->shared_base + plan->shared_size - PLAN_PAGE)
BREAK(trampoline_unaligned, x86->trampoline += 0x10u)
BREAK(trampoline_high, x86->trampoline = 0x100000u)
BREAK(trampoline_in_memory, memory_add(plan, TRAMPOLINE))
BREAK(ioapic_elsewhere, x86->ioapic_pa += PLAN_PAGE)
BREAK(ioapic_other_place, x86->ioapic_va += PLAN_PAGE)
BREAK(pins_few, x86->ioapic_pins = 40)
BREAK(pins_many, x86->partitions[1].pins = PINS + 1u)
BREAK(clusters_many, x86->partitions[2].cluster_count = PLAN_X86_CLUSTERS + 1u)
BREAK(root_unaligned, fake_partitions(plan)[1].stage2_root += 0x40u)
BREAK(start_outside, x86->partitions[2].start_control = plan->shared_base)
BREAK(start_unaligned, x86->partitions[0].start_control += 8u)
BREAK(reset_outside, x86->partitions[1].reset_control = plan->table_base - PLAN_PAGE)
BREAK(msr_map_cut, x86->partitions[0].msr_map = plan->table_base + plan->table_size - PLAN_PAGE)
BREAK(port_map_cut, x86->partitions[0].port_map = plan->table_base + plan->table_size - 2u * PLAN_PAGE)
BREAK(msr_map_outside, x86->partitions[2].msr_map = plan->shared_base)
BREAK(port_map_last, x86->partitions[2].port_map = plan->table_base + plan->table_size - PLAN_PAGE)
BREAK(start_rows_beyond, x86->partitions[0].start_count = VMCS_ROWS + 1u)
BREAK(reset_rows_beyond, x86->partitions[2].reset_first = VMCS_ROWS / 2u + 1u)
BREAK(rows_outside, plan->vmcs.count++)

/* A window has what is left of the function's registers beside its table. */
BREAK(pci_right, pci_make(plan, x86))
BREAK(space_elsewhere, (pci_make(plan, x86), fake_filters(plan)[1].base += PLAN_PAGE))
BREAK(space_twice, (pci_make(plan, x86), fake_filters(plan)[2] = fake_filters(plan)[1]))
BREAK(table_elsewhere, (pci_make(plan, x86), fake_filters(plan)[2].base += PLAN_PAGE))
BREAK(table_led_elsewhere, (pci_make(plan, x86), fake_filters(plan)[2].va += PLAN_PAGE))
BREAK(table_short, (pci_make(plan, x86), fake_filters(plan)[2].size = 0))
BREAK(table_of_another, (pci_make(plan, x86), x86->functions[0].partition = 1))
BREAK(table_missing, (pci_make(plan, x86), x86->functions[0].msix_count = 0, x86->functions[0].msix_pa = 0))
BREAK(table_mapped, (pci_make(plan, x86), device_over(plan, TABLE)))
BREAK(table_unaligned, (pci_make(plan, x86), x86->functions[0].msix_pa += 4u, x86->functions[0].msix_va += 4u))
BREAK(table_far, (pci_make(plan, x86), x86->functions[0].msix_pa += 8u))
BREAK(table_large,
      (pci_make(plan, x86), x86->functions[0].msix_count = PLAN_MSIX_ENTRIES + 1u, fake_filters(plan)[2].size *= 2u))
BREAK(table_nowhere, (pci_make(plan, x86), fake_partitions(plan)[0].filter_count = 2, x86->functions[0].msix_count = 0))
BREAK(remap_outside, (pci_make(plan, x86), x86->remap = plan->shared_base + plan->shared_size - 0x200u))
BREAK(remap_unaligned, (pci_make(plan, x86), x86->remap += 0x40u))

/* One more, without messages. */
static void function_add(struct plan_header *plan, struct plan_x86 *x86, uint16_t id, uint16_t partition)
{
	pci_make(plan, x86);
	x86->functions[1] = (struct plan_x86_function){.id = id, .partition = partition};
	x86->function_count = 2;
}

BREAK(function_second, function_add(plan, x86, 0x20, 0))
BREAK(function_twice, function_add(plan, x86, 0x18, 0))
BREAK(function_beyond, function_add(plan, x86, 0x100, 0))
BREAK(function_of_nobody, function_add(plan, x86, 0x20, 9))

#define AMD(name, refusal)                                                                                             \
	{                                                                                                              \
#name, PLAN_VENDOR_AMD, name, refusal                                                                  \
	}
#define INTEL(name, refusal)                                                                                           \
	{                                                                                                              \
#name, PLAN_VENDOR_INTEL, name, refusal                                                                \
	}
static const struct mutation mutations[] = {
	AMD(row_missing, REFUSAL_ARRAY),
	AMD(row_twice, REFUSAL_ARRAY),
	AMD(row_of_armv8, REFUSAL_ARCH),
	AMD(filter_of_armv8, REFUSAL_REFERENCE),
	AMD(filter_elsewhere, REFUSAL_REFERENCE),
	AMD(filter_large, REFUSAL_REFERENCE),
	AMD(identity_numbered, REFUSAL_REFERENCE),
	AMD(vendor_none, REFUSAL_TABLES),
	AMD(vendor_unknown, REFUSAL_TABLES),
	AMD(control_unaligned, REFUSAL_TABLES),
	AMD(control_below, REFUSAL_TABLES),
	AMD(control_last, REFUSAL_TABLES),
	AMD(host_unaligned, REFUSAL_TABLES),
	AMD(host_last, REFUSAL_TABLES),
	AMD(trampoline_unaligned, REFUSAL_TABLES),
	AMD(trampoline_high, REFUSAL_TABLES),
	AMD(trampoline_in_memory, REFUSAL_TABLES),
	AMD(ioapic_elsewhere, REFUSAL_TABLES),
	AMD(ioapic_other_place, REFUSAL_TABLES),
	AMD(pins_few, REFUSAL_TABLES),
	AMD(pins_many, REFUSAL_TABLES),
	INTEL(clusters_many, REFUSAL_TABLES),
	AMD(root_unaligned, REFUSAL_TABLES),
	AMD(start_outside, REFUSAL_TABLES),
	AMD(start_unaligned, REFUSAL_TABLES),
	AMD(reset_outside, REFUSAL_TABLES),
	AMD(msr_map_cut, REFUSAL_TABLES),
	AMD(port_map_cut, REFUSAL_TABLES),
	INTEL(msr_map_outside, REFUSAL_TABLES),
	INTEL(port_map_last, REFUSAL_TABLES),
	INTEL(start_rows_beyond, REFUSAL_TABLES),
	INTEL(reset_rows_beyond, REFUSAL_TABLES),
	INTEL(rows_outside, REFUSAL_ARRAY),
	AMD(pci_right, REFUSAL_NONE),
	AMD(space_elsewhere, REFUSAL_REFERENCE),
	AMD(space_twice, REFUSAL_REFERENCE),
	AMD(table_elsewhere, REFUSAL_REFERENCE),
	AMD(table_led_elsewhere, REFUSAL_REFERENCE),
	AMD(table_short, REFUSAL_REFERENCE),
	AMD(table_of_another, REFUSAL_REFERENCE),
	AMD(table_missing, REFUSAL_REFERENCE),
	AMD(table_mapped, REFUSAL_WINDOWS),
	AMD(table_unaligned, REFUSAL_TABLES),
	AMD(table_far, REFUSAL_REFERENCE),
	AMD(table_large, REFUSAL_TABLES),
	AMD(table_nowhere, REFUSAL_TABLES),
	AMD(remap_outside, REFUSAL_TABLES),
	AMD(remap_unaligned, REFUSAL_TABLES),
	AMD(function_second, REFUSAL_NONE),
	AMD(function_twice, REFUSAL_TABLES),
	AMD(function_beyond, REFUSAL_TABLES),
	AMD(function_of_nobody, REFUSAL_TABLES),
};

static void both_vendors_pass(void **state)
{
	(void)state;
	assert_int_equal(plan_check(x86_make(PLAN_VENDOR_AMD), PLAN_ARCH_X86), REFUSAL_NONE);
	assert_int_equal(plan_check(x86_make(PLAN_VENDOR_INTEL), PLAN_ARCH_X86), REFUSAL_NONE);
	assert_int_equal(plan_check(x86_make(PLAN_VENDOR_AMD), PLAN_ARCH_FAKE), REFUSAL_ARCH);
}

/* Intel's maps are a page shorter each; neither vendor needs what the other has. */
static void each_vendor_has_its_own(void **state)
{
	struct plan_header *plan = x86_make(PLAN_VENDOR_INTEL);
	struct plan_x86_partition *row = &x86_row(plan)->partitions[0];

	(void)state;
	row->start_control = 0;
	row->reset_control = 8u;
	row->msr_map = plan->table_base + plan->table_size - PLAN_PAGE;
	row->port_map = plan->table_base + plan->table_size - 2u * PLAN_PAGE;
	assert_int_equal(plan_check(plan, PLAN_ARCH_X86), REFUSAL_NONE);
	plan = x86_make(PLAN_VENDOR_AMD);
	x86_row(plan)->partitions[0].start_count = VMCS_ROWS + 1u;
	assert_int_equal(plan_check(plan, PLAN_ARCH_X86), REFUSAL_NONE);
}

static void each_rule_refuses_by_its_own_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mutations) / sizeof(mutations[0]); i++) {
		struct plan_header *plan = x86_make(mutations[i].vendor);
		enum refusal refusal;

		mutations[i].apply(plan, x86_row(plan));
		refusal = plan_check(plan, PLAN_ARCH_X86);
		if (refusal != mutations[i].expected) {
			fail_msg("%s: E%02d instead of E%02d", mutations[i].name, refusal, mutations[i].expected);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_vendors_pass),
		cmocka_unit_test(each_vendor_has_its_own),
		cmocka_unit_test(each_rule_refuses_by_its_own_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
