/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual core's reset state and its guest's entry. */
#include "arch/vcpu.h"

#include "arch/armv8/identity.h"
#include "arch/armv8/sysreg.h"
#include "arch/cpu.h"
#include "core/entry.h"

#define VTTBR_VMID_SHIFT 48
#define VMPIDR_RES1 UINT64_C(0x80000000)
#define CNTHCTL_EL1_TIMERS 0x3u /* EL1PCTEN, EL1PCEN: the physical counter and timer are the guest's too */
#define SCTLR_EL1_RESET UINT64_C(0x30c50830)
#define CPACR_RESET 0u
#define SCTLR_AARCH32_RESET 0x00c50838u
#define SPSR_SVC_MASKED 0x1d3u
#define SPSR_THUMB 0x20u

/* CPTR_EL2 (E2H=0): RES1 bits, trace registers trap; SVE and SME trap only where they do not exist */
#define CPTR_RES1 UINT64_C(0x22ff)
#define CPTR_TZ UINT64_C(0x100)
#define CPTR_TSM UINT64_C(0x1000)
#define CPTR_TTA UINT64_C(0x100000)
#define VECTOR_LENGTH_MAX 0x1ffu /* ZCR_EL2, SMCR_EL2: LEN at its most, as the architecture rounds it down */
#define SMCR_FA64 0x80000000u
#define SMCR_EZT0 0x40000000u

/* HFGRTR_EL2, HFGWTR_EL2: nSMPRI_EL1, nTPIDR2_EL0, nPIRE0_EL1, nPIR_EL1, nPOR_EL0, nPOR_EL1, nMAIR2_EL1, nAMAIR2_EL1 */
#define HFGXTR_ALLOWED UINT64_C(0xdec0000000000000)
#define HCRX_MSCEN UINT64_C(0x800)     /* memory copy and set instructions */
#define HCRX_TCR2EN UINT64_C(0x4000)   /* TCR2_EL1 */
#define HCRX_SCTLR2EN UINT64_C(0x8000) /* SCTLR2_EL1 */
#define HSTR_T15 0x8000u               /* implementation-defined CP15 registers, which HCR_EL2.TIDCP leaves out */
#define MPAM2_TRAPS (UINT64_C(3) << 48)

/* MDCR_EL2: OS lock and debug ROM, profiling and trace buffers trap or are off; all event counters are EL1's */
#define MDCR_TRAPS UINT64_C(0x84c00) /* TDRA, TDOSA, TPMS, TTRF */
#define MDCR_HPMD UINT64_C(0x20000)
#define PMCR_COUNTERS(pmcr) (((pmcr) >> 11) & 0x1fu)

static void vector_units_open(void)
{
	uint64_t features = sysreg_read(id_aa64pfr0_el1);
	bool sve = id_field(features, 32u) != 0u;
	bool sme = id_field(sysreg_read(id_aa64pfr1_el1), 24u) != 0u;

	sysreg_write(cptr_el2, CPTR_RES1 | CPTR_TTA | (sve ? 0u : CPTR_TZ) | (sme ? 0u : CPTR_TSM));
	isb();
	if (sve) {
		sysreg_write(ZCR_EL2, VECTOR_LENGTH_MAX);
	}
	if (sme) {
		sysreg_write(SMCR_EL2, VECTOR_LENGTH_MAX | SMCR_FA64 | SMCR_EZT0);
	}
}

/*
 * Fine-grained traps and HCRX_EL2 have no reset value that EL2 may rely on (Arm ARM D19.2.52, D19.2.66): nothing traps, and
 * what needs EL2's consent is allowed where the core has it. Bits of HFGxTR_EL2 that begin with n trap when they are zero.
 */
static void optional_traps_clear(void)
{
	uint64_t mmfr1 = sysreg_read(id_aa64mmfr1_el1);
	uint64_t mmfr3 = sysreg_read(ID_AA64MMFR3_EL1);

	if (id_field(sysreg_read(id_aa64mmfr0_el1), 56u) != 0u) {
		sysreg_write(HFGRTR_EL2, HFGXTR_ALLOWED);
		sysreg_write(HFGWTR_EL2, HFGXTR_ALLOWED);
		sysreg_write(HFGITR_EL2, 0u);
		sysreg_write(HDFGRTR_EL2, 0u);
		sysreg_write(HDFGWTR_EL2, 0u);
		if (id_field(sysreg_read(id_aa64pfr0_el1), 44u) != 0u) {
			sysreg_write(HAFGRTR_EL2, 0u);
		}
	}
	if (id_field(mmfr1, 40u) != 0u) {
		bool copies = id_field(sysreg_read(ID_AA64ISAR2_EL1), 16u) != 0u;

		sysreg_write(HCRX_EL2, (copies ? HCRX_MSCEN : 0u) | ((id_field(mmfr3, 0u) != 0u) ? HCRX_TCR2EN : 0u) |
					       ((id_field(mmfr3, 4u) != 0u) ? HCRX_SCTLR2EN : 0u));
	}
	if (id_field(sysreg_read(id_aa64pfr0_el1), 40u) != 0u) {
		sysreg_write(MPAM2_EL2, MPAM2_TRAPS);
	}
}

