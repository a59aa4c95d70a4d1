/* SPDX-License-Identifier: Apache-2.0 */
/* The GICv3 of this partition: distributor, own redistributor, CPU interface by system registers. */
#ifndef RT_ARMV8_GICV3_H
#define RT_ARMV8_GICV3_H

/* Takes and dispatches all interrupts that are pending. Called by vectors.S, interrupts masked, kernel stack. */
void gicv3_on_interrupt(void);

#endif
