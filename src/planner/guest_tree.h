/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device tree that a partition boots with: its cores, memory, timer, virtual interrupt controller and own devices,
 * nothing else. Not here: what the partition really reaches (stage2.h).
 */
#ifndef PLANNER_GUEST_TREE_H
#define PLANNER_GUEST_TREE_H

#include "planner/model.h"

/*
 * Adds a device tree to each partition that wants one (`dtb`; by default a Linux; none on x86), as an image, and sets its argument.
 * After load_images, without a fault so far. Reports by message_error what a tree cannot say or has no room for.
 */
void guest_tree_build(struct model *model);

/*
 * The tree of one partition, by its index, without its images: there need not be any. NULL after a message.
 */
void *guest_tree_alone(struct model *model, size_t partition);

/* `bulkhead tree`: writes that tree to `output`, or its source to standard output. Returns 0, or 1 after a message. */
int guest_tree_show(const char *file, const char *partition, const char *output);

#endif
