/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only an x86 board says of itself, read for the verifier only, and so written apart from the planner's own
 * (x86/machine.h). Not here: who owns it (verify_partition.c).
 */
#ifndef PLANNER_VERIFY_X86_H
#define PLANNER_VERIFY_X86_H

#include "plan/check/verify.h"
#include "planner/verify_tree.h"

/*
 * Reads the node `bulkhead` of a board whose I/O APIC is `ioapic`, and both APICs' registers, into the claims. False when an
 * APIC cannot be followed.
 */
bool verify_x86_read(const struct verify_tree *tree, int node, int ioapic, struct verify_claims *claims);

/* The port that a console's registers begin at; false when it has none. */
bool verify_x86_console(const struct verify_tree *tree, int uart, uint64_t *port);

#endif
