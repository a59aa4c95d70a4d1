/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller of this partition: gicv2.c or gicv3.c, as the board has it. */
#ifndef RT_ARMV8_GIC_H
#define RT_ARMV8_GIC_H

/* Takes and dispatches all interrupts that are pending. Called by vectors.S, interrupts masked, kernel stack. */
void gic_on_interrupt(void);

#endif
