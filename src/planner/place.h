/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives every memory window and golden image its physical address. Not here: the hypervisor's own memory below the
 * golden images (layout.h), which this pass only reserves.
 */
#ifndef PLANNER_PLACE_H
#define PLANNER_PLACE_H

#include "planner/model.h"

/*
 * Fills golden, hypervisor_end, each window's pa and each image's pa and golden. After load and guest_tree, without a
 * fault so far. Reports by message_error what finds no room, by message_warning a window that lost its alignment. The
 * same model always gives the same places.
 */
void place_model(struct model *model);

#endif
