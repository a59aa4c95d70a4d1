/* SPDX-License-Identifier: Apache-2.0 */
/* What only a GICv3 has (IHI 0069, 12.9-12.11). */
#ifndef HOSTILE_GICV3_H
#define HOSTILE_GICV3_H

#define GIC_IGRPMODR 0x0d00u
#define GICD_IROUTER 0x6000u
#define GICD_SIZE 0x10000u
#define GICR_CTLR 0x0000u
#define GICR_TYPER 0x0008u
#define GICR_WAKER 0x0014u
#define GICR_PROPBASER 0x0070u
#define GICR_PENDBASER 0x0078u
#define GICR_SGI_FRAME 0x10000u
#define GICR_FRAME_SIZE 0x20000u
#define CORES 2u

#endif
