/* SPDX-License-Identifier: Apache-2.0 */
/* x86-64: what a partition asks of who is beneath. */
#include "plan/abi.h"
#include "rt-selftest/selftest.h"
#include "rt/hal.h"

#define NO_FUNCTION 0x8600fffeu

void core_test(void)
{
	uint64_t result[4] = {0, 1, 2, 3};

	/* Also on the bare machine, where the instruction itself would be undefined. */
	hal_hypercall(NO_FUNCTION, result);
	CHECK((int64_t)result[0] == ABI_NOT_SUPPORTED);
	CHECK(result[1] == 1 && result[2] == 2 && result[3] == 3);
}
