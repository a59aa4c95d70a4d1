/* SPDX-License-Identifier: Apache-2.0 */
/* Calls by HVC and SMC: every PSCI function in both forms, what is unknown, and what reaches core's upcalls. */
#include "test.h"

#include "arch/armv8/exit.h"
#include "arch/armv8/exit_asm.h"
#include "arch/cpu.h"
#include "core/entry.h"
#include "fake/fake.h"
#include "host/host.h"
#include "plan/abi.h"

#define NOT_SUPPORTED UINT64_MAX
#define INVALID_PARAMETERS (UINT64_MAX - 1u)
#define DENIED (UINT64_MAX - 2u)
#define ALREADY_ON (UINT64_MAX - 3u)
#define ON_PENDING (UINT64_MAX - 4u)
#define GARBAGE UINT64_C(0xabcdef0100000000)

static struct plan_header *plan;
static struct exit_frame frame;

/* Core's upcalls, recorded; those without return end the call. */
static struct {
	jmp_buf end;
	uint32_t on_number;
	uint64_t on_entry, on_argument;
	enum vcpu_on on_result;
	enum vcpu_power power;
	uint32_t services;
	uint32_t service_function;
	bool service_known;
} core;

enum ending { RETURNED, CORE_OFF, PARTITION_OFF_ENDING, PARTITION_RESET_ENDING };

enum vcpu_on core_vcpu_on(uint32_t number, gpaddr_t entry, uint64_t argument)
{
	core.on_number = number;
	core.on_entry = entry.value;
	core.on_argument = argument;
	return core.on_result;
}

enum vcpu_power core_vcpu_power(uint32_t number)
{
	assert_true(number < arch_core_state()->vcpu_count);
	core.on_number = number;
	return core.power;
}

void core_vcpu_off(void)
{
	longjmp(core.end, CORE_OFF);
}

void core_partition_end(bool reset)
{
	longjmp(core.end, reset ? PARTITION_RESET_ENDING : PARTITION_OFF_ENDING);
}

bool core_on_service(uint32_t function, uint64_t values[4])
{
	core.services++;
	core.service_function = function;
	if (core.service_known) {
		values[0] = 0x11;
		values[3] = 0x44;
	}
	return core.service_known;
}

static int fresh(void **state)
{
	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	fake_vcpus(plan)[2].virtual_id = 0x100; /* so that numbers and affinities differ */
	memset(&core, 0, sizeof(core));
	host_reset();
	host_core_make(plan, 0);
	return 0;
}

typedef void (*call_handler)(struct exit_frame *frame);
extern const call_handler psci_calls[PSCI_SLOTS];

/* As the vectors do it: w0 less the first function, rotated, is the slot; what has no handler is another call. */
static void dispatch(void)
{
	uint32_t number = (uint32_t)frame.x[0] - PSCI_FIRST;
	uint32_t slot = (number << 2) | (number >> 30);

	if ((slot < PSCI_SLOTS) && (psci_calls[slot] != NULL)) {
		arch_core_state()->exits[EXIT_PSCI]++;
		psci_calls[slot](&frame);
	} else {
		call_other(&frame);
	}
}

static enum ending call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	int how = setjmp(core.end);

	if (how != 0) {
		return (enum ending)how;
	}
	for (uint32_t i = 0; i < COUNT(frame.x); i++) {
		frame.x[i] = 0x5500u + i;
	}
	frame.x[0] = x0;
	frame.x[1] = x1;
	frame.x[2] = x2;
	frame.x[3] = x3;
	dispatch();
	for (uint32_t i = 4; i < COUNT(frame.x); i++) {
		assert_int_equal(frame.x[i], 0x5500u + i);
	}
	return RETURNED;
}

static void assert_answer(uint64_t x0, uint64_t x1, uint64_t expected)
{
	assert_int_equal(call(x0, x1, 0x22, 0x33), RETURNED);
	assert_int_equal(frame.x[0], expected);
	assert_int_equal(frame.x[1], x1);
	assert_int_equal(frame.x[2], 0x22);
	assert_int_equal(frame.x[3], 0x33);
}

static void versions(void **state)
{
	(void)state;
	assert_answer(0x84000000, 1, 0x10001); /* PSCI 1.1 */
	assert_answer(0x80000000, 1, 0x10001); /* SMCCC 1.1 */
	assert_answer(0x84000006, 1, 2);       /* MIGRATE_INFO_TYPE: not required */
	assert_answer(0x84000001, 1, 0);       /* CPU_SUSPEND */
	assert_answer(0xc4000001, 1, 0);
	assert_answer(GARBAGE | 0x84000000, 1, 0x10001); /* the id is w0 */
}

