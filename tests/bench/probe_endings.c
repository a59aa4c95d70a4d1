/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exits that do not come back: the one that PROBE_ENDING names, and nothing else. What each costs is read off a trace
 * (endings.py), since nobody is left who could look at the clock.
 */
#include "probe.h"

#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define NOBODYS 0x70000000u

/* The second core: tells that it runs; then waits for its end, or ends itself. */
void second_spins(void);
void second_leaves(void);
__asm__(".text\n"
	"second_spins:\tldr x0, =probe_second_time\n\tstr x0, [x0]\n1:\tb 1b\n"
	"second_leaves:\tmov w0, #0x84000000\n\tadd w0, w0, #2\n\thvc #0\n2:\tb 2b\n"
	".ltorg\n");

static void call(uint64_t function)
{
	uint64_t values[4] = {function, 0, 0, 0};

	machine_call(values);
}

static void second_start(void (*entry)(void))
{
	uint64_t values[4] = {PSCI_CPU_ON, 1, (uint64_t)(uintptr_t)entry, 0};

	machine_call(values);
}

static void nobodys_memory(void)
{
	*(volatile uint32_t *)NOBODYS = 0;
}

static __attribute__((unused)) void end_fault(void)
{
	nobodys_memory();
}

/* The longest way to a fault: the instruction is fetched and looked at first. */
static __attribute__((unused)) void end_fault_instruction(void)
{
	__asm__ volatile("ldxp x0, x1, [%0]" ::"r"((uint64_t)PROBE_GICD) : "x0", "x1", "memory");
}

static __attribute__((unused)) void end_off(void)
{
	call(PSCI_SYSTEM_OFF);
}

static __attribute__((unused)) void end_reset(void)
{
	call(PSCI_SYSTEM_RESET);
}

static __attribute__((unused)) void end_cpu_off(void)
{
	second_start(second_leaves);
	for (;;) {
		__asm__ volatile("wfi");
	}
}

static __attribute__((unused)) void end_recall(void)
{
	second_start(second_spins);
	while (probe_second_time == 0u) {
	}
	nobodys_memory();
}

void probe_further(uint32_t cores)
{
	(void)cores;
	PROBE_ENDING();
}
