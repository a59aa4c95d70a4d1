/* SPDX-License-Identifier: Apache-2.0 */
/* Guest faults and the panic: the report's text, the end of that partition only, and who is blamed. */
#include "test.h"

#include "arch/cpu.h"
#include "core/entry.h"
#include "core/partition.h"
#include "fake/fake.h"
#include "plan/abi.h"

static struct plan_header *plan;
static uint64_t registers[31];

static int running(void **state)
{
	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	fake_world_run(plan);
	for (uint32_t i = 0; i < 31u; i++) {
		registers[i] = UINT64_C(0x1111111100000000) + i;
	}
	return 0;
}

static void raise_fault(void *fault)
{
	core_on_guest_fault(fault);
}

static struct guest_fault full_fault(void)
{
	static const char *const names[] = {"first..", "x6..", "x12..", "x18..", "x24..", "last.."};

	return (struct guest_fault){
		.cause = "a write outside its memory and devices",
		.syndrome = 0x92000045,
		.pc = UINT64_C(0xffff800008010203),
		.address = 0x6f000010,
		.has_address = true,
		.instruction = 0xb8004401,
		.has_instruction = true,
		.registers = registers,
		.register_count = 31,
		.register_names = names,
	};
}

static void the_report_says_it_all(void **state)
{
	struct guest_fault fault = full_fault();

	(void)state;
	assert_int_equal(fake_run(4, raise_fault, &fault), FAKE_ASLEEP);
	assert_non_null(strstr(fake_log(4),
			       " partition gamma virtual core 0: a write outside its memory and devices at "
			       "guest-physical 0x00006f000010, pc 0xffff800008010203, instruction "
			       "0xb8004401, syndrome 0x92000045\n"));
	assert_non_null(strstr(fake_log(4), "   first.. 1111111100000000 1111111100000001 1111111100000002 "
					    "1111111100000003 1111111100000004 1111111100000005\n"));
	assert_non_null(strstr(fake_log(4), "   x24.. 1111111100000018"));
	assert_non_null(strstr(fake_log(4), "   last.. 111111110000001e\n"));
	assert_non_null(strstr(fake_log(4), " partition gamma faulted: stopped\n"));
}

static void what_is_not_known_is_not_said(void **state)
{
	struct guest_fault fault = full_fault();

	(void)state;
	fault.has_address = false;
	fault.has_instruction = false;
	fault.register_count = 0;
	assert_int_equal(fake_run(4, raise_fault, &fault), FAKE_ASLEEP);
	assert_non_null(strstr(fake_log(4), "devices, pc 0xffff800008010203, syndrome 0x92000045\n"));
	assert_null(strstr(fake_log(4), "first.."));
}

static void a_fault_touches_no_neighbour(void **state)
{
	struct guest_fault fault = full_fault();
	char before[LOG_RING_SIZE + 1u];

	(void)state;
	strcpy(before, fake_log(3));
	assert_int_equal(fake_run(0, raise_fault, &fault), FAKE_ASLEEP);
	assert_int_equal(partition_state(plan, 0), PARTITION_FAULTED);
	assert_int_equal(partition_state(plan, 1), PARTITION_RUNNING);
	assert_int_equal(partition_state(plan, 2), PARTITION_RUNNING);
	assert_false(fake_revoked(1) || fake_revoked(2));
	assert_string_equal(fake_log(3), before);
	for (uint32_t i = 0; i < fake_steps(); i++) {
		assert_true((fake_step(i)->call != FAKE_CALL_KICK) || (fake_step(i)->value < 3u));
	}
	assert_int_equal(fake_state(0)->exits[EXIT_FAULT], 1);
	assert_int_equal(fake_state(0)->exits[EXIT_RECALL], 0);
}

/* What its other cores then run into is the recall: one line, nobody's fault. */
static void a_second_fault_is_a_recall(void **state)
{
	struct guest_fault fault = full_fault();
	size_t before = strlen(fake_log(1));

	(void)state;
	(void)fake_run(0, raise_fault, &fault);
	assert_int_equal(strlen(fake_log(1)), before);
	assert_int_equal(fake_guest_fetch(1), FAKE_ASLEEP);
	assert_int_equal(fake_state(1)->exits[EXIT_RECALL], 1);
	assert_int_equal(fake_state(1)->exits[EXIT_FAULT], 0);
	assert_string_equal(fake_log(1) + before + LOG_STAMP_DIGITS, " partition alpha virtual core 1 recalled\n");
	assert_int_equal(fake_count(FAKE_CALL_REVOKE), 1);
}

static void the_last_partitions_fault_switches_the_board_off(void **state)
{
	static const uint32_t rows[] = {0, 3, 4};
	struct guest_fault fault = full_fault();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(fake_run(rows[i], raise_fault, &fault), (i < 2u) ? FAKE_ASLEEP : FAKE_SYSTEM_OFF);
	}
}

/* The longest line that there is fits whole: the longest name, number and cause. */
static void the_longest_report_is_not_cut(void **state)
{
	struct guest_fault fault = full_fault();
	char name[PLAN_NAME];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[PLAN_NAME - 1u] = '\0';
	memcpy(fake_partitions(plan)[0].name, name, sizeof(name));
	fault.cause = "a register access by an instruction that is not decoded";
	(void)fake_run(0, raise_fault, &fault);
	assert_non_null(strstr(fake_log(0), "instruction 0xb8004401, syndrome 0x92000045\n"));
}

static void panic(void *argument)
{
	(void)argument;
	core_panic("exception at EL2, syndrome", 0x96000004, 0x40201234);
}

static void a_panic_is_one_line_and_halts(void **state)
{
	(void)state;
	assert_int_equal(fake_run(0, panic, NULL), FAKE_HALTED);
	assert_non_null(strstr(fake_log(0), " panic: exception at EL2, syndrome 0x0000000096000004, pc "
					    "0x0000000040201234\n"));
	assert_int_equal(partition_state(plan, 1), PARTITION_RUNNING);
}

static void panic_twice(void *argument)
{
	arch_core_state()->has_panicked = 1;
	panic(argument);
}

static void a_panic_within_a_panic_is_silent(void **state)
{
	(void)state;
	assert_int_equal(fake_run(0, panic_twice, NULL), FAKE_HALTED);
	assert_null(strstr(fake_log(0), "panic"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_report_says_it_all, running),
		cmocka_unit_test_setup(what_is_not_known_is_not_said, running),
		cmocka_unit_test_setup(a_fault_touches_no_neighbour, running),
		cmocka_unit_test_setup(a_second_fault_is_a_recall, running),
		cmocka_unit_test_setup(the_last_partitions_fault_switches_the_board_off, running),
		cmocka_unit_test_setup(the_longest_report_is_not_cut, running),
		cmocka_unit_test_setup(a_panic_is_one_line_and_halts, running),
		cmocka_unit_test_setup(a_panic_within_a_panic_is_silent, running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
