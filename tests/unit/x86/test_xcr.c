/* SPDX-License-Identifier: Apache-2.0 */
/* XSETBV for a guest: the sets of components that processors take (Intel SDM volume 1, 13.3), and no other. */
#include "host.h"

#include "arch/x86/exit.h"

static struct guest guest;
static uint64_t known;
static uint32_t writes;
static uint64_t written;

struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	assert_int_equal(leaf, 0xd);
	assert_int_equal(subleaf, 0);
	return (struct cpuid){.eax = (uint32_t)known, .edx = (uint32_t)(known >> 32)};
}

void xcr0_write(uint64_t value)
{
	writes++;
	written = value;
}

static int make(void **state)
{
	(void)state;
	host_make();
	memset(&guest, 0, sizeof(guest));
	known = UINT64_MAX;
	writes = 0;
	return 0;
}

static bool is_taken(uint64_t value)
{
	enum verdict verdict;
	uint32_t before = writes;

	guest.gpr[GPR_RAX] = value | UINT64_C(0x7700000000); /* upper halves do not count */
	guest.gpr[GPR_RDX] = (value >> 32) | UINT64_C(0x7700000000);
	verdict = xcr_handle(&guest);
	assert_true((verdict == VERDICT_NEXT) || (verdict == VERDICT_PROTECTION));
	assert_int_equal(writes - before, (verdict == VERDICT_NEXT) ? 1u : 0u);
	assert_true((verdict != VERDICT_NEXT) || (written == value));
	return verdict == VERDICT_NEXT;
}

static void components_go_together(void **state)
{
	static const struct {
		uint64_t value;
		bool taken;
	} cases[] = {
		{0x1, true},   {0x0, false},  {0x2, false},     {0x3, true},      {0x5, false},    {0x7, true},
		{0x9, false},  {0x11, false}, {0x19, true},     {0xe7, true},     {0x27, false},   {0xc7, false},
		{0xe3, false}, {0x203, true}, {0x20001, false}, {0x40001, false}, {0x60001, true}, {0x602e7, true},
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		if (is_taken(cases[i].value) != cases[i].taken) {
			fail_msg("XCR0 = 0x%llx", (unsigned long long)cases[i].value);
		}
	}
	assert_int_equal(core.exits[EXIT_SYSREG], COUNT(cases));
}

/* In either half. */
static void components_that_there_are_not(void **state)
{
	(void)state;
	known = 0x7;
	for (uint32_t bit = 3; bit < 64u; bit++) {
		assert_false(is_taken((UINT64_C(1) << bit) | 7u));
	}
	known = UINT64_C(0x4000000000000007);
	assert_true(is_taken(UINT64_C(0x4000000000000007)));
}

static void there_is_one_register(void **state)
{
	(void)state;
	for (uint32_t bit = 0; bit < 32u; bit++) {
		guest.gpr[GPR_RCX] = UINT64_C(1) << bit;
		assert_false(is_taken(1));
	}
	guest.gpr[GPR_RCX] = UINT64_C(1) << 32;
	assert_true(is_taken(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(components_go_together, make),
		cmocka_unit_test_setup(components_that_there_are_not, make),
		cmocka_unit_test_setup(there_is_one_register, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
