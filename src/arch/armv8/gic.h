/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt controller as the rest of this folder sees it, and what GICv2 and GICv3 share: gicv2*.c or gicv3*.c, as the
 * board says. Not here: core's view (arch/interrupts.h), guests' accesses (access.h).
 */
#ifndef ARMV8_GIC_H
#define ARMV8_GIC_H

#include "arch/armv8/trap_table.h"
#include "plan/plan.h"
#include "plan/refusal.h"
#include "types.h"

/* The distributor, and a GICv3 redistributor's SGI frame for interrupts 0-31 (IHI 0069, 12.8; IHI 0048B, 4.1.2) */
#define GICD_CTLR 0x0000u
#define GICD_TYPER 0x0004u
#define GICD_IIDR 0x0008u
#define GIC_IGROUPR 0x0080u
#define GIC_ISENABLER 0x0100u
#define GIC_ICENABLER 0x0180u
#define GIC_ISPENDR 0x0200u
#define GIC_ICPENDR 0x0280u
#define GIC_ISACTIVER 0x0300u
#define GIC_ICACTIVER 0x0380u
#define GIC_IPRIORITYR 0x0400u
#define GIC_ICFGR 0x0c00u

/* The priority that no guest can set: the kick's. Guests' are at or above PRIORITY_GUEST. */
#define PRIORITY_KICK 0x00u
#define PRIORITY_GUEST 0x10u
#define PRIORITY_RESET 0xa0a0a0a0u
#define SGI_KICK 0u

/* Whether the controller, and this core's part of it, are what the plan says. Each core, before it uses either. */
enum refusal gic_check(const struct plan_header *plan, const struct plan_core *core);

/* A guest's access to a trapped register of the CPU interface, by its action in the table. The guest's core. */
void gic_register_write(enum trap_action action, uint64_t value);
uint64_t gic_register_read(enum trap_action action);

/* WFI of a guest, with its own CPU interface open meanwhile, so that a kick wakes it. The guest's core. */
void gic_sleep(void);

#endif