static void cpu_on_translates_affinities(void **state)
{
	(void)state;
	assert_int_equal(call(0xc4000003, 0x100, 0x40080000, UINT64_MAX), RETURNED);
	assert_int_equal(frame.x[0], 0);
	assert_int_equal(core.on_number, 2);
	assert_int_equal(core.on_entry, 0x40080000);
	assert_int_equal(core.on_argument, UINT64_MAX);
	assert_int_equal(call(0xc4000003, 2, 0, 0), RETURNED);
	assert_int_equal(core.on_number, 3); /* nobody's: core refuses it */
	assert_int_equal(call(0xc4000003, UINT64_C(0x100000001), 0, 0), RETURNED);
	assert_int_equal(core.on_number, 3);
}

static void the_32_bit_form_takes_32_bits(void **state)
{
	(void)state;
	assert_int_equal(call(0x84000003, GARBAGE | 1u, GARBAGE | 0x40080000u, GARBAGE | 7u), RETURNED);
	assert_int_equal(core.on_number, 1);
	assert_int_equal(core.on_entry, 0x40080000);
	assert_int_equal(core.on_argument, 7);
	assert_int_equal(call(0xc4000003, GARBAGE | 1u, 0, 0), RETURNED);
	assert_int_equal(core.on_number, 3);
}

static void cpu_on_answers_in_psci_words(void **state)
{
	static const uint64_t answers[] = {
		[VCPU_ON_OK] = 0,
		[VCPU_ON_INVALID] = INVALID_PARAMETERS,
		[VCPU_ON_ALREADY] = ALREADY_ON,
		[VCPU_ON_PENDING] = ON_PENDING,
		[VCPU_ON_DENIED] = DENIED,
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(answers); i++) {
		core.on_result = (enum vcpu_on)i;
		assert_answer(0xc4000003, 1, answers[i]);
		assert_answer(0x84000003, 1, answers[i]);
	}
}

static void affinity_info_knows_own_cores_at_level_0(void **state)
{
	static const enum vcpu_power powers[] = {VCPU_POWER_ON, VCPU_POWER_OFF, VCPU_POWER_PENDING};

	(void)state;
	for (uint32_t i = 0; i < COUNT(powers); i++) {
		core.power = powers[i];
		assert_int_equal(call(0xc4000004, 0x100, 0, 0), RETURNED);
		assert_int_equal(frame.x[0], i); /* ON 0, OFF 1, ON_PENDING 2 (DEN 0022, 5.7.2) */
		assert_int_equal(core.on_number, 2);
		assert_int_equal(call(0x84000004, GARBAGE | 1u, GARBAGE, 0), RETURNED);
		assert_int_equal(frame.x[0], i);
		assert_int_equal(core.on_number, 1);
	}
	assert_int_equal(call(0xc4000004, 2, 0, 0), RETURNED);
	assert_int_equal(frame.x[0], INVALID_PARAMETERS);
	assert_int_equal(call(0xc4000004, 0, 1, 0), RETURNED);
	assert_int_equal(frame.x[0], INVALID_PARAMETERS);
	assert_int_equal(call(0xc4000004, 0, UINT64_C(1) << 32, 0), RETURNED);
	assert_int_equal(frame.x[0], INVALID_PARAMETERS);
}

static void some_calls_do_not_return(void **state)
{
	(void)state;
	assert_int_equal(call(0x84000002, 0, 0, 0), CORE_OFF);
	assert_int_equal(call(0x84000008, 0, 0, 0), PARTITION_OFF_ENDING);
	assert_int_equal(call(0x84000009, 0, 0, 0), PARTITION_RESET_ENDING);
	assert_int_equal(call(0x84000012, 0, 0, 0), PARTITION_RESET_ENDING);
	assert_int_equal(call(0xc4000012, 0, 0, 0), PARTITION_RESET_ENDING);
	assert_answer(0x84000012, 1, INVALID_PARAMETERS); /* no other kind of reset */
	assert_answer(0xc4000012, 0x80000000, INVALID_PARAMETERS);
	assert_int_equal(arch_core_state()->exits[EXIT_PSCI], 7); /* those that do not return too */
}

