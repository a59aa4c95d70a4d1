/* SPDX-License-Identifier: Apache-2.0 */
/* Random systems for tests of the planner's back half. Not here: what is tested. */
#ifndef PLANNER_RANDOM_SYSTEM_H
#define PLANNER_RANDOM_SYSTEM_H

#include "plan/plan.h"
#include "planner/file.h"
#include "planner/model.h"

#define RANDOM_GICD UINT64_C(0x08000000)
#define RANDOM_GICR UINT64_C(0x080a0000)
#define RANDOM_IO_APIC UINT64_C(0xfec00000) /* x86 */
#define RANDOM_TRAMPOLINE 0x8000u
#define RANDOM_CONSOLE UINT64_C(0x09000000) /* one page */

/*
 * A system for an architecture as it is before place: some cores, partitions, windows and devices, each partition with a small
 * kernel. The same seed makes the same system.
 */
void random_system_make(struct model *model, uint64_t seed, enum plan_arch arch);

struct random_image {
	struct file
		hypervisor; /* ELF, of the model's last random_system_make: text, constants and data of one page or more */
	struct file file;
	const struct plan_header *plan; /* in it */
};

/* Places the system and writes it as an image, which goes without a message. The files stay beside the program. */
struct random_image random_image_make(struct model *model);

#endif
