/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux for x86: the bzImage and its setup header (Documentation/arch/x86/boot.rst of the kernel, sections "The Real-Mode Kernel
 * Header" and "64-bit Boot Protocol"). Not here: the zero page that the header goes into (start.h).
 */
#ifndef PLANNER_X86_LINUX_H
#define PLANNER_X86_LINUX_H

#include "planner/model.h"

/* Whether `image` holds a bzImage. Cannot fail. */
bool x86_linux_is(const struct image *image);

/*
 * Adds what is loaded of a bzImage to the partition. NULL, or what is wrong with it as the rest of a sentence.
 */
const char *x86_linux_load(struct partition *partition, struct image image);

/* Where a ramdisk of `size` bytes goes: as high as the kernel, which is loaded, lets it. Cannot fail. */
uint64_t x86_linux_ramdisk(const struct partition *partition, uint64_t size);

/* How many characters of bootargs the kernel of a Linux takes. Cannot fail. */
uint32_t x86_linux_bootargs_most(const struct partition *partition);

/* Fills in of a partition's zero page what its kernel and ramdisk say. Cannot fail. */
void x86_linux_zero_page(const struct partition *partition, uint8_t *zero);

#endif
