/* SPDX-License-Identifier: Apache-2.0 */
/* Random systems for tests of the planner's back half. Not here: what is tested. */
#ifndef PLANNER_RANDOM_SYSTEM_H
#define PLANNER_RANDOM_SYSTEM_H

#include "planner/model.h"

#define RANDOM_GICD UINT64_C(0x08000000)
#define RANDOM_GICR UINT64_C(0x080a0000)
#define RANDOM_IO_APIC UINT64_C(0xfec00000) /* x86 */
#define RANDOM_TRAMPOLINE 0x8000u
#define RANDOM_CONSOLE UINT64_C(0x09000000) /* one page */

/*
 * A system for an architecture as it is before place: some cores, partitions, windows and devices, each partition with a small kernel.
 * Writes a hypervisor that fits it to `hypervisor`: text, constants and data of one page or more. The same seed makes
 * the same system.
 */
void random_system_make(struct model *model, uint64_t seed, const char *hypervisor, enum plan_arch arch);

#endif
