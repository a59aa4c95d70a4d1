/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks that the target makes of a plan: bounds, ownership, places. Pure functions, the same on host and target.
 * Not here: CRCs (arch/crc.h computes them) and decoding of tables, which is the host's work.
 */
#ifndef PLAN_CHECK_H
#define PLAN_CHECK_H

#include "plan/plan.h"
#include "plan/refusal.h"

/*
 * Whether every array lies inside the plan and every row's references name rows that exist, cores, memory and
 * interrupts have one owner each, and images, tables and state lie where they may. Boot core, once, header and CRCs
 * already checked; the host on any bytes of at least sizeof(struct plan_header) with `size` bytes readable.
 * REFUSAL_NONE = fit.
 */
enum refusal plan_check(const struct plan_header *plan, enum plan_arch arch);

#endif
