/* SPDX-License-Identifier: Apache-2.0 */
/* Boot on the fake machine: the order of its steps on all cores at once, and every way in which it refuses. */
#include "test.h"

#include "core/boot.c" /* for its two counters, which only a reset clears */

#include "fake/fake.h"

static const struct fake_shape shape_spare = {.partitions = 2, .cores = {2, 1}, .spare_boot_core = true};

static struct plan_header *machine(const struct fake_shape *shape)
{
	struct plan_header *plan = fake_plan_make(shape);

	atomic_store(&arrived, 0u);
	atomic_store(&started, 0u);
	fake_world_make(plan);
	return plan;
}

static bool starts_with(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* The text of the last line on the console, stamp-free as the console shows it. */
static const char *last_line(void)
{
	static char line[256];
	const char *text = fake_console();
	size_t end = strlen(text);
	size_t from = end - 1u;

	while ((from > 0u) && (text[from - 1u] != '\n')) {
		from--;
	}
	snprintf(line, sizeof(line), "%.*s", (int)(end - 1u - from), &text[from]);
	return line;
}

static void assert_order(uint32_t row, enum fake_call first, enum fake_call second)
{
	uint32_t a = fake_find(first, row, 0);
	uint32_t b = fake_find(second, row, 0);

	if ((a >= fake_steps()) || (b >= fake_steps()) || (a >= b)) {
		fail_msg("core %u: call %d at %u is not before call %d at %u", row, first, a, second, b);
	}
}

static void all_guests_start(void **state)
{
	struct plan_header *plan = machine(&fake_shape_three);

	(void)state;
	assert_int_equal(fake_boot(0), FAKE_ENTERED);
	for (uint32_t row = 0; row < plan->cores.count; row++) {
		const struct plan_vcpu *vcpu = &fake_vcpus(plan)[row];
		const struct plan_partition *partition = &fake_partitions(plan)[vcpu->partition];

		assert_int_equal(fake_core(row)->end, (vcpu->number == 0u) ? FAKE_ENTERED : FAKE_ASLEEP);
		if (vcpu->number == 0u) {
			assert_int_equal(fake_core(row)->entry, partition->entry);
			assert_int_equal(fake_core(row)->argument, partition->argument);
		}
	}
	assert_int_equal(fake_count(FAKE_CALL_ENTER), 3);
	assert_int_equal(fake_count(FAKE_CALL_CORE_START), 5);
	assert_int_equal(fake_count(FAKE_CALL_HALT), 0);
}

static void each_core_goes_one_way(void **state)
{
	struct plan_header *plan = machine(&fake_shape_three);

	(void)state;
	(void)fake_boot(0);
	assert_order(0, FAKE_CALL_MACHINE_CHECK, FAKE_CALL_INIT);
	assert_order(0, FAKE_CALL_INIT, FAKE_CALL_PARK);
	assert_order(0, FAKE_CALL_PARK, FAKE_CALL_CORE_START);
	for (uint32_t row = 0; row < plan->cores.count; row++) {
		assert_order(row, FAKE_CALL_CRC, FAKE_CALL_MACHINE_CHECK);
		assert_order(row, FAKE_CALL_MACHINE_CHECK, FAKE_CALL_PARK);
		if (fake_vcpus(plan)[row].number == 0u) {
			assert_order(row, FAKE_CALL_PARK, FAKE_CALL_LOADER_OPEN);
			assert_order(row, FAKE_CALL_LOADER_CLOSE, FAKE_CALL_HAND_OVER);
			assert_order(row, FAKE_CALL_HAND_OVER, FAKE_CALL_ENTER);
		}
	}
}

static void no_guest_before_every_core_has_passed(void **state)
{
	struct plan_header *plan = machine(&fake_shape_three);

	(void)state;
	(void)fake_boot(0);
	for (uint32_t i = 0; i < fake_steps(); i++) {
		enum fake_call call = fake_step(i)->call;

		if ((call == FAKE_CALL_LOADER_OPEN) || (call == FAKE_CALL_ENTER)) {
			for (uint32_t row = 0; row < plan->cores.count; row++) {
				assert_true(fake_find(FAKE_CALL_PARK, row, 0) < i);
			}
		}
	}
}

static void only_own_tables_are_checked(void **state)
{
	struct plan_header *plan = machine(&fake_shape_three);

	(void)state;
	(void)fake_boot(0);
	for (uint32_t row = 0; row < plan->cores.count; row++) {
		uint32_t at = fake_find(FAKE_CALL_CRC, row, 0);

		assert_int_equal(fake_step(at)->value, fake_table_sets(plan)[row * 3u + 2u].base);
		assert_int_equal(fake_find(FAKE_CALL_CRC, row, at + 1u), fake_steps());
	}
}

static void end_partition(void *argument)
{
	(void)argument;
	core_partition_end(false);
}

static void the_console_speaks_and_closes(void **state)
{
	struct plan_header *plan = machine(&fake_shape_three);
	const char *text;

	(void)state;
	(void)fake_boot(0);
	text = fake_console();
	assert_true(starts_with(text, "bulkhead: core 0 counter 62500000 Hz\nbulkhead: Bulkhead " BULKHEAD_VERSION
				      " on fake-board, plan a5a5"));
	assert_string_equal(strchr(strchr(text, '\n') + 1, '\n'), "\n"); /* two lines and no more */
	assert_non_null(strstr(fake_log(plan->cores.count - 1u), " core 5 counter 62500000 Hz\n"));
	assert_int_equal(fake_run(0, end_partition, NULL), FAKE_ASLEEP); /* who boots may speak no more */
	assert_string_equal(strchr(strchr(text, '\n') + 1, '\n'), "\n");
	assert_non_null(strstr(fake_log(0), " partition alpha switched itself off\n"));
}

static void an_unowned_boot_core_goes_off(void **state)
{
	struct plan_header *plan = machine(&shape_spare);

	(void)state;
	assert_int_equal(fake_boot(0), FAKE_CORE_OFF);
	assert_int_equal(fake_core(1)->end, FAKE_ENTERED);
	assert_int_equal(fake_core(2)->end, FAKE_ASLEEP);
	assert_int_equal(fake_core(3)->end, FAKE_ENTERED);
	assert_int_equal(fake_state(0)->partition_index, PLAN_NONE);
	assert_null(fake_state(0)->partition);
	assert_int_equal(fake_cores(plan)[0].partition, PLAN_NONE);
}

static void any_core_may_boot(void **state)
{
	(void)state;
	(void)machine(&fake_shape_three);
	assert_int_equal(fake_boot(4), FAKE_ENTERED); /* gamma's virtual core 0 */
	assert_int_equal(fake_core(0)->end, FAKE_ENTERED);
	assert_int_equal(fake_core(3)->end, FAKE_ENTERED);
	(void)machine(&fake_shape_three);
	assert_int_equal(fake_boot(5), FAKE_ASLEEP); /* gamma's virtual core 1 */
	assert_int_equal(fake_core(4)->end, FAKE_ENTERED);
}

static void a_plan_for_another_board_is_refused(void **state)
{
	struct plan_header *plan = machine(&fake_shape_three);

	(void)state;
	plan->board[PLAN_NAME - 1u] = '!'; /* to the last byte */
	assert_int_equal(fake_boot(0), FAKE_HALTED);
	assert_string_equal(last_line(), "bulkhead: E11 the plan is for another board than this hypervisor");
	assert_int_equal(fake_count(FAKE_CALL_CORE_START), 0);
	assert_int_equal(fake_count(FAKE_CALL_INIT), 0);
}

static void a_bad_plan_is_refused_by_its_number(void **state)
{
	struct plan_header *plan = machine(&fake_shape_three);

	(void)state;
	fake_windows(plan)[0].pa = fake_windows(plan)[3].pa;
	assert_int_equal(fake_boot(0), FAKE_HALTED);
	assert_string_equal(last_line(), "bulkhead: E15 a partition reaches memory that is another's, the "
					 "hypervisor's or not there");
	plan = machine(&fake_shape_three);
	plan->arch = PLAN_ARCH_ARMV8;
	assert_int_equal(fake_boot(0), FAKE_HALTED);
	assert_string_equal(last_line(), "bulkhead: E26 the plan is for another architecture");
	assert_int_equal(fake_count(FAKE_CALL_MACHINE_CHECK), 0);
}

static void a_corrupt_table_of_the_boot_core_is_refused(void **state)
{
	struct plan_header *plan = machine(&fake_shape_three);

	(void)state;
	fake_table_sets(plan)[2].crc ^= 1u;
	assert_int_equal(fake_boot(0), FAKE_HALTED);
	assert_string_equal(last_line(), "bulkhead: E09 a translation table is corrupt (CRC)");
	assert_int_equal(fake_count(FAKE_CALL_CORE_START), 0);
}

/* A system starts whole or not at all: the boot core waits for the one that refused, and then refuses too. */
static void a_refusing_core_holds_all(void **state)
{
	struct plan_header *plan = machine(&fake_shape_three);

	(void)state;
	*(uint8_t *)(uintptr_t)fake_table_sets(plan)[5u * 3u + 2u].base ^= 0x80u;
	assert_int_equal(fake_boot(0), FAKE_HALTED);
	assert_int_equal(fake_core(5)->end, FAKE_HALTED);
	for (uint32_t row = 1; row < 5u; row++) {
		assert_int_equal(fake_core(row)->end, FAKE_WAITING);
	}
	assert_int_equal(fake_count(FAKE_CALL_ENTER), 0);
	assert_int_equal(fake_count(FAKE_CALL_LOADER_OPEN), 0);
	assert_string_equal(last_line(), "bulkhead: E09 a translation table is corrupt (CRC)");
	assert_non_null(strstr(fake_log(5), " E09 a translation table is corrupt (CRC)\n"));
	assert_null(strstr(fake_console(), "E24"));

	(void)machine(&fake_shape_three);
	fake_machine_refuse(3, REFUSAL_REDISTRIBUTOR);
	assert_int_equal(fake_boot(0), FAKE_HALTED);
	assert_int_equal(fake_core(3)->end, FAKE_HALTED);
	assert_int_equal(fake_count(FAKE_CALL_ENTER), 0);
	assert_string_equal(last_line(), "bulkhead: E22 this core's redistributor is not where the board file says");
}

static void another_machine_is_refused(void **state)
{
	(void)state;
	(void)machine(&fake_shape_three);
	fake_machine_refuse(0, REFUSAL_GIC);
	assert_int_equal(fake_boot(0), FAKE_HALTED);
	assert_string_equal(last_line(), "bulkhead: E20 another interrupt controller than the board file's");
	assert_int_equal(fake_count(FAKE_CALL_INIT), 0);
}

static void a_missing_core_is_refused(void **state)
{
	(void)state;
	(void)machine(&fake_shape_three);
	fake_core_start_fails(1);
	assert_int_equal(fake_boot(0), FAKE_HALTED);
	assert_string_equal(last_line(), "bulkhead: E24 a core of the plan does not start: fewer cores than the board "
					 "file says?");
	assert_int_equal(fake_count(FAKE_CALL_ENTER), 0);
}

static void every_refusal_has_its_line(void **state)
{
	(void)state;
	for (uint32_t number = 1; number < (uint32_t)REFUSAL_COUNT; number++) {
		char start[32];

		assert_non_null(arch_refusal_text((enum refusal)number));
		(void)machine(&fake_shape_three);
		fake_machine_refuse(0, (enum refusal)number);
		assert_int_equal(fake_boot(0), FAKE_HALTED);
		snprintf(start, sizeof(start), "bulkhead: E%02u ", number);
		assert_true(starts_with(last_line(), start));
		assert_string_equal(last_line() + strlen(start), arch_refusal_text((enum refusal)number));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_guests_start),
		cmocka_unit_test(each_core_goes_one_way),
		cmocka_unit_test(no_guest_before_every_core_has_passed),
		cmocka_unit_test(only_own_tables_are_checked),
		cmocka_unit_test(the_console_speaks_and_closes),
		cmocka_unit_test(an_unowned_boot_core_goes_off),
		cmocka_unit_test(any_core_may_boot),
		cmocka_unit_test(a_plan_for_another_board_is_refused),
		cmocka_unit_test(a_bad_plan_is_refused_by_its_number),
		cmocka_unit_test(a_corrupt_table_of_the_boot_core_is_refused),
		cmocka_unit_test(a_refusing_core_holds_all),
		cmocka_unit_test(another_machine_is_refused),
		cmocka_unit_test(a_missing_core_is_refused),
		cmocka_unit_test(every_refusal_has_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
