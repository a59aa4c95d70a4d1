/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers: the table's order and reach, and what each kind of row does. */
#include "test.h"

#include "arch/armv8/trap_table.c" /* for the rows, to which only its look-up leads */

#include "arch/armv8/exit.h"
#include "arch/cpu.h"
#include "fake/fake.h"
#include "host/host.h"
#include "plan/abi.h"

#define EC_SHIFT 26
#define IL (UINT64_C(1) << 25)
#define READ 1u

/* Encodings as the Arm ARM and the GIC's manual have them: op0, op1, CRn, CRm, op2. */
#define DC_CISW 1, 0, 7, 14, 2
#define OSLAR_EL1 2, 0, 1, 0, 4
#define OSLSR_EL1 2, 0, 1, 1, 4
#define TRCPRGCTLR 2, 1, 0, 1, 0
#define ACTLR_EL1 3, 0, 1, 0, 1
#define PMR 3, 0, 4, 6, 0
#define ERRSELR_EL1 3, 0, 5, 3, 1
#define PMSCR_EL1 3, 0, 9, 9, 0
#define LORSA_EL1 3, 0, 10, 4, 0
#define L2CTLR_EL1 3, 1, 11, 0, 2 /* implementation-defined, of the Cortex-A53 */
#define CPUECTLR_EL1 3, 1, 15, 2, 1
#define IAR0 3, 0, 12, 8, 0
#define AP0R0 3, 0, 12, 8, 4
#define DIR 3, 0, 12, 11, 1
#define RPR 3, 0, 12, 11, 3
#define SGI1R 3, 0, 12, 11, 5
#define ASGI1R 3, 0, 12, 11, 6
#define SGI0R 3, 0, 12, 11, 7
#define CTLR 3, 0, 12, 12, 4
#define SRE 3, 0, 12, 12, 5
#define IGRPEN0 3, 0, 12, 12, 6
#define IGRPEN1 3, 0, 12, 12, 7
#define SCTLR_EL1 3, 0, 1, 0, 0

static struct plan_header *plan;

static int fresh(void **state)
{
	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	host_reset();
	host_core_make(plan, 1); /* alpha's virtual core 1 */
	return 0;
}

/* ESR_EL2 of a trapped MSR or MRS (Arm ARM D19.2.39). */
static uint64_t syndrome_of(uint32_t op0, uint32_t op1, uint32_t crn, uint32_t crm, uint32_t op2, uint32_t read)
{
	uint32_t iss = (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (7u << 5) | (crm << 1) | read;

	return ((uint64_t)EC_SYSREG << EC_SHIFT) | IL | iss;
}

/* How the access went, and what its register is after. */
struct outcome {
	uint64_t status;
	uint64_t value;
};

static struct outcome access_of(uint32_t op0, uint32_t op1, uint32_t crn, uint32_t crm, uint32_t op2, uint32_t read,
				uint64_t value)
{
	struct outcome outcome = {.value = value};

	outcome.status = sysreg_transfer(&outcome.value, syndrome_of(op0, op1, crn, crm, op2, read));
	return outcome;
}

#define WRITES(reg, value) assert_int_equal(access_of(reg, 0, value).status, TRANSFER_WRITTEN)
#define READS(reg, expected)                                                                                           \
	do {                                                                                                           \
		struct outcome outcome = access_of(reg, READ, 0);                                                      \
		assert_int_equal(outcome.status, TRANSFER_READ);                                                       \
		assert_int_equal(outcome.value, expected);                                                             \
	} while (0)
#define UNDEFINED(reg)                                                                                                 \
	do {                                                                                                           \
		assert_int_equal(access_of(reg, 0, 1).status, TRANSFER_UNFINISHED);                                    \
		assert_int_equal(access_of(reg, READ, 0).status, TRANSFER_UNFINISHED);                                 \
	} while (0)

static void assert_written(uint32_t index, const char *name, uint64_t value)
{
	assert_true(index < host_sysreg_writes());
	assert_string_equal(host_sysreg_written(index)->name, name);
	assert_int_equal(host_sysreg_written(index)->value, value);
}

/* ---- the table ---- */

static void rows_are_sorted_and_apart(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ROWS; i++) {
		assert_true(trap_rows[i].first <= trap_rows[i].last);
		if (i > 0u) {
			assert_true((trap_rows[i - 1u].last < trap_rows[i].first) ||
				    (trap_rows[i - 1u].first == UINT16_MAX)); /* the empty ones at the end */
		}
	}
}

