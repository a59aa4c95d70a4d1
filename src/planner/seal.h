/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the plan's CRCs and hash, as plan/plan.h defines them. Not here: table sets' CRCs (rows.h), the verifier's own
 * hash (plan/check/hash.c).
 */
#ifndef PLANNER_SEAL_H
#define PLANNER_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

#define SEAL_DIGEST 32u

/* SHA-256 of `size` bytes. Cannot fail. */
void seal_sha256(const uint8_t *data, size_t size, uint8_t digest[SEAL_DIGEST]);

/* Writes hash and CRCs into `plan`, which lies in `memory`. Cannot fail. */
void seal_plan(const uint8_t *memory, struct plan_header *plan);

#endif
