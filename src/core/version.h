/* SPDX-License-Identifier: Apache-2.0 */
/* What this binary is: its release, and the board that it was linked for (made by the build). */
#ifndef CORE_VERSION_H
#define CORE_VERSION_H

#include "plan/plan.h"

#define BULKHEAD_VERSION "0.1.0"

/* The board file's name, zero-padded. */
extern const char version_board[PLAN_NAME];

#endif
