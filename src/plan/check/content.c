/* SPDX-License-Identifier: Apache-2.0 */
/* What the image brings: the plan's hash, golden images and where they are copied to. Not here: tables. */
#include "plan/check/arch.h"

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

static bool in_root(const struct verify *verify, uint64_t address)
{
	bool in = false;

	for (uint32_t i = 0; i < verify->plan->partitions.count; i++) {
		struct verify_tree tree = verify->arch->stage2_tree(verify, i);

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
	if ((image->kind != (uint16_t)PLAN_IMAGE_KERNEL) && (image->kind != (uint16_t)PLAN_IMAGE_RAMDISK) &&
	    (image->kind != (uint16_t)verify->arch->made)) {
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

/* The first instruction lies in a kernel that was copied, and what its argument names is what the planner made for it. */
static void entry_check(struct verify *verify, uint32_t index)
{
	const struct plan_partition *partition = &plan_partitions(verify->plan)[index];
	bool starts = false;
	bool has_tree = (partition->argument == 0u) && !verify->arch->needs_argument;

	for (uint32_t i = 0; i < partition->image_count; i++) {
		const struct plan_image *image = &plan_images(verify->plan)[partition->image_first + i];

		starts = starts ||
			 ((image->kind == (uint16_t)PLAN_IMAGE_KERNEL) && verify->arch->entry_right(partition, image));
		has_tree = has_tree ||
			   ((image->kind == (uint16_t)verify->arch->made) && (image->base == partition->argument));
	}
	if (!starts || !has_tree) {
		verify_report_number(verify, VERIFY_ENTRY, verify_owner(VERIFY_PARTITION, index), partition->entry,
				     partition->argument);
	}
}

void verify_content(struct verify *verify)
{
	hash_check(verify);
	verify->arch->header(verify);
	zeros_check(verify);
	for (uint32_t i = 0; i < verify->plan->images.count; i++) {
		golden_check(verify, &plan_images(verify->plan)[i]);
		image_check(verify, i);
	}
	for (uint32_t i = 0; i < verify->plan->partitions.count; i++) {
		entry_check(verify, i);
	}
}
