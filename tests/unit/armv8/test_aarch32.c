/* SPDX-License-Identifier: Apache-2.0 */
/* Exits from AArch32 code: conditions, IT blocks, skipping, UNDEF, and coprocessor registers up to the trap table. */
#include "test.h"

#include "arch/armv8/aarch32.h"
#include "arch/cpu.h"
#include "fake/fake.h"
#include "host/host.h"

#define EC(class) ((uint64_t)(class) << 26)
#define LONG (UINT64_C(1) << 25)
#define CV (UINT64_C(1) << 24)
#define COND(condition) ((uint64_t)(condition) << 20)
#define SVC_MODE 0x13u
#define THUMB 0x20u

static struct plan_header *plan;
static struct exit_frame frame;

static int fresh(void **state)
{
	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	host_reset();
	host_core_make(plan, 1);
	host_sysreg_set("spsr_el2", SVC_MODE);
	host_sysreg_set("elr_el2", 0x8000);
	for (uint32_t i = 0; i < COUNT(frame.x); i++) {
		frame.x[i] = UINT64_C(0x7700000000) + i;
	}
	return 0;
}

/* The condition in letters' order, from the flags, as the manual's table puts it (Arm ARM F1.4.3). */
static bool table_says(uint32_t condition, bool n, bool z, bool c, bool v)
{
	const bool says[16] = {
		z,    !z,  c, !c, n, !n, v, !v, c && !z, !c || z, n == v, n != v, !z && (n == v), z || (n != v),
		true, true};

	return says[condition];
}

static void conditions_hold_as_in_the_manual(void **state)
{
	(void)state;
	for (uint32_t flags = 0; flags < 16u; flags++) {
		host_sysreg_set("spsr_el2", (flags << 28) | SVC_MODE);
		for (uint32_t condition = 0; condition < 16u; condition++) {
			bool expected = table_says(condition, (flags & 8u) != 0u, (flags & 4u) != 0u,
						   (flags & 2u) != 0u, (flags & 1u) != 0u);

			assert_int_equal(aarch32_condition_holds(LONG | CV | COND(condition)), expected);
		}
	}
}

static uint64_t spsr_it(uint32_t it)
{
	return SVC_MODE | THUMB | ((uint64_t)(it & 3u) << 25) | ((uint64_t)(it >> 2) << 10);
}

/* Without CV the IT block's condition counts; outside of one the instruction is unconditional. */
static void an_it_blocks_condition_counts(void **state)
{
	(void)state;
	host_sysreg_set("spsr_el2", spsr_it(0x08)); /* EQ, the last one; Z clear */
	assert_false(aarch32_condition_holds(COND(14)));
	host_sysreg_set("spsr_el2", spsr_it(0x18)); /* NE */
	assert_true(aarch32_condition_holds(COND(0)));
	host_sysreg_set("spsr_el2", spsr_it(0));
	assert_true(aarch32_condition_holds(COND(0)));
}

/* IF-THEN blocks as the assembler makes them, through all their instructions: firstcond and mask (Arm ARM F5.1.49). */
static void it_blocks_advance(void **state)
{
	static const struct {
		uint32_t it, conditions[4], count;
	} blocks[] = {
		{0x08, {0}, 1},              /* IT EQ */
		{0x04, {0, 0}, 2},           /* ITT EQ */
		{0x0c, {0, 1}, 2},           /* ITE EQ */
		{0x1a, {1, 1, 0}, 3},        /* ITTE NE: mask 1010 of an odd condition */
		{0xa1, {10, 10, 10, 10}, 4}, /* ITTTT GE */
		{0xaf, {10, 11, 11, 11}, 4}, /* ITEEE GE */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(blocks); i++) {
		host_sysreg_set("spsr_el2", spsr_it(blocks[i].it));
		for (uint32_t j = 0; j < blocks[i].count; j++) {
			uint64_t spsr = host_sysreg_read("spsr_el2");
			uint32_t it = (uint32_t)(((spsr >> 25) & 3u) | ((spsr >> 8) & 0xfcu));

			assert_int_equal(it >> 4, blocks[i].conditions[j]);
			assert_int_not_equal(it & 0xfu, 0);
			aarch32_skip(0);
		}
		assert_int_equal(host_sysreg_read("spsr_el2"), SVC_MODE | THUMB);
	}
}

