/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All nodes of a tree as one array, so that parents, phandles and owners are found without walking the tree anew. Not
 * here: what the nodes hold (tree.h).
 */
#ifndef PLANNER_NODES_H
#define PLANNER_NODES_H

#include "planner/model.h"

#define NODES_NONE SIZE_MAX

/* Fills model->nodes from model->tree. Needs the interrupt controller, timer and firmware, which are reserved. */
void nodes_read(struct model *model);

/* The index of the node at libfdt's `offset`, or of the first with `phandle`; NODES_NONE when there is none. */
size_t nodes_find(const struct model *model, int offset);
size_t nodes_follow(const struct model *model, uint32_t phandle);

/* The highest phandle in use. */
uint32_t nodes_last_phandle(const struct model *model);

#endif
