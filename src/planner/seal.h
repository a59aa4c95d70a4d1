/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan's CRCs and hash, as plan/plan.h defines them: made by emit, tested by show. Not here: table sets' CRCs
 * (rows.h).
 */
#ifndef PLANNER_SEAL_H
#define PLANNER_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

#define SEAL_DIGEST 32u

/* CRC-32 of the header from `version` on. Cannot fail. */
uint32_t seal_header_crc(const struct plan_header *plan);

/* CRC-32 of the bytes behind the header up to `size`, all of which must be there. Cannot fail. */
uint32_t seal_body_crc(const struct plan_header *plan);

/*
 * The plan's hash. `memory` holds the image from image_base to shared_base, the plan among it; its arrays lie inside.
 * Cannot fail.
 */
void seal_hash(const uint8_t *memory, const struct plan_header *plan, uint8_t digest[SEAL_DIGEST]);

/* SHA-256 of `size` bytes. Cannot fail. */
void seal_sha256(const uint8_t *data, size_t size, uint8_t digest[SEAL_DIGEST]);

/* Writes hash and CRCs into `plan`, which lies in `memory`. Cannot fail. */
void seal_plan(const uint8_t *memory, struct plan_header *plan);

#endif
