/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partition reaches: its guest-physical space, stage-2 tables and their control register. Not here: EL2's own
 * space (el2.h).
 */
#ifndef PLANNER_STAGE2_H
#define PLANNER_STAGE2_H

#include "planner/model.h"
#include "planner/tables.h"

/* The row `index` of partitions' windows: RAM in the file's order, then pages of registers, ascending. */
struct plan_window *stage2_windows(const struct model *model, size_t index, size_t *count);

#define STAGE2_FILTERS (2u + PLAN_X86_FUNCTIONS)

/*
 * The rows of its filters, how many: distributor and, on a GICv3, redistributors; x86: I/O APIC and, for an owner of functions, PCI
 * and their MSI-X tables. `vcpu` and `va` are left to the caller.
 */
size_t stage2_filters(const struct model *model, size_t index, struct plan_filter filters[STAGE2_FILTERS]);

/* Smallest guest-physical address size, at least 31 bits, that covers windows and filters. */
unsigned int stage2_ipa_bits(const struct model *model, size_t index);

/* The largest address size that VTCR_EL2.PS can name within what the board promises; 0 below 32 bits. x86: what it promises. */
unsigned int stage2_pa_bits(const struct board *board);

/* Bytes of the root: 8 for each GiB of the guest-physical space; x86: a PML4. */
uint64_t stage2_root_size(const struct model *model, size_t index);

/* VTCR_EL2 (Arm ARM DDI 0487, D19.2): start level 1, 4 KiB granule, write-back inner-shareable walks. 0 on x86 (AMD). */
uint64_t stage2_control(const struct model *model, size_t index);

/* Writes the tree: root entries to `root`, all else to further `pages`. Windows are placed and do not overlap. */
void stage2_build(const struct model *model, size_t index, struct table_pages *pages, uint64_t *root);

#endif
