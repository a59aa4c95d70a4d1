/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules for x86 offer their struct verify_arch (arch.c); most functions are a field of it. */
#ifndef PLAN_CHECK_X86_PARTS_H
#define PLAN_CHECK_X86_PARTS_H

#include "plan/check/arch.h"

#define X86_PORTS 0x10000u

/* ---- tables.c ------------------------------------------------------------------------------------------------------ */

struct verify_step x86_decode(uint64_t word, uint32_t level, uint64_t va);
uint64_t x86_leaf_bits(enum verify_access access, uint32_t level);
uint64_t x86_branch_bits(bool is_stage2, uint32_t level);
struct verify_tree x86_core_tree(const struct verify *verify, uint32_t core, enum verify_owner_kind kind);
struct verify_tree x86_stage2_tree(const struct verify *verify, uint32_t partition);
bool x86_space_right(struct verify *verify, const struct verify_tree *tree);

/* ---- machine.c: APICs, trampoline, state --------------------------------------------------------------------------- */

void x86_machine_find(struct verify *verify, const struct verify_tree *tree);
void x86_machine_regions(struct verify *verify, uint32_t core);
struct verify_owner x86_machine_holder(const struct verify *verify, uint64_t base, uint64_t size);
void x86_machine_check(struct verify *verify);
uint32_t x86_machine_areas(const struct plan_header *plan, struct plan_range areas[2]);
bool x86_machine_is_core(uint64_t id);
bool x86_machine_vcpu_right(const struct plan_header *plan, const struct plan_vcpu *vcpu, uint64_t *wrong);
bool x86_machine_filter_right(const struct plan_header *plan, const struct plan_partition *partition, uint32_t number);
bool x86_machine_private_right(uint32_t mask);

/* ---- pci.c: configuration space, functions, the IOMMU and its device table ------------------------------------------ */

void x86_pci_regions(struct verify *verify);
struct verify_owner x86_pci_holder(const struct verify *verify, uint64_t base, uint64_t size);
uint32_t x86_pci_filter_count(const struct plan_header *plan, uint32_t partition);
bool x86_pci_filter_right(const struct plan_header *plan, const struct plan_filter *filter);
void x86_pci_check(struct verify *verify);

/* ---- vmcb.c: control blocks that a partition's cores start from ----------------------------------------------------- */

void x86_vmcb_check(struct verify *verify, uint32_t partition);

/* ---- maps.c: registers and ports that a partition has without an exit ----------------------------------------------- */

void x86_maps_check(struct verify *verify, uint32_t partition);

/* Whether the partition has port `port`, below X86_PORTS, by its map, which must be in the file. */
bool x86_maps_has_port(const struct verify *verify, uint32_t partition, uint32_t port);

/* Whether the partition's map of ports is among the constant tables. */
bool x86_maps_can_be_read(const struct verify *verify, uint32_t partition);

/* ---- claims.c ------------------------------------------------------------------------------------------------------- */

void x86_claims_compare(struct verify *verify);
void x86_claims_partition(struct verify *verify, uint32_t partition);

#endif
