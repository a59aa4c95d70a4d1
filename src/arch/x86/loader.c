/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Switching a core between its steady tables and its partition's loader tables, a superset of them, and copying. Caches are
 * coherent with each other and with instruction fetches (Intel SDM volume 3, 12.6): there is nothing to clean.
 */
#include "arch/loader.h"

#include "arch/x86/x86.h"

void arch_loader_open(const struct plan_core *core)
{
	root_set(core->loader_root);
}

void arch_loader_copy(uint64_t to, uint64_t from, uint64_t size, uint64_t fill)
{
	uint64_t destination = to;
	uint64_t source = from;
	uint64_t count = size;

	__asm__ volatile("rep movsb" : "+D"(destination), "+S"(source), "+c"(count)::"memory");
	count = fill;
	__asm__ volatile("rep stosb" : "+D"(destination), "+c"(count) : "a"(0) : "memory");
}

void arch_loader_close(const struct plan_core *core)
{
	root_set(core->el2_root);
}
