/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests/rt/armv8 needs of this core's registers, in AArch64: identity, caches, interrupt controller's CPU
 * interface (Arm IHI 0069, 12.2), virtual timer. guests/rt/aarch32 has the same functions.
 */
#ifndef RT_AARCH64_CPU_ARCH_H
#define RT_AARCH64_CPU_ARCH_H

#include <stdint.h>

#include "rt/aarch64/sysreg.h"

/* MPIDR without its flags: Aff3 in bits 39:32, Aff2 to Aff0 in 23:0. */
static inline uint64_t cpu_affinity(void)
{
	return SYSREG_READ(mpidr_el1) & UINT64_C(0xff00ffffff);
}

/* Bytes of the smallest data cache line. */
static inline uint32_t cpu_cache_line(void)
{
	return 4u << ((SYSREG_READ(ctr_el0) >> 16) & 0xfu);
}

/* Forgets what the data caches hold of the line at `address`, to the point of coherency. */
static inline void cpu_cache_invalidate(uintptr_t address)
{
	__asm__ volatile("dc ivac, %0" ::"r"(address) : "memory");
}

/* Lets all interrupts of group 1 with a priority below `mask` through. */
static inline void cpu_interface_open(uint32_t mask)
{
	SYSREG_WRITE(s3_0_c12_c12_5, 1); /* ICC_SRE_EL1.SRE */
	isb();
	SYSREG_WRITE(s3_0_c4_c6_0, mask); /* ICC_PMR_EL1 */
	SYSREG_WRITE(s3_0_c12_c12_7, 1);  /* ICC_IGRPEN1_EL1 */
	isb();
}

static inline uint32_t cpu_interface_acknowledge(void)
{
	return (uint32_t)SYSREG_READ(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */
}

static inline void cpu_interface_end(uint32_t id)
{
	SYSREG_WRITE(s3_0_c12_c12_1, id); /* ICC_EOIR1_EL1 */
	isb();
}

static inline uint64_t cpu_timer_count(void)
{
	isb(); /* or the counter could be read ahead of what is being timed */
	return SYSREG_READ(cntvct_el0);
}

static inline uint32_t cpu_timer_frequency(void)
{
	return (uint32_t)SYSREG_READ(cntfrq_el0);
}

static inline void cpu_timer_compare(uint64_t value)
{
	SYSREG_WRITE(cntv_cval_el0, value);
}

/* CNTV_CTL: 1 = on, 0 = off. */
static inline void cpu_timer_control(uint32_t value)
{
	SYSREG_WRITE(cntv_ctl_el0, value);
	isb();
}

#endif
