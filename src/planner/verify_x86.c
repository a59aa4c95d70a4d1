/* SPDX-License-Identifier: Apache-2.0 */
/* docs/config-reference.md, "board", of x86: for the verifier. */
#include "planner/verify_x86.h"

static uint32_t vendor_read(const struct verify_tree *tree, int node)
{
	uint32_t vendor = PLAN_VENDOR_NONE;

	if (fdt_stringlist_search(tree->fdt, node, "vendor", "amd") == 0)
		vendor = PLAN_VENDOR_AMD;
	else if (fdt_stringlist_search(tree->fdt, node, "vendor", "intel") == 0)
		vendor = PLAN_VENDOR_INTEL;
	return vendor;
}

/* Of a PCI host that is the board's: configuration space of buses from 0. */
static void pci_read(const struct verify_tree *tree, struct verify_claim_x86 *x86)
{
	int host = verify_tree_compatible(tree, VERIFY_TREE_PCI),
	    iommu = verify_tree_compatible(tree, VERIFY_TREE_IOMMU);
	struct verify_cells buses = verify_tree_cells(tree, host, "bus-range");
	uint64_t size;
	bool reachable;

	if (host >= 0 && verify_tree_range(tree, host, 0, &x86->configuration, &size, &reachable))
		x86->buses = verify_tree_cell(&buses, 1) + 1;
	if (iommu >= 0)
		verify_tree_range(tree, iommu, 0, &x86->iommu, &size, &reachable);
}

bool verify_x86_read(const struct verify_tree *tree, int node, int ioapic, struct verify_claims *claims)
{
	struct verify_cells trampoline = verify_tree_cells(tree, node, "trampoline");
	struct verify_cells apic = verify_tree_cells(tree, node, "apic-frequency");
	struct verify_cells tsc = verify_tree_cells(tree, node, "tsc-frequency");
	struct verify_cells off = verify_tree_cells(tree, node, "power-off");
	int lapic = verify_tree_compatible(tree, VERIFY_TREE_LAPIC);
	uint64_t size;
	bool reachable;

	claims->x86 = (struct verify_claim_x86){.vendor = vendor_read(tree, node),
						.trampoline = verify_tree_cell(&trampoline, 0),
						.pins = VERIFY_TREE_PINS,
						.apic_frequency = verify_tree_cell(&apic, 0),
						.tsc_frequency = verify_tree_number(&tsc, 0, tsc.count),
						.power_off_port = verify_tree_cell(&off, 0),
						.power_off_value = verify_tree_cell(&off, 1)};
	pci_read(tree, &claims->x86);
	return verify_tree_range(tree, ioapic, 0, &claims->gicd, &size, &reachable) && reachable && lapic >= 0 &&
	       verify_tree_range(tree, lapic, 0, &claims->gicr, &claims->gicr_size, &reachable) && reachable;
}

bool verify_x86_console(const struct verify_tree *tree, int uart, uint64_t *port)
{
	uint64_t count;
	bool known;

	return verify_tree_ports(tree, uart, 0, port, &count, &known) && known;
}
