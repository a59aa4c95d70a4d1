/* SPDX-License-Identifier: Apache-2.0 */
/* Switching to the probe's vectors and back. */
#include "hostile/probe.h"

#include <stddef.h>

#include "rt/aarch64/sysreg.h"
#include "rt/hal.h"

_Static_assert(offsetof(struct probe, syndrome) == PROBE_SYNDROME, "as in vectors.S");
_Static_assert(offsetof(struct probe, pc) == PROBE_PC, "as in vectors.S");
_Static_assert(offsetof(struct probe, address) == PROBE_ADDRESS, "as in vectors.S");
_Static_assert(offsetof(struct probe, resume) == PROBE_RESUME, "as in vectors.S");
_Static_assert(offsetof(struct probe, stack) == PROBE_STACK, "as in vectors.S");

extern const char probe_vectors[];

struct probe probe;

static uint64_t old_vectors;
static uint64_t old_mask;

void probe_start(void)
{
	old_mask = hal_interrupts_mask();
	old_vectors = SYSREG_READ(vbar_el1);
	probe = (struct probe){0};
	SYSREG_WRITE(vbar_el1, (uint64_t)(uintptr_t)probe_vectors);
	isb();
}

void probe_stop(void)
{
	SYSREG_WRITE(vbar_el1, old_vectors);
	isb();
	hal_interrupts_restore(old_mask);
}
