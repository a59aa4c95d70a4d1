/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules for x86 offer their struct verify_arch (arch.c); most functions are a field of it. */
#ifndef PLAN_CHECK_X86_PARTS_H
#define PLAN_CHECK_X86_PARTS_H

#include "plan/check/arch.h"

#define X86_PORTS 0x10000u

/* Whose cores the image is for, Intel's or AMD's. */
static inline bool x86_is_intel(const struct plan_header *plan)
{
	return plan_x86(plan)->vendor == (uint32_t)PLAN_VENDOR_INTEL;
}

/* ---- formats.c ---------------------------------------------------------------------------------------------------- */

extern const struct verify_format x86_long_mode; /* the hypervisor's */
extern const struct verify_format x86_nested;    /* partitions', of AMD */
extern const struct verify_format x86_extended;  /* partitions', of Intel */

/* ---- tables.c ------------------------------------------------------------------------------------------------------ */

struct verify_tree x86_core_tree(const struct verify *verify, uint32_t core, enum verify_owner_kind kind);
struct verify_tree x86_stage2_tree(const struct verify *verify, uint32_t partition);
bool x86_space_right(struct verify *verify, const struct verify_tree *tree);

/* ---- machine.c: APICs, trampoline, state --------------------------------------------------------------------------- */

void x86_machine_find(struct verify *verify, const struct verify_tree *tree);
void x86_machine_regions(struct verify *verify, uint32_t core);
struct verify_owner x86_machine_holder(const struct verify *verify, uint64_t base, uint64_t size);
void x86_machine_check(struct verify *verify);
uint32_t x86_machine_areas(const struct plan_header *plan, struct plan_range areas[3]);
bool x86_machine_is_core(uint64_t id);
bool x86_machine_vcpu_right(const struct plan_header *plan, const struct plan_vcpu *vcpu, uint64_t *wrong);
bool x86_machine_filter_right(const struct plan_header *plan, const struct plan_partition *partition, uint32_t number);
bool x86_machine_private_right(uint32_t mask);
void x86_machine_reach_check(struct verify *verify, uint32_t partition);

/* ---- pci.c: configuration space, functions, the IOMMU and its device table ------------------------------------------ */

void x86_pci_regions(struct verify *verify);
struct verify_owner x86_pci_holder(const struct verify *verify, uint64_t base, uint64_t size);
uint32_t x86_pci_filter_count(const struct plan_header *plan, uint32_t partition);
bool x86_pci_filter_right(const struct plan_header *plan, const struct plan_filter *filter, uint32_t number);
void x86_pci_check(struct verify *verify);

/* ---- state.c: what a partition's cores start with ------------------------------------------------------------------- */

#define X86_SEGMENTS 6u /* ES, CS, SS, DS, FS, GS */

/* Bits 40-47 and 52-55 of a descriptor, each at its place there, as Intel's control structures have them. */
struct x86_segment {
	uint32_t selector;
	uint32_t access;
	uint32_t limit;
};

struct x86_state {
	struct x86_segment segments[X86_SEGMENTS];
	uint32_t gdtr_base;
	uint32_t gdtr_limit;
	uint32_t idtr_limit; /* from 0 on */
	uint32_t cr0;
	uint32_t cr3;
	uint32_t cr4;
	uint32_t efer; /* without SVME */
};

extern const struct x86_state x86_state_start; /* virtual core 0 */
extern const struct x86_state x86_state_reset; /* any core, after SIPI; the hypervisor adds where */

/* What both have besides, as after reset and INIT (APM volume 2, 14.1.3; SDM volume 3, table 10-1). */
#define X86_TASK_ACCESS 0x8bu /* a busy TSS */
#define X86_SYSTEM_LIMIT 0xffffu
#define X86_DR7 0x400u
#define X86_RFLAGS 0x2u
#define X86_PAT UINT64_C(0x0007040600070406)

/* ---- vmcb.c, vmcs.c: the control blocks of AMD, and the rows of Intel's control structures, that hold it ------------ */

void x86_vmcb_check(struct verify *verify, uint32_t partition);
void x86_vmcs_check(struct verify *verify, uint32_t partition);

/* Whether all rows of control structures are some partition's. */
bool x86_vmcs_refers(struct verify *verify);

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
