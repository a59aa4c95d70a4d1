/* SPDX-License-Identifier: Apache-2.0 */
/* A violation in words. Not here: finding one (plan/check/verify.h). */
#ifndef PLANNER_VERIFY_TEXT_H
#define PLANNER_VERIFY_TEXT_H

#include "plan/check/verify.h"

/* One line without its newline, with the names of the plan that was verified. */
char *verify_text(const struct verify *verify, const struct verify_violation *violation);

/* A name of the plan, which may be any bytes: what is not printable ASCII becomes '?'. */
char *verify_text_name(const char name[PLAN_NAME]);

#endif
