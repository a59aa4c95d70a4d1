/* SPDX-License-Identifier: Apache-2.0 */
/* The probe's interrupt controller, a GICv3: what the other files need to know of it. Its rows are in probe_gic.c. */
#ifndef BENCH_PROBE_GIC_H
#define BENCH_PROBE_GIC_H

#define PROBE_GICR 0x080a0000
#define PROBE_GICR_STRIDE 0x20000
#define PROBE_GICR_SGI_FRAME 0x10000

/* The registers of a core's own interrupts */
#define PROBE_ISENABLER0 (PROBE_GICR + PROBE_GICR_SGI_FRAME + 0x100)
#define PROBE_IPRIORITYR6 (PROBE_GICR + PROBE_GICR_SGI_FRAME + 0x418) /* the virtual timer's */
#define PROBE_ICFGR1 (PROBE_GICR + PROBE_GICR_SGI_FRAME + 0xc04)

#define PROBE_PIDR2 (PROBE_GICD + 0xffe8)

/* What measure_sgi sends: ICC_SGI1R_EL1 */
#define PROBE_SGI_SELF ((PROBE_SGI << 24) | 0x1)
#define PROBE_SGI_OTHER ((PROBE_SGI << 24) | 0x2)
#define PROBE_SGI_NOBODY ((PROBE_SGI << 24) | 0xfffe)
#define PROBE_SGI_OTHERS ((1ul << 40) | (PROBE_SGI << 24))

/* The same in AArch32: an instruction, and r0 and r1 for it */
#define PROBE32_MASK "mcr p15, 0, r0, c4, c6, 0", 0xff, 0
#define PROBE32_SGI "mcrr p15, 0, r0, r1, c12", PROBE_SGI_SELF, 0

#define PROBE_HANDLER_FILL 23 /* instructions that make the handler as long as that of the peers' figures: 70 */

#ifndef __ASSEMBLER__
#include <stdint.h>

static inline void probe_priority_mask(uint64_t value)
{
	__asm__ volatile("msr S3_0_C4_C6_0, %0\n\tisb" ::"r"(value) : "memory"); /* ICC_PMR_EL1 */
}
#endif
#endif
