/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 registers that EL2 uses, beyond gic.h's (IHI 0069, 12.8-12.11). */
#ifndef ARMV8_GICV3_H
#define ARMV8_GICV3_H

#include "arch/armv8/gic.h"

#define GIC_IGRPMODR 0x0d00u
#define GICD_IROUTER 0x6000u
#define GIC_ID_REGISTERS 0xffd0u /* to 0xffff: PIDR, CIDR */
#define GIC_PIDR2 0xffe8u

#define GICR_CTLR 0x0000u
#define GICR_IIDR 0x0004u
#define GICR_TYPER 0x0008u
#define GICR_WAKER 0x0014u
#define GICR_SGI_FRAME 0x10000u
#define GICR_FRAME_SHIFT 17u /* RD_base and SGI_base: 128 KiB a core */

/*
 * GICD_CTLR: the same value turns on both layouts, DS=1 (EnableGrp0|1, ARE) and DS=0 seen from non-secure (Grp1, Grp1A,
 * ARE_NS)
 */
#define GICD_CTLR_ON 0x13u
#define GICD_CTLR_DS 0x40u /* one security state, or as if; reads zero from non-secure with two */
#define GICD_CTLR_RWP 0x80000000u

#endif
