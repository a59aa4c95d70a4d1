/* SPDX-License-Identifier: Apache-2.0 */
/* Starting further virtual cores through PSCI; their entry code is in start.S. */
#include "rt/armv8/secondary.h"

#include <stddef.h>
#include <stdint.h>

#include "rt/armv8/psci.h"

_Static_assert(offsetof(struct secondary_start, function) == sizeof(void *), "as in start.S");
_Static_assert(offsetof(struct secondary_start, argument) == 2 * sizeof(void *), "as in start.S");

extern const char secondary_entry[];

int secondary_start(uint32_t core, const struct secondary_start *start)
{
	/* *start must be seen before the core that reads it is on: the call orders nothing by itself. */
	__asm__ volatile("dsb ish" ::: "memory");
	return psci_cpu_on(core, (uint64_t)(uintptr_t)secondary_entry, (uint64_t)(uintptr_t)start);
}