static void skipping_counts_the_instructions_bytes(void **state)
{
	(void)state;
	aarch32_skip(LONG);
	assert_int_equal(host_sysreg_read("elr_el2"), 0x8004);
	host_sysreg_set("spsr_el2", SVC_MODE | THUMB);
	aarch32_skip(0);
	assert_int_equal(host_sysreg_read("elr_el2"), 0x8006);
	host_sysreg_set("elr_el2", 0xfffffffe);
	aarch32_skip(LONG);
	assert_int_equal(host_sysreg_read("elr_el2"), 2); /* 32 bits */
}

static void undefined_goes_to_its_vector(void **state)
{
	(void)state;
	host_sysreg_set("vbar_el1", 0x40001000);
	host_sysreg_set("spsr_el2", 0xf0000000u | SVC_MODE);
	aarch32_undefined_inject(&frame);
	assert_int_equal(frame.x[22], 0x8004); /* R14_und */
	assert_int_equal(host_sysreg_read("spsr_und"), 0xf0000000u | SVC_MODE);
	assert_int_equal(host_sysreg_read("elr_el2"), 0x40001004);
	assert_int_equal(host_sysreg_read("spsr_el2"), 0xf0000000u | 0x80u | 0x1bu);
	assert_int_equal(frame.x[14], UINT64_C(0x770000000e));
}

static void undefined_in_thumb_with_high_vectors(void **state)
{
	(void)state;
	host_sysreg_set("spsr_el2", spsr_it(0x04) | 0x200u);
	host_sysreg_set("sctlr_el1", 0x40002000); /* TE, V */
	aarch32_undefined_inject(&frame);
	assert_int_equal(frame.x[22], 0x8002);
	assert_int_equal(host_sysreg_read("elr_el2"), 0xffff0004);
	assert_int_equal(host_sysreg_read("spsr_el2"), 0x80u | THUMB | 0x1bu);
	assert_int_equal(host_sysreg_read("spsr_und"), spsr_it(0x04) | 0x200u);
	host_sysreg_set("spsr_el2", SVC_MODE);
	host_sysreg_set("sctlr_el1", 0x2000000); /* EE */
	aarch32_undefined_inject(&frame);
	assert_int_equal(host_sysreg_read("spsr_el2"), 0x80u | 0x200u | 0x1bu);
}

/* ESR_EL2 of MCR and MRC p15, op1, Rt, CRn, CRm, op2. */
static bool coprocessor(uint32_t class, uint32_t op1, uint32_t crn, uint32_t crm, uint32_t op2, uint32_t rt, bool read)
{
	uint32_t iss = (op2 << 17) | (op1 << 14) | (crn << 10) | (rt << 5) | (crm << 1) | (read ? 1u : 0u);

	return aarch32_coprocessor(&frame, EC(class) | LONG | CV | COND(14) | iss);
}

static void registers_have_their_namesakes(void **state)
{
	(void)state;
	host_sysreg_set("ICC_PMR_EL1", 0xf0);
	assert_true(coprocessor(EC_CP15, 0, 4, 6, 0, 3, true));
	assert_int_equal(frame.x[3], 0xf0);
	frame.x[3] = UINT64_C(0xffffffff000000a0);
	assert_true(coprocessor(EC_CP15, 0, 4, 6, 0, 3, false));
	assert_int_equal(host_sysreg_read("ICC_PMR_EL1"), 0xa0);
	assert_true(coprocessor(EC_CP15, 0, 12, 12, 5, 4, true)); /* ICC_SRE */
	assert_int_equal(frame.x[4], 7);
	assert_true(coprocessor(EC_CP15, 0, 7, 14, 2, 0, false)); /* DCCISW */
	assert_true(coprocessor(EC_CP15, 0, 1, 0, 1, 0, true));   /* ACTLR */
	assert_int_equal(frame.x[0], 0);
	assert_true(coprocessor(EC_CP15, 1, 9, 0, 2, 0, true)); /* L2CTLR */
	assert_true(coprocessor(EC_CP15, 0, 15, 0, 0, 0, true));
	assert_true(coprocessor(EC_CP14, 0, 1, 1, 4, 5, true)); /* DBGOSLSR */
	assert_int_equal(frame.x[5], 8);
	assert_true(coprocessor(EC_CP15, 0, 12, 12, 5, 31, true)); /* to no register */
	assert_false(coprocessor(EC_CP15, 0, 1, 0, 0, 0, true));   /* SCTLR never traps */
	assert_false(coprocessor(EC_CP14, 1, 0, 1, 0, 0, true));   /* trace */
	assert_false(aarch32_coprocessor(&frame, EC(EC_CP14_PAIR) | LONG));
	assert_false(aarch32_coprocessor(&frame, EC(EC_CP14_TRANSFER) | LONG));
}

