/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to break one rule of a valid plan. */
#ifndef PLAN_MUTATIONS_H
#define PLAN_MUTATIONS_H

#include <stddef.h>

#include "plan/plan.h"
#include "plan/refusal.h"

struct mutation {
	const char *name;
	void (*apply)(struct plan_header *plan);
	enum refusal expected;
};

extern const struct mutation mutations[];
extern const size_t mutations_count;

/* Makes the fake plan one for a board with a GICv2, which is valid. */
void gicv2_make(struct plan_header *plan);

#endif
