/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the plan: its header and arrays, from a placed model and built tables. Not here: its CRCs and hash (seal.h).
 */
#ifndef PLANNER_ROWS_H
#define PLANNER_ROWS_H

#include "planner/el2.h"
#include "planner/layout.h"
#include "planner/x86/control.h"

struct rows_source {
	const struct model *model;
	const struct layout *layout;
	const struct el2 *el2;
	uint64_t *const *stage2_roots;     /* a partition: its root's entries */
	const struct range *stage2_tables; /* a partition: its other tables */
	const struct x86_control *x86;     /* x86: what its cores run under */
	const uint8_t *memory;             /* from layout->image.base up, with all tables in place; NULL: CRCs are 0 */
	uint64_t image_size;               /* of the file */
};

/* The plan's bytes, `size` of them, a multiple of 8. The same number whether `memory` is there or not. Cannot fail. */
uint8_t *rows_build(const struct rows_source *source, uint64_t *size);

#endif
