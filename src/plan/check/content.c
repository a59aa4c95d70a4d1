/* SPDX-License-Identifier: Apache-2.0 */
/* What the image brings: the plan's hash, golden images and where they are copied to. Not here: tables. */
#include "plan/check/parts.h"

#define BLOCK UINT64_C(0x200000)
#define HEADER_FIELDS UINT64_C(8) /* text_offset, image_size, flags */
#define HEADER_FLAGS UINT64_C(2)  /* little-endian, 4 KiB pages, as near the RAM's base as can be */

static bool digest_equal(const uint8_t *a, const uint8_t *b)
{
	uint8_t differ = 0;

	for (uint32_t i = 0; i < VERIFY_DIGEST; i++) {
		differ |= a[i] ^ b[i];
	}
	return differ == 0u;
}

/* As plan.h says: the constant part of the image, CRCs and hash themselves as zeros, then the golden images' hashes. */
static void hash_check(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	uint64_t before = plan->plan_base - plan->image_base;
	uint64_t behind = before + sizeof(*plan);
	struct plan_header blank = *plan;
	struct verify_sha256 hash;
	uint8_t digest[VERIFY_DIGEST];

	blank.header_crc = 0;
	blank.body_crc = 0;
	for (uint32_t i = 0; i < VERIFY_DIGEST; i++) {
		blank.sha256[i] = 0;
	}
	verify_sha256_start(&hash);
	verify_sha256_add(&hash, verify->image, before);
	verify_sha256_add(&hash, (const uint8_t *)&blank, sizeof(blank));
	verify_sha256_add(&hash, &verify->image[behind], plan->shared_base - plan->image_base - behind);
	for (uint32_t i = 0; i < plan->images.count; i++) {
		verify_sha256_add(&hash, plan_images(plan)[i].sha256, VERIFY_DIGEST);
	}
	verify_sha256_end(&hash, digest);
	if (!digest_equal(digest, plan->sha256)) {
		verify_report_number(verify, VERIFY_HASH, verify_owner(VERIFY_IMAGE, 0), 0, 0);
	}
}

/* What a loader goes by (Linux, Documentation/arch/arm64/booting.rst, section 4): where, how much room, which kind. */
static void header_check(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	uint64_t end =
		(plan->golden_size != 0u) ? (plan->golden_base + plan->golden_size) : (plan->image_base + verify->size);
	uint64_t right[3] = {plan->image_base % BLOCK, end - plan->image_base, HEADER_FLAGS};

	for (uint32_t i = 0; i < plan->memory.count; i++) {
		const struct plan_range *range = &plan_memory(plan)[i];
		uint64_t base = (range->base + BLOCK - 1u) & ~(BLOCK - 1u);

		if (verify_inside(plan->image_base, 1u, range->base, range->size) && (base <= plan->image_base)) {
			right[0] = plan->image_base - base;
		}
	}
	for (uint64_t i = 0; i < 3u; i++) {
		uint64_t word;

		(void)verify_word(verify, plan->image_base + HEADER_FIELDS + (8u * i), &word);
		if (word != right[i]) {
			verify_report_number(verify, VERIFY_HEADER, verify_owner(VERIFY_IMAGE, 0), word, right[i]);
		}
	}
}

static bool in_root(const struct verify *verify, uint64_t address)
{
	bool in = false;

	for (uint32_t i = 0; i < verify->plan->partitions.count; i++) {
		struct verify_tree tree = verify_stage2_tree(verify, i);

		in = in || verify_inside(address, 8u, tree.root, tree.entries * 8u);
	}
	return in;
}

/* Run-time state, stacks and logs are in no hash: they must be zero, as the hypervisor takes them to be. */
static void zeros_check(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	uint64_t end = plan->private_base + plan->private_size;
	uint64_t said = 0;

	for (uint64_t at = plan->shared_base; at < end; at += 8u) {
		uint64_t word;

		(void)verify_word(verify, at, &word);
		if ((word != 0u) && ((at / VERIFY_PAGE) != said) && !in_root(verify, at)) {
			verify_report_address(verify, VERIFY_NOT_ZERO, verify_owner(VERIFY_IMAGE, 0), at, 0);
			said = at / VERIFY_PAGE; /* one line a page */
		}
	}
}

