/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is x86's own of a board: its cores, its APICs, their interrupts. Not here: what every board has
 * (read_machine.c).
 */
#ifndef PLANNER_X86_MACHINE_H
#define PLANNER_X86_MACHINE_H

#include "planner/model.h"
#include "planner/tree.h"

#define X86_PINS 24u /* of an I/O APIC: 82093AA data sheet, 3.2.4 */

/* Whether the tree describes an x86 machine: it has an I/O APIC. Cannot fail. */
bool x86_machine_is(const void *tree);

/* Whether its cores' virtualization is Intel's. Cannot fail. */
bool x86_machine_is_intel(const struct model *model);

/* Looks at what `reg` of a core holds, and reads the APICs; what is wrong becomes a shortfall of the board. */
void x86_machine_core(struct model *model, const struct core *core);
void x86_machine_read(struct model *model);

/*
 * An interrupt specifier of the I/O APIC, <PIN SENSE>. False when there is no such pin or sense; `why` then gets the rest of a
 * sentence about the device.
 */
bool x86_machine_interrupt(const struct tree_cells *cells, struct interrupt *interrupt, const char **why);

#endif
