/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2's own address spaces: per core one for the steady state, and one more for loading a partition. Not here: where
 * the pieces lie (layout.h), stage 2 (stage2.h).
 */
#ifndef PLANNER_EL2_H
#define PLANNER_EL2_H

#include "planner/layout.h"
#include "planner/tables.h"

struct el2_core {
	uint64_t root;
	struct range boot; /* its root, the other cores' behind it, and the tables that all cores share */
	struct range own;  /* its level-2 and level-3 table */
	uint64_t stack_top, log, log_pa, window, window_descriptor, gicr_va;
};

struct el2_loader {
	uint64_t root;
	struct range tables; /* its own, beside those of the core that loads */
};

struct el2 {
	uint64_t *roots; /* what layout.roots holds: loaders' roots, then cores', at the end of the last page */
	struct table_pages pages; /* what layout.tables holds; stage-2 tables are added behind */
	uint64_t device_table;    /* x86, physical: among the tables that all cores check; 0 = none */
	struct el2_core *cores;
	struct el2_loader *loaders; /* a partition */
};

/*
 * Builds all of it for a layout. False, with a message, when the board's hypervisor does not fit one GiB of addresses
 * with its devices.
 */
bool el2_build(const struct model *model, const struct layout *layout, struct el2 *el2);

#endif