/* Whether the partition's firmware interface has the function, and PSCI_FEATURES says so. */
static bool is_offered(uint32_t function)
{
	static const uint32_t offered[] = {0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003,
					   0xc4000003, 0x84000004, 0xc4000004, 0x84000006, 0x84000008,
					   0x84000009, 0x8400000a, 0x84000012, 0xc4000012, 0x80000000};

	for (uint32_t i = 0; i < COUNT(offered); i++) {
		if (offered[i] == function) {
			return true;
		}
	}
	return false;
}

static void features_tells_what_is_offered(void **state)
{
	static const uint32_t ranges[] = {0x80000000, 0xc0000000, 0x84000000, 0xc4000000, 0x04000000,
					  0x86000000, 0x85000000, 0x80008000, 0x83000000, 0};

	(void)state;
	for (uint32_t i = 0; i < COUNT(ranges); i++) {
		for (uint32_t number = 0; number < 0x100u; number++) {
			uint32_t function = ranges[i] | number;

			assert_answer(0x8400000a, GARBAGE | function, is_offered(function) ? 0u : NOT_SUPPORTED);
		}
	}
}

static void unknown_functions_are_not_supported(void **state)
{
	static const uint32_t ranges[] = {0x84000000, 0xc4000000, 0x80000000, 0xc0000000, 0x82000000,
					  0x83000000, 0x85000000, 0xb2000000, 0xbf000000, 0x04000000,
					  0x06000000, 0x84010000, 0x84000100, 0xc4008000};
	uint64_t before;

	(void)state;
	for (uint32_t i = 0; i < COUNT(ranges); i++) {
		for (uint32_t number = 0; number < 0x100u; number++) {
			uint32_t function = ranges[i] | number;

			if (!is_offered(function)) {
				before = arch_core_state()->exits[EXIT_PSCI];
				assert_answer(function, 1, NOT_SUPPORTED);
				assert_int_equal(arch_core_state()->exits[EXIT_PSCI], before + 1u);
			}
		}
	}
	assert_answer(0xffffffff, 1, NOT_SUPPORTED);
	assert_answer(0, 1, NOT_SUPPORTED);
	assert_int_equal(core.services, 0);
}

/* Workarounds are not offered: who is told of them calls them at each exception. */
static void architecture_calls_are_not_offered(void **state)
{
	(void)state;
	assert_answer(0x80000001, 0x80008000, NOT_SUPPORTED);
	assert_answer(0x80008000, 0, NOT_SUPPORTED);
	assert_answer(0x80007fff, 0, NOT_SUPPORTED);
	assert_answer(0x80003fff, 0, NOT_SUPPORTED);
}

static void the_vendor_range_is_cores(void **state)
{
	(void)state;
	core.service_known = true;
	assert_int_equal(call(GARBAGE | ABI_EXITS, 1, 2, 3), RETURNED);
	assert_int_equal(core.service_function, ABI_EXITS);
	assert_int_equal(frame.x[0], 0x11);
	assert_int_equal(frame.x[1], 1);
	assert_int_equal(frame.x[3], 0x44);
	assert_int_equal(call(ABI_UID, 1, 2, 3), RETURNED);
	assert_int_equal(core.service_function, ABI_UID);
	core.service_known = false;
	assert_answer(0x860000ff, 1, NOT_SUPPORTED);
	assert_int_equal(core.services, 3);
	assert_int_equal(arch_core_state()->exits[EXIT_PSCI], 0); /* core counts them itself */
}

static void other_immediates_are_refused(void **state)
{
	(void)state;
	frame.x[0] = 0x84000008; /* SYSTEM_OFF by HVC #1 switches nothing off */
	frame.x[1] = 1;
	call_refuse(&frame);
	assert_int_equal(frame.x[0], NOT_SUPPORTED);
	assert_int_equal(frame.x[1], 1);
	assert_int_equal(arch_core_state()->exits[EXIT_PSCI], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(versions, fresh),
		cmocka_unit_test_setup(cpu_on_translates_affinities, fresh),
		cmocka_unit_test_setup(the_32_bit_form_takes_32_bits, fresh),
		cmocka_unit_test_setup(cpu_on_answers_in_psci_words, fresh),
		cmocka_unit_test_setup(affinity_info_knows_own_cores_at_level_0, fresh),
		cmocka_unit_test_setup(some_calls_do_not_return, fresh),
		cmocka_unit_test_setup(features_tells_what_is_offered, fresh),
		cmocka_unit_test_setup(unknown_functions_are_not_supported, fresh),
		cmocka_unit_test_setup(architecture_calls_are_not_offered, fresh),
		cmocka_unit_test_setup(the_vendor_range_is_cores, fresh),
		cmocka_unit_test_setup(other_immediates_are_refused, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
