/* SPDX-License-Identifier: Apache-2.0 */
/* An exception of the hypervisor, in words. The ways here: vectors.S. */
#include "arch/x86/trap.h"

#include "core/entry.h"

#define VECTOR_PAGE_FAULT 14u

static const char *name_of(uint64_t vector)
{
	static const char *const names[] = {
		"divide error", "debug exception",     "NMI",         "breakpoint",           "overflow",
		"bound range",  "invalid opcode",      "no FPU",      "double fault",         "coprocessor overrun",
		"invalid TSS",  "segment not present", "stack fault", "general protection",   "page fault at",
		"exception 15", "floating point",      "alignment",   "machine check, error",
	};

	return (vector < (sizeof(names) / sizeof(names[0]))) ? names[vector] : "exception";
}

void trap_panic(uint64_t vector, uint64_t error, uint64_t pc, uint64_t address)
{
	core_panic(name_of(vector), (vector == VECTOR_PAGE_FAULT) ? address : error, pc);
}
