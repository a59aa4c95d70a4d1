/* SPDX-License-Identifier: Apache-2.0 */
/* What the partition asks of who is beneath: calls by VMMCALL or VMCALL, its end through two ports of ACPI. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "plan/abi.h"
#include "rt/hal.h"
#include "rt/x86/cpu.h"

#define LEAF_VENDOR 0u
#define LEAF_FEATURES 1u
#define FEATURES_HYPERVISOR (1u << 31)
#define LEAF_BULKHEAD 0x40000100u

/* ACPI 6.5, 4.8.3.7 and 4.8.3.6, at the ports where a partition's FADT has them. */
#define SLEEP_CONTROL 0x600u
#define SLEEP_ENABLE 0x20u
#define SLEEP_TYPE_OFF (5u << 2)
#define RESET_PORT 0xcf9u
#define RESET_VALUE 6u

enum call { CALL_UNKNOWN, CALL_NONE, CALL_VMMCALL, CALL_VMCALL };

/* Without Bulkhead beneath, either instruction is undefined. */
static enum call call_find(void)
{
	if ((cpu_id(LEAF_FEATURES).ecx & FEATURES_HYPERVISOR) == 0 || !cpu_id_is_signed(LEAF_BULKHEAD, "BulkheadBulk"))
		return CALL_NONE;
	return memcmp(&(uint32_t){cpu_id(LEAF_VENDOR).ebx}, "Genu", sizeof(uint32_t)) == 0 ? CALL_VMCALL : CALL_VMMCALL;
}

void hal_hypercall(uint32_t function, uint64_t result[4])
{
	/* Found once: each CPUID is an exit itself. */
	static enum call call = CALL_UNKNOWN;

	if (call == CALL_UNKNOWN)
		call = call_find();
	result[0] = function;
	if (call == CALL_VMMCALL)
		__asm__ volatile("vmmcall"
				 : "+a"(result[0]), "+b"(result[1]), "+c"(result[2]), "+d"(result[3])::"memory");
	else if (call == CALL_VMCALL)
		__asm__ volatile("vmcall"
				 : "+a"(result[0]), "+b"(result[1]), "+c"(result[2]), "+d"(result[3])::"memory");
	else
		result[0] = (uint64_t)(int64_t)ABI_NOT_SUPPORTED;
}

/* Where nobody listens nothing is left but to sleep for good. */
static _Noreturn void halt(void)
{
	(void)hal_interrupts_mask();
	for (;;)
		__asm__ volatile("hlt");
}

_Noreturn void hal_power_off(void)
{
	port_write8(SLEEP_CONTROL, SLEEP_ENABLE | SLEEP_TYPE_OFF);
	halt();
}

_Noreturn void hal_power_reset(void)
{
	port_write8(RESET_PORT, RESET_VALUE);
	halt();
}
