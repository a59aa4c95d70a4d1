/* SPDX-License-Identifier: Apache-2.0 */
/* What makes an image one that x86 loaders take. Not here: the rest of the image (emit.c). */
#ifndef PLANNER_X86_IMAGE_H
#define PLANNER_X86_IMAGE_H

#include "planner/elf.h"

/*
 * Whether the hypervisor begins with a multiboot header that loads all of the file where it is linked (Multiboot
 * Specification 0.6.96, 3.1). NULL, or what is wrong as the rest of a sentence.
 */
const char *x86_image_refusal(const struct elf *elf);

#endif
