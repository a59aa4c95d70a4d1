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

/* Adds the device table, whose physical address it returns; 0 without an IOMMU. Cannot fail. */
uint64_t x86_pci_device_table(const struct model *model, const struct layout *layout, struct table_pages *pages);

/* Fills the rows of functions. Cannot fail: check has counted them. */
void x86_pci_rows(const struct model *model, struct plan_x86 *row);

#endif