/* MCRR p15, opc1, Rt, Rt2, c12 with opc1 0: ICC_SGI1R. */
static bool pair(uint32_t op1, uint32_t rt, uint32_t rt2, uint32_t crm, bool read)
{
	uint32_t iss = (op1 << 16) | (rt2 << 10) | (rt << 5) | (crm << 1) | (read ? 1u : 0u);

	return aarch32_coprocessor(&frame, EC(EC_CP15_PAIR) | LONG | CV | COND(14) | iss);
}

static void an_sgi_takes_two_registers(void **state)
{
	(void)state;
	frame.x[1] = UINT64_C(0xffffffff03000005); /* SGI 3 to virtual cores 0 and 2 */
	frame.x[2] = UINT64_C(0xffffffff00000000);
	assert_true(pair(0, 1, 2, 12, false));
	assert_int_equal(host_sysreg_writes(), 2);
	assert_int_equal(host_sysreg_written(0)->value, fake_vcpus(plan)[0].sgi_target | 0x3000000u);
	assert_int_equal(host_sysreg_written(1)->value, fake_vcpus(plan)[2].sgi_target | 0x3000000u);
	frame.x[2] = 0x100; /* IRM */
	assert_true(pair(0, 1, 2, 12, false));
	assert_int_equal(host_sysreg_writes(), 4);
	frame.x[2] = 1; /* Aff2: nobody */
	assert_true(pair(0, 1, 2, 12, false));
	assert_true(pair(1, 1, 2, 12, false)); /* ICC_ASGI1R, ICC_SGI0R: without effect */
	assert_true(pair(2, 1, 2, 12, false));
	assert_int_equal(host_sysreg_writes(), 4);
	assert_false(pair(3, 1, 2, 12, false));
	assert_false(pair(0, 1, 2, 12, true));
	assert_false(pair(0, 1, 2, 14, false));
}

static bool debug_pair(uint32_t rt, uint32_t rt2, uint32_t crm, bool read)
{
	uint64_t iss = (rt2 << 10) | (rt << 5) | (crm << 1) | (read ? 1u : 0u);

	return aarch32_coprocessor(&frame, EC(EC_CP14_PAIR) | LONG | CV | COND(14) | iss);
}

/* DBGDRAR and DBGDSAR by MRRC: no debug registers are mapped anywhere. */
static void debug_addresses_are_nowhere(void **state)
{
	(void)state;
	for (uint32_t crm = 1; crm <= 2u; crm++) {
		frame.x[3] = 0x1234;
		frame.x[4] = 0x5678;
		assert_true(debug_pair(3, 4, crm, true));
		assert_int_equal(frame.x[3], 0);
		assert_int_equal(frame.x[4], 0);
	}
	assert_int_equal(self()->exits[EXIT_SYSREG], 2);
	assert_false(debug_pair(3, 4, 1, false));
	assert_false(debug_pair(3, 4, 3, true));
	assert_false(debug_pair(31, 4, 1, true));
	assert_false(debug_pair(3, 31, 1, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(conditions_hold_as_in_the_manual, fresh),
		cmocka_unit_test_setup(an_it_blocks_condition_counts, fresh),
		cmocka_unit_test_setup(it_blocks_advance, fresh),
		cmocka_unit_test_setup(skipping_counts_the_instructions_bytes, fresh),
		cmocka_unit_test_setup(undefined_goes_to_its_vector, fresh),
		cmocka_unit_test_setup(undefined_in_thumb_with_high_vectors, fresh),
		cmocka_unit_test_setup(registers_have_their_namesakes, fresh),
		cmocka_unit_test_setup(an_sgi_takes_two_registers, fresh),
		cmocka_unit_test_setup(debug_addresses_are_nowhere, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
