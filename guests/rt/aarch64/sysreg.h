/* SPDX-License-Identifier: Apache-2.0 */
/* Values of EL1 system registers that this runtime uses (Arm ARM DDI 0487), and accessors for C. */
#ifndef RT_AARCH64_SYSREG_H
#define RT_AARCH64_SYSREG_H

#define CPACR_FPEN (3 << 20)

/* TCR_EL1: TTBR0 only (EPD1), 39-bit addresses, 4 KiB pages, walks inner-shareable write-back; IPS is the core's. */
#define TCR_VALUE ((1 << 23) | (3 << 12) | (1 << 10) | (1 << 8) | 25)
#define TCR_IPS_SHIFT 32
#define TCR_IPS_MAX 5

/* SCTLR_EL1: RES1 bits, WXN, I, SA, C, M. Alignment checks stay off: newlib's string functions need that. */
#define SCTLR_VALUE (0x30d00800 | (1 << 19) | (1 << 12) | (1 << 3) | (1 << 2) | 1)

/* PSTATE of a fresh task: EL1t, D and F masked; group 1 interrupts come as IRQ. */
#define PSTATE_TASK 0x244

#define ESR_CLASS_SHIFT 26
#define ESR_CLASS_SVC64 0x15

#ifndef __ASSEMBLER__
#define SYSREG_READ(name)                                                                                              \
	({                                                                                                             \
		uint64_t sysreg_value_;                                                                                \
		__asm__ volatile("mrs %0, " #name : "=r"(sysreg_value_)::"memory");                                    \
		sysreg_value_;                                                                                         \
	})

#define SYSREG_WRITE(name, value) __asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}
#endif

#endif