static void golden_check(struct verify *verify, const struct plan_image *image)
{
	const struct plan_header *plan = verify->plan;
	struct verify_owner owner = verify_owner(VERIFY_PARTITION, image->partition);
	struct verify_sha256 hash;
	uint8_t digest[VERIFY_DIGEST];

	if ((image->in_place != 0u) ||
	    !verify_inside(image->golden, image->size, plan->golden_base, plan->golden_size) ||
	    !verify_inside(image->golden, image->size, plan->image_base, verify->size)) {
		verify_report_address(verify, VERIFY_IMAGE_GOLDEN, owner, image->golden, 0);
		return;
	}
	verify_sha256_start(&hash);
	verify_sha256_add(&hash, &verify->image[image->golden - plan->image_base], image->size);
	verify_sha256_end(&hash, digest);
	if (!digest_equal(digest, image->sha256)) {
		verify_report_number(verify, VERIFY_IMAGE_HASH, owner, image->golden, 0);
	}
}

static bool lands(const struct plan_header *plan, const struct plan_image *image)
{
	const struct plan_partition *partition = &plan_partitions(plan)[image->partition];
	bool inside = false;

	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(plan)[partition->window_first + i];

		inside = inside || ((window->kind == (uint16_t)PLAN_WINDOW_RAM) &&
				    verify_inside(image->pa, image->size, window->pa, window->size) &&
				    (image->fill <= (window->size - image->size - (image->pa - window->pa))) &&
				    ((image->pa - window->pa) == (image->base - window->base)));
	}
	return inside;
}

static void image_check(struct verify *verify, uint32_t row)
{
	const struct plan_image *image = &plan_images(verify->plan)[row];
	struct verify_owner owner = verify_owner(VERIFY_PARTITION, image->partition);

	if (!lands(verify->plan, image)) {
		verify_report_address(verify, VERIFY_IMAGE_PLACE, owner, image->pa, image->base);
		return;
	}
	if ((image->kind < (uint16_t)PLAN_IMAGE_KERNEL) || (image->kind > (uint16_t)PLAN_IMAGE_DTB)) {
		verify_report_number(verify, VERIFY_RESERVED, owner, image->kind, 0);
	}
	for (uint32_t i = 0; i < row; i++) {
		const struct plan_image *other = &plan_images(verify->plan)[i];

		if (verify_overlap(image->pa, image->size + image->fill, other->pa, other->size + other->fill) &&
		    lands(verify->plan, other)) {
			verify_report_number(verify, VERIFY_IMAGE_OVERLAP, owner, image->pa, 0);
		}
	}
}

/* The first instruction lies in a kernel that was copied, and what x0 names is a device tree. */
static void entry_check(struct verify *verify, uint32_t index)
{
	const struct plan_partition *partition = &plan_partitions(verify->plan)[index];
	bool thumb = ((partition->flags & PLAN_PARTITION_AARCH32) != 0u) && ((partition->entry & 1u) != 0u);
	uint64_t alignment = thumb ? UINT64_C(2) : UINT64_C(4);
	uint64_t entry = thumb ? (partition->entry - 1u) : partition->entry;
	bool starts = false;
	bool has_tree = partition->argument == 0u;

	for (uint32_t i = 0; i < partition->image_count; i++) {
		const struct plan_image *image = &plan_images(verify->plan)[partition->image_first + i];

		starts = starts || ((image->kind == (uint16_t)PLAN_IMAGE_KERNEL) && ((entry % alignment) == 0u) &&
				    verify_inside(entry, alignment, image->base, image->size));
		has_tree =
			has_tree || ((image->kind == (uint16_t)PLAN_IMAGE_DTB) && (image->base == partition->argument));
	}
	if (!starts || !has_tree) {
		verify_report_number(verify, VERIFY_ENTRY, verify_owner(VERIFY_PARTITION, index), partition->entry,
				     partition->argument);
	}
}

void verify_content(struct verify *verify)
{
	hash_check(verify);
	header_check(verify);
	zeros_check(verify);
	for (uint32_t i = 0; i < verify->plan->images.count; i++) {
		golden_check(verify, &plan_images(verify->plan)[i]);
		image_check(verify, i);
	}
	for (uint32_t i = 0; i < verify->plan->partitions.count; i++) {
		entry_check(verify, i);
	}
}
