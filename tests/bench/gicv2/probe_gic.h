/* SPDX-License-Identifier: Apache-2.0 */
/* The probe's interrupt controller, a GICv2: what the other files need to know of it. Its rows are in probe_gic.c. */
#ifndef BENCH_PROBE_GIC_H
#define BENCH_PROBE_GIC_H

#define PROBE_GICC 0x08010000
#define PROBE_GICC_CTLR 0x00
#define PROBE_GICC_PMR 0x04
#define PROBE_GICC_IAR 0x0c
#define PROBE_GICC_EOIR 0x10

/* The registers of a core's own interrupts, banked */
#define PROBE_ISENABLER0 (PROBE_GICD + 0x100)
#define PROBE_IPRIORITYR6 (PROBE_GICD + 0x418) /* the virtual timer's */
#define PROBE_ICFGR1 (PROBE_GICD + 0xc04)

#define PROBE_PIDR2 (PROBE_GICD + 0xfe8)

/* What measure_sgi sends: GICD_SGIR */
#define PROBE_GICD_SGIR (PROBE_GICD + 0xf00)
#define PROBE_SGI_SELF ((0x1 << 16) | PROBE_SGI)
#define PROBE_SGI_OTHER ((0x2 << 16) | PROBE_SGI)
#define PROBE_SGI_NOBODY ((0xfe << 16) | PROBE_SGI)
#define PROBE_SGI_OTHERS ((0x1 << 24) | PROBE_SGI)

/* The same in AArch32: an instruction, and r0 and r1 for it */
#define PROBE32_MASK "str r1, [r0]", PROBE_GICC + PROBE_GICC_PMR, 0xff
#define PROBE32_SGI "str r1, [r0]", PROBE_GICD_SGIR, PROBE_SGI_SELF

#define PROBE_HANDLER_FILL 22 /* instructions that make the handler as long as that of the peers' figures: 70 */

#ifndef __ASSEMBLER__
#include <stdint.h>

static inline void probe_priority_mask(uint64_t value)
{
	*(volatile uint32_t *)(PROBE_GICC + PROBE_GICC_PMR) = (uint32_t)value;
	__asm__ volatile("dsb sy" ::: "memory");
}
#endif
#endif