static void every_key_finds_its_row_and_no_other(void **state)
{
	(void)state;
	for (uint32_t key = 0; key <= UINT16_MAX; key++) {
		const struct trap_row *expected = NULL;

		for (uint32_t i = 0; i < ROWS; i++) {
			if ((expected == NULL) && (key >= trap_rows[i].first) && (key <= trap_rows[i].last)) {
				expected = &trap_rows[i];
			}
		}
		assert_ptr_equal(trap_find(key), expected);
	}
}

static void only_constants_have_values(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ROWS; i++) {
		assert_true((trap_rows[i].value == 0u) || (trap_rows[i].action == TRAP_CONSTANT));
	}
}

/* A syndrome's fields lie elsewhere than a key's: each must arrive where it belongs. */
static void syndromes_lead_to_their_rows(void **state)
{
	(void)state;
	for (uint32_t key = 0; key <= UINT16_MAX; key++) {
		const struct trap_row *row = trap_find(key);
		bool undefined = (row == NULL) || (row->action == TRAP_UNDEFINED);
		struct outcome outcome =
			access_of(key >> 14, (key >> 11) & 7u, (key >> 7) & 15u, (key >> 3) & 15u, key & 7u, READ, 0);

		assert_int_equal(outcome.status, undefined ? TRANSFER_UNFINISHED : TRANSFER_READ);
		if (!undefined && (row->action == TRAP_CONSTANT)) {
			assert_int_equal(outcome.value, row->value);
		}
	}
}

/* ---- the rows ---- */

static void constants_read_and_ignore(void **state)
{
	(void)state;
	READS(OSLSR_EL1, 8);
	READS(ACTLR_EL1, 0);
	READS(ERRSELR_EL1, 0);
	READS(LORSA_EL1, 0);
	READS(L2CTLR_EL1, 0);
	READS(CPUECTLR_EL1, 0);
	READS(IAR0, 1023);
	READS(AP0R0, 0);
	READS(SRE, 7);
	READS(IGRPEN0, 0);
	WRITES(OSLAR_EL1, 0);
	WRITES(ACTLR_EL1, UINT64_MAX);
	WRITES(CPUECTLR_EL1, UINT64_MAX);
	WRITES(SRE, 0);
	WRITES(IGRPEN0, 1);
	WRITES(AP0R0, 0);
	WRITES(DC_CISW, 0);
	assert_int_equal(host_sysreg_writes(), 0);
}

static void what_is_not_there_is_undefined(void **state)
{
	(void)state;
	UNDEFINED(TRCPRGCTLR);
	UNDEFINED(PMSCR_EL1);
	UNDEFINED(SCTLR_EL1); /* never trapped: were it, not answered either */
	UNDEFINED(IGRPEN1);
	assert_int_equal(host_sysreg_writes(), 0);
	assert_int_equal(arch_core_state()->exits[EXIT_SYSREG], 0); /* counted where UNDEF is injected */
}

static void the_priority_mask_is_the_physical_one(void **state)
{
	(void)state;
	host_sysreg_set("ICC_PMR_EL1", 0xa0);
	READS(PMR, 0xa0);
	WRITES(PMR, UINT64_C(0xffffffffffffff50));
	assert_int_equal(host_sysreg_writes(), 1);
	assert_written(0, "ICC_PMR_EL1", 0x50);
	host_sysreg_set("ICC_RPR_EL1", 0xff);
	READS(RPR, 0xff);
}

/* EOImode and CBPR are the guest's, the rest of ICC_CTLR_EL1 is not. */
static void control_keeps_what_is_not_the_guests(void **state)
{
	(void)state;
	host_sysreg_set("ICC_CTLR_EL1", 0x40400);
	READS(CTLR, 0x40400);
	WRITES(CTLR, UINT64_MAX);
	assert_written(0, "ICC_CTLR_EL1", 0x40403);
	WRITES(CTLR, 0);
	assert_written(1, "ICC_CTLR_EL1", 0x40400);
}

static void only_own_interrupts_are_deactivated(void **state)
{
	static const uint64_t owned[] = {0, 15, 27, 30, 40, 70};
	static const uint64_t foreign[] = {16, 26, 41, 71, 1019, 1020, 1023, 1024, 0x10028, 0xffffff};

	(void)state;
	for (uint32_t i = 0; i < COUNT(owned); i++) {
		WRITES(DIR, owned[i]);
		assert_written(i, "ICC_DIR_EL1", owned[i]);
	}
	for (uint32_t i = 0; i < COUNT(foreign); i++) {
		WRITES(DIR, foreign[i]);
	}
	assert_int_equal(host_sysreg_writes(), COUNT(owned));
}

