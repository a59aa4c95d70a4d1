/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI of an x86 board, and the IOMMU that confines it: what the tree says, what can be wrong, the device table. Not here: the
 * guest's view of it (acpi.h).
 */
#ifndef PLANNER_X86_PCI_H
#define PLANNER_X86_PCI_H

#include "planner/layout.h"
#include "planner/model.h"
#include "planner/tables.h"

/* The PCI host (pci-host-ecam-generic) and the IOMMU (amd,iommu); what is wrong becomes a shortfall of the board. */
void x86_pci_read(struct model *model);

/* A node below the host: its function and, by assigned-addresses, its registers. */
void x86_pci_read_function(const struct model *model, struct device *device);

/* The registers of both, against RAM and against the devices that somebody owns. */
void x86_pci_check_board(const struct model *model);
void x86_pci_check_device(const struct model *model, const struct partition *partition, const struct device *device);

/* Two functions of different owners. */
void x86_pci_check_pair(const struct model *model, const struct device *first, const struct device *second);

/* Whether an IOMMU keeps the device's DMA inside its owner's memory. Cannot fail. */
bool x86_pci_is_confined(const struct model *model, const struct device *device);

/* Whether the partition owns a function. Cannot fail. */
bool x86_pci_is_owner(const struct model *model, const struct partition *partition);

/* How many functions partitions own. Cannot fail. */
size_t x86_pci_function_count(const struct model *model);

/* The pages that a function's MSI-X table lies in; empty where it has none. Cannot fail. */
struct range x86_pci_table_pages(const struct device *device);

/*
 * What a partition that owns functions reaches through a trap: configuration space, then the pages of their MSI-X tables. Returns
 * how many filters that are. Cannot fail.
 */
size_t x86_pci_filters(const struct model *model, size_t partition, struct plan_filter filters[1 + PLAN_X86_FUNCTIONS]);

/* Where the hypervisor has the registers of the one or the other filter, and those of all tables: from layout's place for them. Cannot fail. */
uint64_t x86_pci_filter_va(const struct model *model, const struct layout *layout, const struct plan_filter *filter);
uint64_t x86_pci_tables_size(const struct model *model);

/* Maps them there for the hypervisor, whose tree begins at `start`. Cannot fail. */
void x86_pci_map_tables(const struct model *model, const struct layout *layout, const struct table_tree *tree,
			uint64_t start);

/* Adds the device table, whose physical address it returns; 0 without an IOMMU. Cannot fail. */
uint64_t x86_pci_device_table(const struct model *model, const struct layout *layout, struct table_pages *pages);

/* Fills the rows of functions. Cannot fail: check has counted them. */
void x86_pci_rows(const struct model *model, const struct layout *layout, struct plan_x86 *row);

#endif
