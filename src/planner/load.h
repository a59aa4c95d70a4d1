/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the partitions' kernels and ramdisks and decides where in guest-physical memory they lie. Not here: the guests'
 * device trees (guest_tree.h) and physical addresses (place.h).
 */
#ifndef PLANNER_LOAD_H
#define PLANNER_LOAD_H

#include <stdint.h>

#include "planner/model.h"

/*
 * Fills each partition's images, start, is_linux, is_aarch32 and wants_tree, from its kernel and ramdisk. After check found no
 * fault, before guest_tree_build. What cannot be read, does not fit or overlaps is reported by message_error; that
 * partition's images are then incomplete. Linux layout: Documentation/arm64/booting.rst of the kernel: Image at RAM
 * base + 2 MiB + its text_offset, ramdisk behind the Image's image_size; x86: x86/linux.h.
 */
void load_images(struct model *model);

/* Adds an image to a partition. Cannot fail. */
void load_add(struct partition *partition, struct image image);

/* Reports images that lie outside the partition's memory or overlap each other. */
void load_check(const struct partition *partition);

/*
 * A page-aligned guest-physical address at which `size` bytes lie in the partition's memory clear of all images so far: its first
 * RAM address, or else the lowest behind an image, or else the first of another window; UINT64_MAX where there is none.
 */
uint64_t load_find(const struct partition *partition, uint64_t size);

#endif
