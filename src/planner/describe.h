/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A planned system as JSON, for `run`, `map`, `report` and whoever else wants to know: all that the planner and the plan
 * know of it. Not here: what people get to see of that (scripts/).
 */
#ifndef PLANNER_DESCRIBE_H
#define PLANNER_DESCRIBE_H

#include <stdio.h>

#include "planner/layout.h"
#include "planner/tables.h"

struct describe_source {
	const struct model *model;
	const struct layout *layout;
	const struct plan_header *plan;           /* sealed */
	const struct table_leaves *stage2_leaves; /* a partition: what its windows are mapped by */
};

/* Writes it; the stream's ferror tells whether that went well. */
void describe_write(FILE *stream, const struct describe_source *source);

#endif
