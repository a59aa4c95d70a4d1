/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second pass: refuses what no single property shows to be wrong. Not here: what the images hold (load.h), where
 * memory lies physically (place.h).
 */
#ifndef PLANNER_CHECK_H
#define PLANNER_CHECK_H

#include "planner/model.h"

/* Reports every mistake that is left in a model that read_model has filled, with or without errors. Changes nothing. */
void check_model(const struct model *model);

/* Reports what shows only once load_images has found out what each kernel is. Changes nothing. */
void check_loaded(struct model *model);

#endif
