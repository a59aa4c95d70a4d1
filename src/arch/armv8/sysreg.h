/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers: access from C, encodings that the assembler does not know by name, and the constant values that EL2
 * runs with (Arm ARM DDI 0487, D19). Usable from assembly.
 */
#ifndef ARMV8_SYSREG_H
#define ARMV8_SYSREG_H

/* GIC CPU interface (IHI 0069, 12.2) */
#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_AP0R0_EL1 S3_0_C12_C8_4
#define ICC_AP0R1_EL1 S3_0_C12_C8_5
#define ICC_AP0R2_EL1 S3_0_C12_C8_6
#define ICC_AP0R3_EL1 S3_0_C12_C8_7
#define ICC_AP1R0_EL1 S3_0_C12_C9_0
#define ICC_AP1R1_EL1 S3_0_C12_C9_1
#define ICC_AP1R2_EL1 S3_0_C12_C9_2
#define ICC_AP1R3_EL1 S3_0_C12_C9_3
#define ICC_DIR_EL1 S3_0_C12_C11_1
#define ICC_RPR_EL1 S3_0_C12_C11_3
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICC_BPR1_EL1 S3_0_C12_C12_3
#define ICC_CTLR_EL1 S3_0_C12_C12_4
#define ICC_SRE_EL1 S3_0_C12_C12_5
#define ICC_IGRPEN0_EL1 S3_0_C12_C12_6
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_SRE_EL2 S3_4_C12_C9_5
#define ICH_HCR_EL2 S3_4_C12_C11_0

#define ZCR_EL2 S3_4_C1_C2_0
#define SMCR_EL2 S3_4_C1_C2_6
#define HCRX_EL2 S3_4_C1_C2_2
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HFGITR_EL2 S3_4_C1_C1_6
#define HDFGRTR_EL2 S3_4_C3_C1_4
#define HDFGWTR_EL2 S3_4_C3_C1_5
#define HAFGRTR_EL2 S3_4_C3_C1_6
#define MPAM2_EL2 S3_4_C10_C5_0
#define ID_AA64MMFR3_EL1 S3_0_C0_C7_3
#define ID_AA64ISAR2_EL1 S3_0_C0_C6_2

/* SCTLR_EL2: RES1 bits; then M C SA I WXN (D19.2.118). Little-endian, alignment checks off for start-up's sake. */
#define SCTLR_EL2_RES1 0x30c50830
#define SCTLR_EL2_I 0x1000
#define SCTLR_EL2_ON (SCTLR_EL2_RES1 | SCTLR_EL2_I | 0x80000 | 0x8 | 0x4 | 0x1)

/* MAIR_EL2: 0 Device-nGnRnE, 1 Normal write-back read/write-allocate; 7 is the window's, set at each use. */
#define MAIR_DEVICE 0
#define MAIR_NORMAL 1
#define MAIR_WINDOW 7
#define MAIR_EL2_VALUE 0xff00

/* TCR_EL2: RES1 bits 31 and 23, 4 KiB granule, inner shareable, write-back walks; T0SZ and PS are added. */
#define TCR_EL2_BASE 0x80803500
#define TCR_EL2_PS_SHIFT 16

/* HCR_EL2 (D19.2.48), the same for every partition but RW, TWI and what depends on the core's features. IMO = FMO = 0: interrupts go straight to the guest. */
#define HCR_VM (UINT64_C(1) << 0)
#define HCR_SWIO (UINT64_C(1) << 1)
#define HCR_PTW (UINT64_C(1) << 2)
#define HCR_IMO (UINT64_C(1) << 4)
#define HCR_AMO (UINT64_C(1) << 5)
#define HCR_TWI (UINT64_C(1) << 13)
#define HCR_TID3 (UINT64_C(1) << 18)
#define HCR_TSC (UINT64_C(1) << 19)
#define HCR_TIDCP (UINT64_C(1) << 20)
#define HCR_TACR (UINT64_C(1) << 21)
#define HCR_TSW (UINT64_C(1) << 22)
#define HCR_RW (UINT64_C(1) << 31)
#define HCR_TLOR (UINT64_C(1) << 35)
#define HCR_TERR (UINT64_C(1) << 36)
#define HCR_TEA (UINT64_C(1) << 37)
#define HCR_APK (UINT64_C(1) << 40)
#define HCR_API (UINT64_C(1) << 41)
#define HCR_ENSCXT (UINT64_C(1) << 53)
#define HCR_ATA (UINT64_C(1) << 56)
#define HCR_GUEST                                                                                                      \
	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_AMO | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW | HCR_TLOR | HCR_TERR |      \
	 HCR_TEA | HCR_APK | HCR_API)
#define HCR_PARKED (HCR_RW | HCR_IMO) /* a pending kick wakes WFI at EL2, and PSTATE.I keeps it from being taken */

#define ICH_HCR_TC (UINT64_C(1) << 10)
#define ICH_HCR_TALL0 (UINT64_C(1) << 11)

/* SPSR_EL2 for a guest's start: EL1h, all masked. */
#define SPSR_EL1H_MASKED 0x3c5

#ifndef __ASSEMBLER__

#include <stdint.h>

#define SYSREG_STRING(name) #name
#define sysreg_read_expanded(name)                                                                                     \
	__extension__({                                                                                                \
		uint64_t sysreg_value;                                                                                 \
		__asm__ volatile("mrs %0, " SYSREG_STRING(name) : "=r"(sysreg_value)::"memory");                       \
		sysreg_value;                                                                                          \
	})
#define sysreg_write_expanded(name, value)                                                                             \
	__asm__ volatile("msr " SYSREG_STRING(name) ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

/* mrs and msr, by architectural or GIC name; ordered against each other and memory by the compiler only. */
#define sysreg_read(name) sysreg_read_expanded(name)
#define sysreg_write(name, value) sysreg_write_expanded(name, value)

/* TPIDR_EL2, where start-up code has left this core's state row: constant, so that the compiler may keep it. */
static inline void *core_pointer(void)
{
	void *pointer;

	__asm__("mrs %0, tpidr_el2" : "=r"(pointer));
	return pointer;
}

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

static inline void dsb_sy(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

static inline void dsb_ish(void)
{
	__asm__ volatile("dsb ish" ::: "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

static inline void sev(void)
{
	__asm__ volatile("sev" ::: "memory");
}

/* An ID register's 4-bit field. */
static inline uint32_t id_field(uint64_t value, uint32_t shift)
{
	return (uint32_t)(value >> shift) & 0xfu;
}

#endif
#endif
