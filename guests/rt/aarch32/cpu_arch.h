/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests/rt/armv8 needs of this core's registers, in AArch32: identity, caches, interrupt controller's CPU
 * interface (Arm IHI 0069, 12.6), virtual timer. guests/rt/aarch64 has the same functions.
 */
#ifndef RT_AARCH32_CPU_ARCH_H
#define RT_AARCH32_CPU_ARCH_H

#include <stdint.h>

#include "rt/aarch32/sysreg.h"

/* MPIDR without its flags: Aff2 to Aff0. There is no Aff3 here. */
static inline uint64_t cpu_affinity(void)
{
	return CP15_READ(0, c0, c0, 5) & 0xffffffu;
}

/* Bytes of the smallest data cache line. */
static inline uint32_t cpu_cache_line(void)
{
	return 4u << ((CP15_READ(0, c0, c0, 1) >> 16) & 0xfu); /* CTR */
}

/* Forgets what the data caches hold of the line at `address`, to the point of coherency. */
static inline void cpu_cache_invalidate(uintptr_t address)
{
	CP15_WRITE(0, c7, c6, 1, address); /* DCIMVAC */
}

/* Lets all interrupts of group 1 with a priority below `mask` through. */
static inline void cpu_interface_open(uint32_t mask)
{
	CP15_WRITE(0, c12, c12, 5, 1); /* ICC_SRE.SRE */
	isb();
	CP15_WRITE(0, c4, c6, 0, mask); /* ICC_PMR */
	CP15_WRITE(0, c12, c12, 7, 1);  /* ICC_IGRPEN1 */
	isb();
}

static inline uint32_t cpu_interface_acknowledge(void)
{
	return CP15_READ(0, c12, c12, 0); /* ICC_IAR1 */
}

static inline void cpu_interface_end(uint32_t id)
{
	CP15_WRITE(0, c12, c12, 1, id); /* ICC_EOIR1 */
	isb();
}

static inline uint64_t cpu_timer_count(void)
{
	isb();                       /* or the counter could be read ahead of what is being timed */
	return CP15_READ_64(1, c14); /* CNTVCT */
}

static inline uint32_t cpu_timer_frequency(void)
{
	return CP15_READ(0, c14, c0, 0); /* CNTFRQ */
}

static inline void cpu_timer_compare(uint64_t value)
{
	CP15_WRITE_64(3, c14, value); /* CNTV_CVAL */
}

/* CNTV_CTL: 1 = on, 0 = off. */
static inline void cpu_timer_control(uint32_t value)
{
	CP15_WRITE(0, c14, c3, 1, value);
	isb();
}

#endif
