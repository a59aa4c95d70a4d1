/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI calls by HVC, and the power half of the seam. */
#include "rt/armv8/psci.h"

#include <stdint.h>

#include "smccc_arch.h"
#include "rt/hal.h"

#define PSCI_VERSION 0x84000000u
#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON_64 0xc4000003u
#define PSCI_AFFINITY_INFO_64 0xc4000004u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u

static int psci_call(uint64_t function, uint64_t argument_1, uint64_t argument_2, uint64_t argument_3)
{
	uint64_t value[4] = {function, argument_1, argument_2, argument_3};

	smccc_hvc(value);
	return (int)(uint32_t)value[0];
}

uint32_t psci_version(void)
{
	return (uint32_t)psci_call(PSCI_VERSION, 0, 0, 0);
}

int psci_cpu_on(uint64_t target, uint64_t entry, uint64_t context)
{
	return psci_call(PSCI_CPU_ON_64, target, entry, context);
}

int psci_cpu_off(void)
{
	return psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

int psci_affinity_info(uint64_t target)
{
	return psci_call(PSCI_AFFINITY_INFO_64, target, 0, 0);
}

void psci_system_off(void)
{
	(void)psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}

void psci_system_reset(void)
{
	(void)psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

/* After a refused call nothing is left but to sleep for good. */
static _Noreturn void halt(void)
{
	(void)hal_interrupts_mask();
	for (;;)
		__asm__ volatile("wfi");
}

_Noreturn void hal_power_off(void)
{
	psci_system_off();
	halt();
}

_Noreturn void hal_power_reset(void)
{
	psci_system_reset();
	halt();
}

void hal_hypercall(uint32_t function, uint64_t result[4])
{
	result[0] = function;
	smccc_hvc(result);
}
