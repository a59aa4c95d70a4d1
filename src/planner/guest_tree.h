/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device tree that a partition boots with: its cores, memory, timer, virtual interrupt controller and own devices,
 * nothing else. Not here: what the partition really reaches (stage2.h).
 */
#ifndef PLANNER_GUEST_TREE_H
#define PLANNER_GUEST_TREE_H

#include "planner/model.h"

/*
 * Adds a device tree to each partition that wants one (`dtb`; by default a Linux), as an image, and sets its argument.
 * After load_images, without a fault so far. Reports by message_error what a tree cannot say yet or has no room for.
 */
void guest_tree_build(struct model *model);

#endif
