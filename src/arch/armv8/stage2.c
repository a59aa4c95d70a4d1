/* SPDX-License-Identifier: Apache-2.0 */
/* Revoking a partition's memory: root entries to zero, then every cached translation under its VMID. */
#include "arch/stage2.h"

#include "arch/armv8/sysreg.h"
#include "plan/view.h"

#define VTTBR_VMID_SHIFT 48
#define TCR_EPD0 (UINT64_C(1) << 7)
#define TCR_EPD1 (UINT64_C(1) << 23)

/*
 * TLBI works on the current VMID, so VTTBR_EL2 is the victim's meanwhile. Stage-1 walks are off around the change, lest
 * a speculative walk mixes one partition's tables with the other's VMID (errata 1319367 and its kin).
 */
static void invalidate(uint64_t vttbr)
{
	uint64_t own_vttbr = sysreg_read(vttbr_el2);
	uint64_t own_tcr = sysreg_read(tcr_el1);

	sysreg_write(tcr_el1, own_tcr | TCR_EPD0 | TCR_EPD1);
	isb();
	sysreg_write(vttbr_el2, vttbr);
	isb();
	__asm__ volatile("tlbi vmalls12e1is\n\tdsb ish\n\tisb" ::: "memory");
	sysreg_write(vttbr_el2, own_vttbr);
	isb();
	sysreg_write(tcr_el1, own_tcr);
	isb();
}

void arch_stage2_revoke(const struct plan_header *plan, const struct plan_partition *partition)
{
	for (uint32_t i = 0; i < partition->root_count; i++) {
		const struct plan_root *root = &plan_roots(plan)[partition->root_first + i];

		*(volatile uint64_t *)(uintptr_t)root->address = 0u;
	}
	__asm__ volatile("dsb ishst" ::: "memory");
	invalidate(partition->stage2_root | ((uint64_t)partition->vmid << VTTBR_VMID_SHIFT));
}
