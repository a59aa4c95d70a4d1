/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a partition's finished device tree back and judges it. Not here: writing it (guest_tree.h). */
#ifndef PLANNER_GUEST_AUDIT_H
#define PLANNER_GUEST_AUDIT_H

#include "planner/model.h"

/*
 * Reports every address, interrupt and core in `tree` that is not the partition's (its index is given); unless the tree is
 * the partition's own, whose phandles are not the board's, also every reference that leads to nothing, and every node that
 * is another's.
 */
void guest_audit(const struct model *model, size_t partition, void *tree, bool is_own);

#endif
