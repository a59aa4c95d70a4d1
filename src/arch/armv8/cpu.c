/* SPDX-License-Identifier: Apache-2.0 */
/* This core: its state, the counter, sleep. */
#include "arch/cpu.h"

#include "arch/armv8/gic.h"
#include "arch/armv8/sysreg.h"

struct core_state *arch_core_state(void)
{
	return core_pointer();
}

uint64_t arch_counter(void)
{
	isb();
	return sysreg_read(cntpct_el0);
}

uint64_t arch_counter_frequency(void)
{
	return sysreg_read(cntfrq_el0);
}

void arch_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/* Interrupts are masked: one that is pending only ends a WFI. The GIC may be another than the plan's, or not set up. */
void arch_halt(void)
{
	sysreg_write(hcr_el2, HCR_PARKED);
	for (;;) {
		wfi();
	}
}