static void an_sgi_to_all_others_stays_in_the_partition(void **state)
{
	uint64_t sgi = (UINT64_C(1) << 40) | (UINT64_C(5) << 24);

	(void)state;
	WRITES(SGI1R, sgi | 0xffffu); /* with IRM the list means nothing */
	assert_int_equal(host_sysreg_writes(), 2);
	assert_written(0, "ICC_SGI1R_EL1", fake_vcpus(plan)[0].sgi_target | (UINT64_C(5) << 24));
	assert_written(1, "ICC_SGI1R_EL1", fake_vcpus(plan)[2].sgi_target | (UINT64_C(5) << 24));
	assert_int_equal(arch_core_state()->exits[EXIT_SGI], 1);
	assert_int_equal(arch_core_state()->exits[EXIT_SYSREG], 0);
}

static void an_sgi_goes_to_the_cores_of_its_list(void **state)
{
	static struct plan_vcpu many[18];

	(void)state;
	for (uint32_t i = 0; i < COUNT(many); i++) {
		many[i].sgi_target = UINT64_C(0x300000000) | (i << 16);
	}
	arch_core_state()->vcpus = many;
	arch_core_state()->vcpu_count = COUNT(many);
	WRITES(SGI1R, (UINT64_C(9) << 24) | 0x8005u);              /* 0, 2 and 15 */
	WRITES(SGI1R, (UINT64_C(9) << 24) | (1u << 16) | 0xffffu); /* 16 and 17 are all of the second cluster */
	assert_int_equal(host_sysreg_writes(), 5);
	assert_written(0, "ICC_SGI1R_EL1", many[0].sgi_target | 0x9000000u);
	assert_written(1, "ICC_SGI1R_EL1", many[2].sgi_target | 0x9000000u);
	assert_written(2, "ICC_SGI1R_EL1", many[15].sgi_target | 0x9000000u);
	assert_written(3, "ICC_SGI1R_EL1", many[16].sgi_target | 0x9000000u);
	assert_written(4, "ICC_SGI1R_EL1", many[17].sgi_target | 0x9000000u);
	WRITES(SGI1R, (2u << 16) | 0xffffu);
	WRITES(SGI1R, 0);
	assert_int_equal(host_sysreg_writes(), 5);
}

static void an_sgi_to_no_core_of_the_partition_goes_nowhere(void **state)
{
	(void)state;
	WRITES(SGI1R, (UINT64_C(1) << 48) | 1u); /* Aff3 */
	WRITES(SGI1R, (UINT64_C(1) << 32) | 1u); /* Aff2 */
	WRITES(SGI1R, (UINT64_C(1) << 44) | 1u); /* range selector */
	WRITES(ASGI1R, UINT64_C(1) << 40);
	WRITES(SGI0R, UINT64_C(1) << 40);
	assert_int_equal(host_sysreg_writes(), 0);
}

static void exits_are_counted_by_reason(void **state)
{
	(void)state;
	WRITES(PMR, 0);
	READS(SRE, 7);
	WRITES(SGI1R, 0);
	assert_int_equal(arch_core_state()->exits[EXIT_SYSREG], 2);
	assert_int_equal(arch_core_state()->exits[EXIT_SGI], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_and_apart),
		cmocka_unit_test(every_key_finds_its_row_and_no_other),
		cmocka_unit_test(only_constants_have_values),
		cmocka_unit_test_setup(syndromes_lead_to_their_rows, fresh),
		cmocka_unit_test_setup(constants_read_and_ignore, fresh),
		cmocka_unit_test_setup(what_is_not_there_is_undefined, fresh),
		cmocka_unit_test_setup(the_priority_mask_is_the_physical_one, fresh),
		cmocka_unit_test_setup(control_keeps_what_is_not_the_guests, fresh),
		cmocka_unit_test_setup(only_own_interrupts_are_deactivated, fresh),
		cmocka_unit_test_setup(an_sgi_to_all_others_stays_in_the_partition, fresh),
		cmocka_unit_test_setup(an_sgi_goes_to_the_cores_of_its_list, fresh),
		cmocka_unit_test_setup(an_sgi_to_no_core_of_the_partition_goes_nowhere, fresh),
		cmocka_unit_test_setup(exits_are_counted_by_reason, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
