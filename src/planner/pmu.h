/* SPDX-License-Identifier: Apache-2.0 */
/* The cores' performance monitors, which every partition has with its cores. Not here: monitors outside the cores. */
#ifndef PLANNER_PMU_H
#define PLANNER_PMU_H

#include "planner/model.h"

/* The board's node for the cores' PMUs, with its private interrupt first; NULL when it has none. Cannot fail. */
const struct device *pmu_find(const struct model *model);

#endif
