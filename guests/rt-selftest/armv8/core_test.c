/* SPDX-License-Identifier: Apache-2.0 */
/* Armv8: PSCI, and a second virtual core where there is one. */
#include <stdatomic.h>

#include "rt-selftest/selftest.h"
#include "rt/armv8/psci.h"
#include "rt/armv8/secondary.h"

#define SECOND_CORE 1u

static _Alignas(16) unsigned char stack[4096];
static atomic_uint greeting;

static void greet(void *argument)
{
	atomic_store(&greeting, *(const unsigned *)argument);
}

static bool has_greeted(void)
{
	return atomic_load(&greeting) != 0;
}

static bool is_off(void)
{
	return psci_affinity_info(SECOND_CORE) == PSCI_AFFINITY_OFF;
}

static void test_second_core(void)
{
	static const unsigned word = 0xb01cu;
	static const struct secondary_start start = {
		.stack_top = stack + sizeof(stack), .function = greet, .argument = (void *)(uintptr_t)&word};

	/* Twice: the core must come back from off. */
	for (int i = 0; i < 2; i++) {
		atomic_store(&greeting, 0);
		CHECK(secondary_start(SECOND_CORE, &start) == PSCI_SUCCESS);
		/* Not the other way round: QEMU calls a core off until it runs. */
		CHECK(selftest_becomes_true(has_greeted));
		CHECK(selftest_becomes_true(is_off));
		CHECK(atomic_load(&greeting) == word);
	}
}

void core_test(void)
{
	CHECK(psci_version() >= 0x00000002u);
	CHECK(psci_affinity_info(0) == PSCI_AFFINITY_ON);
	CHECK(psci_cpu_on(0, 0, 0) == PSCI_ALREADY_ON);
	CHECK(psci_cpu_on(77, 0, 0) == PSCI_INVALID_PARAMETERS);
	if (psci_affinity_info(SECOND_CORE) == PSCI_AFFINITY_OFF)
		test_second_core();
}
