/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller as an attacker needs it: offsets, accesses of any size, and its own part's repair. */
#ifndef HOSTILE_GIC_H
#define HOSTILE_GIC_H

#include <stdbool.h>
#include <stdint.h>

/* Offsets (IHI 0069, 12.8-12.11); the banks are the same in GICD and in a redistributor's SGI frame. */
#define GICD_CTLR 0x0000u
#define GICD_TYPER 0x0004u
#define GIC_IGROUPR 0x0080u
#define GIC_ISENABLER 0x0100u
#define GIC_ICENABLER 0x0180u
#define GIC_ISPENDR 0x0200u
#define GIC_ICPENDR 0x0280u
#define GIC_ISACTIVER 0x0300u
#define GIC_ICACTIVER 0x0380u
#define GIC_IPRIORITYR 0x0400u
#define GIC_ICFGR 0x0c00u
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

#define FIRST_SHARED 32u
#define LAST_SHARED 1019u

/* One load or store of 1, 2, 4 or 8 bytes, with a syndrome. */
uint64_t gic_read(uint64_t address, unsigned size);
void gic_write(uint64_t address, unsigned size, uint64_t value);

/* Whether the interrupt is this guest's own: its UART's. */
bool gic_is_own(uint32_t id);

/* Brings the guest's own interrupts back to work, whatever the attack did to them. Interrupts masked. */
void gic_repair(void);

/* Takes all interrupts that are pending for this core; returns a mask of the ids below 32. Interrupts masked. */
uint32_t gic_take_private(void);

#endif
