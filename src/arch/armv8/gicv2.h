/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 registers that EL2 uses, beyond gic.h's (IHI 0048B, 4.3 and 4.4). Those of interrupts 0-31 are banked: each core sees its own. */
#ifndef ARMV8_GICV2_H
#define ARMV8_GICV2_H

#include "arch/armv8/gic.h"

#define GICD_ITARGETSR 0x800u
#define GICD_SGIR 0xf00u
#define GICD_CPENDSGIR 0xf10u
#define GICD_SPENDSGIR 0xf20u
#define GIC_ID_REGISTERS 0xfd0u /* to 0xfff */
#define GIC_PIDR2 0xfe8u

#define GICC_CTLR 0x0000u
#define GICC_PMR 0x0004u
#define GICC_BPR 0x0008u
#define GICC_IAR 0x000cu
#define GICC_EOIR 0x0010u
#define GICC_RPR 0x0014u
#define GICC_APR0 0x00d0u
#define GICC_NSAPR0 0x00e0u /* without a secure state a guest can set it, too; with one it ignores writes */
#define GICC_APRS 4u        /* of either; those that the implemented priority bits do not need ignore writes */

/*
 * Non-secure software has one group: Group 1 where firmware keeps a secure state, else Group 0. Either is enabled by bit 0,
 * and both come as IRQs.
 */
#define GIC_ENABLE 0x1u

/* SGIs are always enabled, as an implementation may have it (IHI 0048B, 4.3.5): a kick needs no consent. */
#define SGIS 0x0000ffffu

#endif
