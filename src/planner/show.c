/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an image back and tests it before anything in it is believed. Not here: printing it (show_print.c). */
#include "planner/show.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#include "plan/check.h"
#include "plan/view.h"
#include "planner/align.h"
#include "planner/file.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/seal.h"
#include "planner/show_print.h"

#define HEADER_SIZE 64u /* arm64 Image */
#define HEADER_MAGIC 56u

static const char *const refusals[] = {
#define TEXT(number, name, text) [number] = (text),
	REFUSALS(TEXT)};

/*
 * The plan begins a page of the image; its magic alone could be a guest's bytes, hence its own word on where it lies.
 */
static const struct plan_header *plan_find(const struct file *file)
{
	for (size_t offset = 0; offset + sizeof(struct plan_header) <= file->size; offset += PAGE_SIZE) {
		const struct plan_header *plan = (const void *)(file->data + offset);

		if (plan->magic == PLAN_MAGIC && plan->plan_base - plan->image_base == offset)
			return plan;
	}
	return NULL;
}

static const char *plan_refusal(const struct file *file, const struct plan_header *plan)
{
	uint64_t offset = (uint64_t)((const uint8_t *)plan - file->data);
	enum refusal refusal;

	if (plan->version != PLAN_VERSION)
		return memory_text("its plan has format %u; this program reads %u", plan->version, PLAN_VERSION);
	if (seal_header_crc(plan) != plan->header_crc)
		return "its plan's header is corrupt (CRC)";
	if (plan->image_size != file->size)
		return memory_text("it has %zu bytes, but was made with %" PRIu64 ": truncated, or not copied whole",
				   file->size, plan->image_size);
	if (plan->size < sizeof(*plan) || !range_inside(offset, plan->size, 0, file->size))
		return "its plan reaches behind the end of the file";
	if (seal_body_crc(plan) != plan->body_crc)
		return "its plan's body is corrupt (CRC)";
	refusal = plan_check(plan, (enum plan_arch)plan->arch);
	if (refusal != REFUSAL_NONE)
		return memory_text("the target would refuse it, E%02d: %s", (int)refusal, refusals[refusal]);
	return NULL;
}

/*
 * The plan's checks have put every table set and every golden image inside the image's memory; the file may end before.
 */
static const char *content_refusal(const struct walk_memory *memory, const struct plan_header *plan)
{
	for (uint32_t i = 0; i < plan->table_sets.count; i++) {
		const struct plan_table_set *set = &plan_table_sets(plan)[i];

		if (crc32_z(0, memory->bytes + (set->base - memory->base), set->size) != set->crc)
			return memory_text("a translation table at 0x%" PRIx64 " is corrupt (CRC)", set->base);
	}
	for (uint32_t i = 0; i < plan->images.count; i++) {
		const struct plan_image *image = &plan_images(plan)[i];
		uint8_t digest[SEAL_DIGEST];

		if (image->size == 0)
			continue;
		if (!range_inside(image->golden, image->size, memory->base, memory->size))
			return "a golden image lies behind the end of the file";
		seal_sha256(memory->bytes + (image->golden - memory->base), image->size, digest);
		if (memcmp(digest, image->sha256, sizeof(digest)) != 0)
			return memory_text("the golden image at 0x%" PRIx64 " is corrupt (SHA-256)", image->golden);
	}
	return NULL;
}

static const char *hash_refusal(const struct walk_memory *memory, const struct plan_header *plan)
{
	uint8_t digest[SEAL_DIGEST];

	if (!range_inside(plan->plan_base, sizeof(*plan), plan->image_base, plan->shared_base - plan->image_base))
		return "its plan does not lie before its run-time state";
	seal_hash(memory->bytes, plan, digest);
	if (memcmp(digest, plan->sha256, sizeof(digest)) != 0)
		return "it is corrupt: its hash is not the plan's (SHA-256)";
	return NULL;
}

static int refuse(const char *name, const char *refusal)
{
	message_error((struct location){name}, "not an intact image: %s", refusal);
	return 1;
}

int show_image(const char *name)
{
	struct file file = file_read(name);
	const struct plan_header *plan;
	const char *refusal;
	struct walk_memory memory;

	if (!file.data)
		return refuse(name, strerror(errno));
	if (file.size < HEADER_SIZE || memcmp(file.data + HEADER_MAGIC, "ARM\x64", 4) != 0)
		return refuse(name, "it has no arm64 Image header, so bulkhead build did not make it");
	plan = plan_find(&file);
	if (!plan)
		return refuse(name, "it holds no plan: truncated, or bulkhead build did not make it");
	memory = (struct walk_memory){file.data, plan->image_base, file.size};
	refusal = plan_refusal(&file, plan);
	if (!refusal)
		refusal = hash_refusal(&memory, plan);
	if (!refusal)
		refusal = content_refusal(&memory, plan);
	if (refusal)
		return refuse(name, refusal);
	show_print(name, plan, &memory);
	return 0;
}
