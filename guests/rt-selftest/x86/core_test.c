/* SPDX-License-Identifier: Apache-2.0 */
/* x86-64: what a partition asks of who is beneath, and a second virtual core where there is one. */
#include <stdatomic.h>

#include "plan/abi.h"
#include "rt-selftest/selftest.h"
#include "rt/hal.h"
#include "rt/x86/acpi.h"
#include "rt/x86/cpu.h"
#include "rt/x86/secondary.h"

#define SECOND_CORE 1u
#define NO_CORE 77u
#define NO_FUNCTION 0x8600fffeu

static _Alignas(16) unsigned char stack[4096];
static atomic_uint greeting;
static atomic_uint greeter;

static void greet(void *argument)
{
	atomic_store(&greeter, (unsigned)msr_read(APIC_ID));
	atomic_store(&greeting, *(const unsigned *)argument);
}

static bool has_greeted(void)
{
	return atomic_load(&greeting) != 0;
}

static void test_second_core(uint32_t apic_id)
{
	static const unsigned word = 0xb01cu;
	static const struct secondary_start start = {
		.stack_top = stack + sizeof(stack), .function = greet, .argument = (void *)(uintptr_t)&word};

	/* Twice: the core must come back from its end. */
	for (int i = 0; i < 2; i++) {
		atomic_store(&greeting, 0);
		CHECK(secondary_start(SECOND_CORE, &start));
		CHECK(selftest_becomes_true(has_greeted));
		CHECK(atomic_load(&greeting) == word);
		CHECK(atomic_load(&greeter) == apic_id);
	}
}

static void test_calls(void)
{
	uint64_t result[4] = {0, 1, 2, 3};

	/* Also on the bare machine, where the instruction itself would be undefined. */
	hal_hypercall(NO_FUNCTION, result);
	CHECK((int64_t)result[0] == ABI_NOT_SUPPORTED);
	CHECK(result[1] == 1 && result[2] == 2 && result[3] == 3);
}

void core_test(void)
{
	uint32_t apic_id;

	test_calls();
	CHECK(acpi_processor(0, &apic_id));
	CHECK(apic_id == (uint32_t)msr_read(APIC_ID));
	CHECK(!acpi_processor(NO_CORE, &apic_id));
	if (acpi_processor(SECOND_CORE, &apic_id))
		test_second_core(apic_id);
}
