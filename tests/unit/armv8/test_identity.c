/* SPDX-License-Identifier: Apache-2.0 */
/* The ID registers that guests read: features that they do not get are not there, all else is the core's. */
#include "test.h"

#include "arch/armv8/identity.h"
#include "host/host.h"

#define NIBBLE(low) (UINT64_C(0xf) << (low))
#define REGISTER(crm, op2) host_identity[(((crm)-1u) * 8u) + (op2)]

static int fresh(void **state)
{
	(void)state;
	memset(host_identity, 0, sizeof(host_identity));
	return 0;
}

/* Fields that are hidden, by register and lowest bit (Arm ARM D19.2.61-D19.2.68). */
static const struct {
	uint32_t crm, op2, bit;
} hidden[] = {
	{5, 0, 4},  /* ID_AA64DFR0_EL1.TraceVer */
	{5, 0, 32}, /* PMSVer */
	{5, 0, 40}, /* TraceFilt */
	{5, 0, 44}, /* TraceBuffer */
	{5, 0, 52}, /* BRBE */
	{4, 0, 40}, /* ID_AA64PFR0_EL1.MPAM */
	{4, 1, 16}, /* ID_AA64PFR1_EL1.MPAM_frac */
	{7, 1, 16}, /* ID_AA64MMFR1_EL1.LO */
	{1, 2, 12}, /* ID_DFR0_EL1.CopTrc */
	{1, 2, 16}, /* MMapTrc */
	{1, 2, 28}, /* TraceFilt */
};

static uint64_t hidden_of(uint32_t crm, uint32_t op2)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < COUNT(hidden); i++) {
		if ((hidden[i].crm == crm) && (hidden[i].op2 == op2)) {
			bits |= NIBBLE(hidden[i].bit);
		}
	}
	return bits;
}

static void only_what_guests_do_not_get_is_hidden(void **state)
{
	(void)state;
	memset(host_identity, 0xff, sizeof(host_identity));
	for (uint32_t crm = 1; crm <= 7u; crm++) {
		for (uint32_t op2 = 0; op2 < 8u; op2++) {
			assert_int_equal(identity_read(crm, op2), ~hidden_of(crm, op2));
		}
	}
}

static void each_register_is_its_own(void **state)
{
	(void)state;
	for (uint32_t crm = 1; crm <= 7u; crm++) {
		for (uint32_t op2 = 0; op2 < 8u; op2++) {
			REGISTER(crm, op2) = (crm << 8) | op2; /* bits that no register hides */
		}
	}
	for (uint32_t crm = 1; crm <= 7u; crm++) {
		for (uint32_t op2 = 0; op2 < 8u; op2++) {
			assert_int_equal(identity_read(crm, op2), (crm << 8) | op2);
		}
	}
}

/*
 * Trapping is for cores that have something to hide; AArch32's register alone is no reason: its features are
 * AArch64's.
 */
static void a_core_with_nothing_to_hide_does_not_trap(void **state)
{
	(void)state;
	assert_false(identity_is_filtered());
	for (size_t i = 0; i < COUNT(hidden); i++) {
		(void)fresh(state);
		REGISTER(hidden[i].crm, hidden[i].op2) = UINT64_C(1) << hidden[i].bit;
		assert_int_equal(identity_is_filtered(), hidden[i].crm != 1u);
	}
	memset(host_identity, 0xff, sizeof(host_identity));
	for (uint32_t crm = 1; crm <= 7u; crm++) {
		for (uint32_t op2 = 0; op2 < 8u; op2++) {
			REGISTER(crm, op2) &= ~hidden_of(crm, op2);
		}
	}
	assert_false(identity_is_filtered());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_what_guests_do_not_get_is_hidden, fresh),
		cmocka_unit_test_setup(each_register_is_its_own, fresh),
		cmocka_unit_test_setup(a_core_with_nothing_to_hide_does_not_trap, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
