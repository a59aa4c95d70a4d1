/* SPDX-License-Identifier: Apache-2.0 */
/* Values of AArch32 system registers that this runtime uses (Arm ARM DDI 0487, G8), and accessors for C. */
#ifndef RT_AARCH32_SYSREG_H
#define RT_AARCH32_SYSREG_H

/* PSR modes: tasks run in System, handlers and start-up code in Supervisor. */
#define MODE_SUPERVISOR 0x13
#define MODE_SYSTEM 0x1f
#define PSR_MODE 0x1f
#define PSR_THUMB 0x20

/* PSR of a fresh task: System, F masked; group 1 interrupts come as IRQ. */
#define PSR_TASK (0x40 | MODE_SYSTEM)

#define CPACR_FP (0xf << 20) /* CP10 and CP11 */
#define FPEXC_EN (1 << 30)

/* TTBCR: long descriptors, TTBR0 only (EPD1), 32-bit addresses, walks inner-shareable write-back. */
#define TTBCR_VALUE ((1 << 31) | (1 << 23) | (3 << 12) | (1 << 10) | (1 << 8))

/* SCTLR: RES1 bits, no traps of WFI and WFE, CP15 barriers; WXN, I, C, M. No alignment checks: newlib needs that. */
#define SCTLR_VALUE (0x00c50838 | (1 << 19) | (1 << 12) | (1 << 2) | 1)

#ifndef __ASSEMBLER__
#define CP15_READ(op1, crn, crm, op2)                                                                                  \
	({                                                                                                             \
		uint32_t cp15_value_;                                                                                  \
		__asm__ volatile("mrc p15, " #op1 ", %0, " #crn ", " #crm ", " #op2 : "=r"(cp15_value_)::"memory");    \
		cp15_value_;                                                                                           \
	})

#define CP15_WRITE(op1, crn, crm, op2, value)                                                                          \
	__asm__ volatile("mcr p15, " #op1 ", %0, " #crn ", " #crm ", " #op2 ::"r"((uint32_t)(value)) : "memory")

#define CP15_READ_64(op1, crm)                                                                                         \
	({                                                                                                             \
		uint64_t cp15_value_;                                                                                  \
		__asm__ volatile("mrrc p15, " #op1 ", %Q0, %R0, " #crm : "=r"(cp15_value_)::"memory");                 \
		cp15_value_;                                                                                           \
	})

#define CP15_WRITE_64(op1, crm, value)                                                                                 \
	__asm__ volatile("mcrr p15, " #op1 ", %Q0, %R0, " #crm ::"r"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}
#endif

#endif
