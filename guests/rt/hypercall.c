/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the hypervisor's own range. Power and cores are PSCI's, in the architecture's folder. */
#include "rt/hypercall.h"

#include "plan/abi.h"
#include "rt/hal.h"

static bool ask(void)
{
	uint64_t result[4] = {0};

	hal_hypercall(ABI_UID, result);
	if ((uint32_t)result[0] != ABI_UID_0 || (uint32_t)result[1] != ABI_UID_1 || (uint32_t)result[2] != ABI_UID_2 ||
	    (uint32_t)result[3] != ABI_UID_3)
		return false;
	hal_hypercall(ABI_FEATURES, result);
	return (result[0] & ABI_FEATURE_EXITS) != 0;
}

bool hypercall_is_available(void)
{
	/* Asked once: each question is an exit itself. One word, so that a race between two tasks only asks twice. */
	static enum { UNKNOWN, ABSENT, PRESENT } hypervisor = UNKNOWN;

	if (hypervisor == UNKNOWN)
		hypervisor = ask() ? PRESENT : ABSENT;
	return hypervisor == PRESENT;
}

bool hypercall_count_exits_for(uint32_t core, uint32_t reason, uint64_t *count)
{
	bool narrow = sizeof(uintptr_t) < sizeof(uint64_t);
	uint64_t result[4] = {0, ABI_SELF, core, reason};

	hal_hypercall(narrow ? ABI_32(ABI_EXITS) : ABI_EXITS, result);
	*count = narrow ? ((uint32_t)result[1] | (result[2] << 32)) : result[1];
	return (int64_t)result[0] == ABI_OK;
}

bool hypercall_count_exits(uint32_t core, uint64_t *count)
{
	*count = 0;
	for (uint32_t reason = 0; reason < EXIT_REASONS; reason++) {
		uint64_t part;

		if (reason == EXIT_OBSERVE)
			continue;
		if (!hypercall_count_exits_for(core, reason, &part))
			return false;
		*count += part;
	}
	return true;
}
