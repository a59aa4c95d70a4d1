/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the bytes of the hypervisor and of golden images with the files that the configuration names. Not here: whether
 * they are whole (content.c), reading files (planner/verify_images.c).
 */
#include "plan/check/arch.h"

/* `size` bytes of the file from physical address `pa` on are those at `data`. */
static bool bytes_equal(const struct verify *verify, uint64_t pa, const uint8_t *data, uint64_t size)
{
	uint64_t offset = pa - verify->plan->image_base;
	bool equal = verify_inside(pa, size, verify->plan->image_base, verify->size);

	for (uint64_t i = 0; equal && (i < size); i++) {
		equal = verify->image[offset + i] == data[i];
	}
	return equal;
}

static bool image_equal(const struct verify *verify, const struct verify_claim_image *claim,
			const struct plan_image *image)
{
	return (claim->partition == image->partition) && (claim->kind == image->kind) && (claim->size == image->size) &&
	       (claim->fill == image->fill) && (claim->floats || (claim->base == image->base)) &&
	       bytes_equal(verify, image->golden, claim->data, claim->size);
}

/* What the planner made, a tree, has no file to compare it with; that there is one is the configuration's choice. */
static bool image_claimed(const struct verify *verify, const struct plan_image *image)
{
	const struct verify_claims *claims = verify->claims;
	bool found = (image->kind == (uint16_t)verify->arch->made) && claims->partitions[image->partition].has_tree &&
		     (image->base == plan_partitions(verify->plan)[image->partition].argument);

	for (uint32_t i = 0; !found && (i < claims->image_count); i++) {
		found = image_equal(verify, &claims->images[i], image);
	}
	return found;
}

static void images_compare(struct verify *verify)
{
	const struct verify_claims *claims = verify->claims;
	const struct plan_header *plan = verify->plan;

	for (uint32_t i = 0; i < plan->images.count; i++) {
		const struct plan_image *image = &plan_images(plan)[i];

		if ((image->partition < claims->partition_count) && !image_claimed(verify, image)) {
			verify_report_number(verify, VERIFY_CLAIM_IMAGE,
					     verify_owner(VERIFY_PARTITION, image->partition), image->base, 0);
		}
	}
	for (uint32_t i = 0; i < claims->image_count; i++) {
		const struct verify_claim_image *claim = &claims->images[i];
		bool found = claim->partition >= plan->partitions.count; /* that it is missing was said before */

		for (uint32_t j = 0; !found && (j < plan->images.count); j++) {
			found = image_equal(verify, claim, &plan_images(plan)[j]);
		}
		if (!found) {
			verify_report(verify, (struct verify_violation){
						      .rule = VERIFY_CLAIM_NO_IMAGE,
						      .subject = verify_owner(VERIFY_PARTITION, claim->partition),
						      .address = claim->base,
						      .size = claim->size});
		}
	}
}

/* Bytes of a segment in whole pages: what it leaves of its last one is mapped as it is. */
static uint64_t segment_size(const struct verify_claim_segment *segment)
{
	return (segment->memory_size + VERIFY_PAGE - 1u) & ~(VERIFY_PAGE - 1u);
}

/* The first address of the segment's pages that has another byte than the file; their end when there is none. */
static uint64_t segment_differs(const struct verify *verify, const struct verify_claim_segment *segment)
{
	const struct plan_range *patched = &verify->arch->patched;
	uint64_t base = verify->plan->image_base;
	uint64_t i = 0;
	bool same = true;

	while (same && (i < segment_size(segment))) {
		uint64_t offset = segment->base - base + i;
		uint8_t byte = (i < segment->size) ? segment->data[i] : 0u;

		same = verify_inside(segment->base + i, 1u, base, verify->size) &&
		       (verify_inside(offset, 1u, patched->base, patched->size) || (verify->image[offset] == byte));
		i += same ? 1u : 0u;
	}
	return segment->base + i;
}

static void hypervisor_compare(struct verify *verify)
{
	const struct verify_claims *claims = verify->claims;
	uint64_t end = claims->load_address;

	for (uint32_t i = 0; i < claims->segment_count; i++) {
		const struct verify_claim_segment *segment = &claims->segments[i];
		uint64_t differs = segment_differs(verify, segment);

		end = segment->base + segment_size(segment);
		if (differs != end) {
			verify_report_number(verify, VERIFY_CLAIM_CODE, verify_owner(VERIFY_IMAGE, 0), differs, 0);
		}
	}
	if (verify->plan->plan_base != end) { /* where the target looks for it */
		verify_report_number(verify, VERIFY_CLAIM_CODE, verify_owner(VERIFY_IMAGE, 0), end, 0);
	}
}

static void entry_compare(struct verify *verify, uint32_t index)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	const struct verify_claim_partition *claim = &verify->claims->partitions[index];
	uint64_t entry = claim->entry;

	for (uint32_t i = 0; claim->entry_floats && (i < partition->image_count); i++) {
		const struct plan_image *image = &plan_images(plan)[partition->image_first + i];

		if (image->kind == (uint16_t)PLAN_IMAGE_KERNEL) {
			entry = claim->entry + image->base;
			break;
		}
	}
	if (claim->has_tree != (partition->argument != 0u)) {
		verify_report_number(verify, VERIFY_CLAIM_TREE, verify_owner(VERIFY_PARTITION, index),
				     partition->argument, 0);
	}
	if (partition->entry != entry) {
		verify_report_number(verify, VERIFY_CLAIM_ENTRY, verify_owner(VERIFY_PARTITION, index), entry,
				     partition->entry);
	}
}

void verify_images_compare(struct verify *verify)
{
	hypervisor_compare(verify);
	images_compare(verify);
	for (uint32_t i = 0; (i < verify->plan->partitions.count) && (i < verify->claims->partition_count); i++) {
		entry_compare(verify, i);
	}
}