static void debug_open(void)
{
	uint32_t pmu = id_field(sysreg_read(id_aa64dfr0_el1), 8u);
	bool counters = (pmu != 0u) && (pmu != 0xfu);

	sysreg_write(mdcr_el2, MDCR_TRAPS | (counters ? (MDCR_HPMD | PMCR_COUNTERS(sysreg_read(pmcr_el0))) : 0u));
}

static bool is_aarch32(const struct plan_partition *owner)
{
	return (owner->flags & PLAN_PARTITION_AARCH32) != 0u;
}

/* HCR_EL2 for a partition on this core. */
static uint64_t hcr_of(const struct plan_partition *owner)
{
	uint64_t hcr = HCR_GUEST;

	hcr |= is_aarch32(owner) ? 0u : HCR_RW;
	hcr |= ((owner->flags & PLAN_PARTITION_WFI_TRAP) != 0u) ? HCR_TWI : 0u;
	hcr |= identity_is_filtered() ? HCR_TID3 : 0u;
	hcr |= (id_field(sysreg_read(id_aa64pfr1_el1), 8u) >= 2u) ? HCR_ATA : 0u;     /* memory tagging */
	hcr |= (id_field(sysreg_read(id_aa64pfr0_el1), 56u) >= 2u) ? HCR_ENSCXT : 0u; /* CSV2: SCXTNUM_EL1 */
	return hcr;
}

/* What the partition is: its memory, its identity, what traps. */
static void partition_registers_set(const struct plan_partition *owner, const struct plan_vcpu *vcpu)
{
	sysreg_write(hcr_el2, hcr_of(owner));
	sysreg_write(vtcr_el2, owner->stage2_control);
	sysreg_write(vttbr_el2, owner->stage2_root | ((uint64_t)owner->vmid << VTTBR_VMID_SHIFT));
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	sysreg_write(vmpidr_el2, VMPIDR_RES1 | vcpu->virtual_id);
	sysreg_write(hstr_el2, is_aarch32(owner) ? HSTR_T15 : 0u);
	sysreg_write(cnthctl_el2, CNTHCTL_EL1_TIMERS);
	sysreg_write(cntvoff_el2, 0u);
	vector_units_open();
	optional_traps_clear();
	debug_open();
}

/* The guest's own registers as after a reset: nothing of an earlier guest, MMU and caches off (Arm ARM D1.3.2). */
static void guest_registers_reset(void)
{
	sysreg_write(actlr_el1, 0u);
	sysreg_write(cpacr_el1, CPACR_RESET);
	sysreg_write(ttbr0_el1, 0u);
	sysreg_write(ttbr1_el1, 0u);
	sysreg_write(tcr_el1, 0u);
	sysreg_write(mair_el1, 0u);
	sysreg_write(amair_el1, 0u);
	sysreg_write(vbar_el1, 0u);
	sysreg_write(contextidr_el1, 0u);
	sysreg_write(tpidr_el0, 0u);
	sysreg_write(tpidrro_el0, 0u);
	sysreg_write(tpidr_el1, 0u);
	sysreg_write(elr_el1, 0u);
	sysreg_write(spsr_el1, 0u);
	sysreg_write(esr_el1, 0u);
	sysreg_write(far_el1, 0u);
	sysreg_write(par_el1, 0u);
	sysreg_write(afsr0_el1, 0u);
	sysreg_write(afsr1_el1, 0u);
	sysreg_write(sp_el0, 0u);
	sysreg_write(sp_el1, 0u);
	sysreg_write(csselr_el1, 0u);
	sysreg_write(cntkctl_el1, 0u);
	sysreg_write(cntv_cval_el0, 0u);
	sysreg_write(cntp_cval_el0, 0u);
	sysreg_write(mdscr_el1, 0u);
}

/* What only AArch32 has (Arm ARM D1.20); the banked general-purpose registers are X13 to X30. */
static void aarch32_registers_reset(void)
{
	sysreg_write(sctlr_el1, SCTLR_AARCH32_RESET);
	sysreg_write(dacr32_el2, 0u);
	sysreg_write(ifsr32_el2, 0u);
	sysreg_write(fpexc32_el2, 0u);
	sysreg_write(spsr_abt, 0u);
	sysreg_write(spsr_und, 0u);
	sysreg_write(spsr_irq, 0u);
	sysreg_write(spsr_fiq, 0u);
}

/* enter.S */
NORETURN void vcpu_enter(uint64_t entry, uint64_t argument, uint64_t stack_top, uint64_t spsr);

void arch_vcpu_enter(const struct plan_partition *owner, const struct plan_vcpu *vcpu, gpaddr_t entry,
		     uint64_t argument)
{
	uint64_t spsr = SPSR_EL1H_MASKED;
	uint64_t pc = entry.value;

	partition_registers_set(owner, vcpu);
	guest_registers_reset();
	if (is_aarch32(owner)) {
		aarch32_registers_reset();
		spsr = SPSR_SVC_MASKED | (((pc & 1u) != 0u) ? SPSR_THUMB : 0u); /* PSCI: Arm DEN 0022, 6.4.3 */
		pc &= ~UINT64_C(1);
	} else {
		sysreg_write(sctlr_el1, SCTLR_EL1_RESET);
	}
	__asm__ volatile("isb\n\ttlbi vmalls12e1\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");
	core_on_guest_enter();
	vcpu_enter(pc, argument, arch_core_state()->core->stack_top, spsr);
}
