/* SPDX-License-Identifier: Apache-2.0 */
/* Switching a core between its steady tables and its partition's loader tables, a superset of them. The copy: copy.S.
 */
#include "arch/loader.h"

#include "arch/armv8/sysreg.h"

static void root_set(uint64_t root)
{
	sysreg_write(ttbr0_el2, root);
	__asm__ volatile("isb\n\ttlbi alle2\n\tdsb nsh\n\tisb" ::: "memory");
}

void arch_loader_open(const struct plan_core *core)
{
	root_set(core->loader_root);
}

void arch_loader_close(const struct plan_core *core)
{
	root_set(core->el2_root);
	__asm__ volatile("ic ialluis\n\tdsb ish\n\tisb" ::: "memory");
}
