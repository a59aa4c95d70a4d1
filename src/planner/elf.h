/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads executables of both Arm execution states and of x86-64: the guests' and the hypervisor's own. Not here: symbols,
 * relocation, other machines.
 */
#ifndef PLANNER_ELF_H
#define PLANNER_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

/* A PT_LOAD segment with memory: `file_size` bytes at `data`, then zeros up to `memory_size`. */
struct elf_segment {
	const uint8_t *data;
	uint64_t file_size;
	uint64_t memory_size;
	uint64_t physical;
	uint64_t virtual;
	bool writable, executable;
};

struct elf {
	struct elf_segment *segments; /* in the file's order */
	size_t segment_count;
	uint64_t entry; /* physical: where the segment that holds e_entry is loaded; AArch32: bit 0 set = Thumb */
	bool is_aarch32;
};

/* Whether the bytes begin like an ELF file of any kind. Cannot fail. */
bool elf_recognise(const uint8_t *data, size_t size);

/*
 * Reads an executable for `arch`: of the AArch64 or AArch32 ABI (ELF for the Arm 64-bit Architecture, IHI 0056; ELF for the
 * Arm Architecture, IHI 0044), or of the AMD64 ABI. NULL, or what is wrong with it as the rest of a sentence ("is ..."); then `elf` is not to be
 * used. Segments point into `data`.
 */
const char *elf_read(const uint8_t *data, size_t size, enum plan_arch arch, struct elf *elf);

#endif
