/* SPDX-License-Identifier: Apache-2.0 */
/* XSETBV for a guest: checked as the processor would, since what it refuses would be our own exception. */
#include "arch/x86/exit.h"
#include "arch/x86/guest.h"

#define CPUID_COMPONENTS 0xdu

/* Components of the extended state that only go together, and with others (Intel SDM volume 1, 13.3) */
#define COMPONENT_X87 UINT64_C(0x1)
#define COMPONENT_SSE UINT64_C(0x2)
#define COMPONENT_AVX UINT64_C(0x4)
#define COMPONENTS_MPX 0x18u
#define COMPONENTS_AVX512 UINT64_C(0xe0)
#define COMPONENTS_AMX UINT64_C(0x60000)

static bool is_all_or_none(uint64_t value, uint64_t bits)
{
	return ((value & bits) == 0u) || ((value & bits) == bits);
}

static bool is_component_set_allowed(uint64_t value)
{
	struct cpuid known = cpuid_read(CPUID_COMPONENTS, 0);
	uint64_t needed = COMPONENT_X87;

	needed |= ((value & COMPONENT_AVX) != 0u) ? COMPONENT_SSE : 0u;
	needed |= ((value & COMPONENTS_AVX512) != 0u) ? COMPONENT_AVX : 0u;
	return ((value & ~(((uint64_t)known.edx << 32) | known.eax)) == 0u) && ((value & needed) == needed) &&
	       is_all_or_none(value, COMPONENTS_MPX) && is_all_or_none(value, COMPONENTS_AVX512) &&
	       is_all_or_none(value, COMPONENTS_AMX);
}

enum verdict xcr_handle(const struct guest *guest)
{
	uint64_t value = (guest->gpr[GPR_RDX] << 32) | (uint32_t)guest->gpr[GPR_RAX];

	self()->exits[EXIT_SYSREG]++;
	if (((uint32_t)guest->gpr[GPR_RCX] != 0u) || !is_component_set_allowed(value)) {
		return VERDICT_PROTECTION;
	}
	xcr0_write(value);
	return VERDICT_NEXT;
}
