/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start block: what firmware and a boot loader would leave in a partition's memory. Every x86 partition has one, Linux or
 * not. Its parts, guest-physical:
 */
#ifndef PLANNER_X86_START_H
#define PLANNER_X86_START_H

#include "planner/model.h"

#define X86_START_BASE 0x90000u
#define X86_START_SIZE 0x10000u
#define X86_START_ZERO_PAGE                                                                                            \
	0x90000u /* boot_params of Linux: Documentation/arch/x86/zero-page.rst; the guest's argument */
#define X86_START_GDT 0x91000u
#define X86_START_COMMAND_LINE 0x92000u
#define X86_START_TABLES 0x93000u /* PML4, PDPT, 4 page directories: the first 4 GiB, where they are */
#define X86_START_ACPI 0x99000u   /* RSDP, and behind it what it leads to */

/*
 * Firmware's entry, in real mode F000:FFF0: restarts the partition, as a BIOS would. Linux without firmware goes there when its
 * ACPI says that hardware is reduced.
 */
#define X86_START_RESET 0xffff0u

#define X86_START_GDT_SIZE 0x20u
#define X86_START_CODE 0x10u /* selectors */
#define X86_START_DATA 0x18u

/*
 * On an x86 board, adds the block to each partition as an image, and sets its argument. After load_images, without a fault so far. Reports
 * what does not fit by message_error.
 */
void x86_start_build(struct model *model);

/* Where the block lies, for whoever must keep clear of it. */
static inline struct range x86_start_range(void)
{
	return (struct range){X86_START_BASE, X86_START_SIZE};
}

#endif
