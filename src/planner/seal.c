/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 by zlib, SHA-256 by nettle, over the plan's parts. Not here: what the parts hold. */
#include "planner/seal.h"

#include <nettle/sha2.h>
#include <string.h>
#include <zlib.h>

#include "plan/view.h"

static uint32_t header_crc(const struct plan_header *plan)
{
	size_t from = offsetof(struct plan_header, version);

	return (uint32_t)crc32_z(0, (const uint8_t *)plan + from, sizeof(*plan) - from);
}

static uint32_t body_crc(const struct plan_header *plan)
{
	return (uint32_t)crc32_z(0, (const uint8_t *)(plan + 1), plan->size - sizeof(*plan));
}

void seal_sha256(const uint8_t *data, size_t size, uint8_t digest[SEAL_DIGEST])
{
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, size, data);
	sha256_digest(&hash, SEAL_DIGEST, digest);
}

static void hash(const uint8_t *memory, const struct plan_header *plan, uint8_t digest[SEAL_DIGEST])
{
	struct plan_header blank = *plan;
	size_t before = plan->plan_base - plan->image_base;
	size_t behind = before + sizeof(*plan);
	struct sha256_ctx hash;

	blank.header_crc = 0;
	blank.body_crc = 0;
	memset(blank.sha256, 0, sizeof(blank.sha256));
	sha256_init(&hash);
	sha256_update(&hash, before, memory);
	sha256_update(&hash, sizeof(blank), (const uint8_t *)&blank);
	sha256_update(&hash, plan->shared_base - plan->image_base - behind, memory + behind);
	for (uint32_t i = 0; i < plan->images.count; i++)
		sha256_update(&hash, SEAL_DIGEST, plan_images(plan)[i].sha256);
	sha256_digest(&hash, SEAL_DIGEST, digest);
}

/* In this order: the hash covers the plan without its CRCs, the header's CRC covers the other two. */
void seal_plan(const uint8_t *memory, struct plan_header *plan)
{
	hash(memory, plan, plan->sha256);
	plan->body_crc = body_crc(plan);
	plan->header_crc = header_crc(plan);
}
