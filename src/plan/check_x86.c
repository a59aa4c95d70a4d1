/* SPDX-License-Identifier: Apache-2.0 */
/* What only x86 has in a plan: control blocks, permission maps, PCI, an IOMMU. Not here: what it shares (check.c). */
#include "plan/check_parts.h"

#define FIRST_MEBIBYTE UINT64_C(0x100000)
#define BUS_SHIFT 20u /* of PCI's configuration space */
#define BUSES_MOST 16u
#define BUS_IDS_SHIFT 8u
#define DEVICE_TABLE_BUS_PAGES 2u
#define IOMMU_SIZE UINT64_C(0x4000)
#define REMAP_ALIGNMENT 128u

/* The whole pages that a function's table of messages lies in. */
static struct plan_range table_pages(const struct plan_x86_function *function)
{
	uint64_t inside = function->msix_pa % PLAN_PAGE;
	uint64_t bytes = inside + ((uint64_t)function->msix_count * PLAN_MSIX_ENTRY_SIZE) + (PLAN_PAGE - 1u);

	return (struct plan_range){function->msix_pa - inside,
				   (function->msix_count == 0u) ? 0u : (bytes - (bytes % PLAN_PAGE))};
}

bool check_x86_filter(const struct plan_header *plan, const struct plan_filter *filter, uint32_t number)
{
	const struct plan_x86 *x86 = plan_x86(plan);
	bool allowed = (number == 1u) && (filter->kind == (uint16_t)PLAN_FILTER_PCI) && (x86->configuration_va != 0u) &&
		       (filter->base == x86->configuration_pa) && (filter->va == x86->configuration_va) &&
		       (filter->size == ((uint64_t)x86->buses << BUS_SHIFT));

	for (uint32_t i = 0; (number > 1u) && (i < x86->function_count) && (i < PLAN_X86_FUNCTIONS); i++) {
		const struct plan_x86_function *function = &x86->functions[i];
		struct plan_range pages = table_pages(function);

		allowed = allowed || ((function->msix_count != 0u) && (function->partition == filter->partition) &&
				      (filter->kind == (uint16_t)PLAN_FILTER_MSIX) && (filter->base == pages.base) &&
				      (filter->size == pages.size) &&
				      (filter->va == (function->msix_va - (function->msix_pa % PLAN_PAGE))));
	}
	return allowed;
}

/* PCI's configuration space, tables of messages and the IOMMU are the hypervisor's. */
bool check_x86_window(const struct plan_header *plan, const struct plan_window *window)
{
	const struct plan_x86 *x86 = plan_x86(plan);
	bool clear = true;

	if (is_x86(plan)) {
		clear = !ranges_overlap(window->pa, window->size, x86->configuration_pa,
					(uint64_t)x86->buses << BUS_SHIFT) &&
			((x86->iommu_va == 0u) || !ranges_overlap(window->pa, window->size, x86->iommu_pa, IOMMU_SIZE));
		for (uint32_t i = 0; (i < x86->function_count) && (i < PLAN_X86_FUNCTIONS); i++) {
			struct plan_range pages = table_pages(&x86->functions[i]);

			clear = clear && !ranges_overlap(window->pa, window->size, pages.base, pages.size);
		}
	}
	return clear;
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
			 (function->partition < plan->partitions.count) &&
			 (function->msix_count <= PLAN_MSIX_ENTRIES) && ((function->msix_pa % 8u) == 0u) &&
			 (((function->msix_pa ^ function->msix_va) % PLAN_PAGE) == 0u) &&
			 ((function->msix_count != 0u) || (function->msix_pa == 0u));
		for (uint32_t j = 0; j < i; j++) {
			placed = placed && (function->id != x86->functions[j].id);
		}
	}
	return placed;
}

/* What only x86 has: pages for VMCBs and host state among the shared, constant ones among the tables, one I/O APIC. */
bool check_x86_placed(const struct plan_header *plan)
{
	const struct plan_x86 *x86 = plan_x86(plan);
	bool placed;

	if (!is_x86(plan)) {
		return true;
	}
	placed = ((x86->vendor == (uint32_t)PLAN_VENDOR_AMD) || (x86->vendor == (uint32_t)PLAN_VENDOR_INTEL)) &&
		 pages_in(x86->control, plan->vcpus.count, plan->shared_base, plan->shared_size) &&
		 pages_in(x86->host, plan->cores.count, plan->shared_base, plan->shared_size) &&
		 ((x86->remap % REMAP_ALIGNMENT) == 0u) &&
		 range_in(x86->remap, (uint64_t)x86->function_count * PLAN_REMAP_SIZE, plan->shared_base,
			  plan->shared_size) &&
		 pages_in(x86->trampoline, 1u, 0u, FIRST_MEBIBYTE) &&
		 !check_touches_memory(plan, x86->trampoline, PLAN_PAGE) && (x86->ioapic_pa == plan->gicd_pa) &&
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
