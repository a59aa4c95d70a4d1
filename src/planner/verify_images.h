/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that make an image, read for the verifier only: kernels, ramdisks, the hypervisor. Not here: who names them
 * (verify_config.h).
 */
#ifndef PLANNER_VERIFY_IMAGES_H
#define PLANNER_VERIFY_IMAGES_H

#include <stddef.h>

#include "plan/check/verify.h"

/* Grows with each file. */
struct verify_images {
	struct verify_claim_image *images;
	struct verify_claim_segment *segments;
	size_t image_count;
	size_t segment_count;
};

/* What the configuration says of a kernel besides its file. */
struct verify_kernel {
	const char *path;
	uint16_t partition;
	bool has_load;
	bool has_entry;
	uint64_t load;
	uint64_t entry;
	bool is_aarch32; /* a raw image's; others say it themselves */
};

/*
 * Adds the pieces of a kernel (arm64 Linux Image, bzImage, ELF or raw) and sets entry and execution state of its partition. NULL, or
 * what is wrong with the file, as the rest of a sentence.
 */
const char *verify_images_kernel(struct verify_images *images, const struct verify_kernel *kernel,
				 struct verify_claim_partition *partition);

/* The same for a ramdisk, whose place is the planner's choice. */
const char *verify_images_ramdisk(struct verify_images *images, const char *path, uint16_t partition);

/* What x86 guests find at the reset vector: the planner has no file for it, but these bytes. Cannot fail. */
void verify_images_reset(struct verify_images *images, uint16_t partition);

/* The same for the pieces of the hypervisor. */
const char *verify_images_hypervisor(struct verify_images *images, const char *path);

#endif
