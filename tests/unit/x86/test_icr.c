/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of the interrupt command register: whatever a guest writes, only its own cores. */
#include "host.h"

#include "arch/x86/apic.h"
#include "arch/x86/icr.h"
#include "core/entry.h"

#define SENT_MOST 16u
#define NMI UINT32_MAX

static struct {
	uint32_t id, command;
} sent[SENT_MOST];
static uint32_t sent_count;
static enum vcpu_power power[HOST_VCPUS];
static uint32_t started[HOST_VCPUS]; /* pages, by core_vcpu_on */
static bool went_off;
static jmp_buf off;

/* ---- what the filter calls ---- */

static void record(uint32_t id, uint32_t command)
{
	assert_true(sent_count < SENT_MOST);
	sent[sent_count].id = id;
	sent[sent_count].command = command;
	sent_count++;
}

void apic_send(uint32_t id, uint32_t command)
{
	record(id, command);
}

void apic_send_nmi(uint32_t id)
{
	record(id, NMI);
}

enum vcpu_on core_vcpu_on(uint32_t number, gpaddr_t entry, uint64_t argument)
{
	assert_int_equal(argument, 0);
	if (power[number] != VCPU_POWER_OFF) {
		return VCPU_ON_ALREADY;
	}
	power[number] = VCPU_POWER_PENDING;
	started[number] = (uint32_t)(entry.value >> 12);
	return VCPU_ON_OK;
}

void core_vcpu_off(void)
{
	went_off = true;
	longjmp(off, 1);
}

static void run_as(uint32_t number)
{
	core.row = vcpus[number].core;
	core.vcpu = &vcpus[number];
}

static int make(void **state)
{
	(void)state;
	host_make();
	sent_count = 0;
	went_off = false;
	memset(started, 0, sizeof(started));
	for (uint32_t i = 0; i < HOST_VCPUS; i++) {
		power[i] = VCPU_POWER_ON;
		run_as(i);
		icr_requests_clear();
	}
	run_as(1);
	return 0;
}

/* ---- tests ---- */

/* The cores that `low` to `destination` reaches, as bits of virtual numbers: Intel SDM volume 3, 11.6.1 and 11.12.9. */
static uint32_t reached(uint32_t destination, uint32_t low)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < HOST_VCPUS; i++) {
		uint32_t id = (uint32_t)vcpus[i].virtual_id;
		uint32_t logical = ((id / 16u) << 16) | (1u << (id % 16u));
		bool named = (low & 0x800u) != 0u ? ((destination >> 16) == (logical >> 16)) &&
							    ((destination & logical & 0xffffu) != 0u)
						  : destination == id;
		const bool by_shorthand[4] = {named || (destination == UINT32_MAX), i == 1u, true, i != 1u};

		found |= by_shorthand[(low >> 18) & 3u] ? 1u << i : 0u;
	}
	return found;
}

/*
 * The own cores that the hardware reaches by what was sent, in the same way: all that is addressed must be own, and no core twice.
 */
static uint32_t sent_to(uint32_t number)
{
	bool is_logical = (sent[number].command & 0x800u) != 0u;
	uint32_t rest = is_logical ? sent[number].id & 0xffffu : 1u << (sent[number].id % 16u);
	uint32_t cluster = is_logical ? sent[number].id >> 16 : sent[number].id / 16u;
	uint32_t found = 0;

	for (uint32_t i = 0; i < HOST_VCPUS; i++) {
		uint32_t bit = 1u << (vcpus[i].virtual_id % 16u);

		if ((cluster == (vcpus[i].virtual_id / 16u)) && ((rest & bit) != 0u)) {
			found |= 1u << i;
			rest &= ~bit;
		}
	}
	assert_int_equal(rest, 0);
	for (uint32_t i = 0; i < number; i++) {
		assert_true((sent[i].id >> 16) != (sent[number].id >> 16));
	}
	return found;
}

/* Every mode, destination form and shorthand, to every small id, to clusters and to all. */
static void interrupts_reach_own_cores_alone(void **state)
{
	static const uint32_t high[] = {0, 0x10000u, 0x20000u, 0xffff0000u};
	uint32_t sends = 0;

	(void)state;
	for (uint32_t low = 0; low < 0x100000u; low += 0x100u) {
		uint32_t mode = (low >> 8) & 7u;

		for (uint32_t i = 0; (mode <= 1u) && (i < (COUNT(high) * 65u)); i++) {
			uint32_t destination = (i % 65u) == 64u ? UINT32_MAX : high[i / 65u] | (i % 65u);
			uint32_t expected = reached(destination, low);
			uint32_t first = expected & (0u - expected);
			uint32_t found = 0;

			sent_count = 0;
			icr_write(destination, low | 0x31u);
			for (uint32_t j = 0; j < sent_count; j++) {
				assert_int_equal(sent[j].command & ~0x800u, 0x31u | (low & 0x4000u));
				found |= sent_to(j);
			}
			assert_int_equal(found, (mode == 1u) ? first : expected);
			assert_true(sent_count <= 2u); /* one a cluster */
			sends += sent_count;
		}
	}
	assert_true(sends > 1000u);
}

/* The same with ids below 16, as most machines have. */
static void cores_of_one_cluster_are_reached_at_once(void **state)
{
	vcpus[2].virtual_id = 7;
	vcpus[2].sgi_target = 1u << 7;
	plan.x86.partitions[1].cluster_count = 1;
	plan.x86.partitions[1].clusters[0] |= 1u << 7;
	plan.x86.partitions[1].clusters[1] = 0;
	interrupts_reach_own_cores_alone(state);
}

static void system_management_and_external_interrupts_are_not_sent(void **state)
{
	static const uint32_t modes[] = {2, 3, 7};

	(void)state;
	for (uint32_t i = 0; i < COUNT(modes); i++) {
		icr_write(4, 0x4000u | (modes[i] << 8));
		icr_write(0, 0x84000u | (modes[i] << 8));
	}
	assert_int_equal(sent_count, 0);
}

/* Looks as the core of virtual number `number` does behind an NMI. */
static bool look_as(uint32_t number)
{
	volatile bool wants_nmi = false; /* lives across longjmp */

	run_as(number);
	if (setjmp(off) == 0) {
		wants_nmi = icr_requests_look();
	}
	run_as(1);
	return wants_nmi;
}

static uint32_t own_core(uint32_t id)
{
	uint32_t number = 0;

	while (vcpus[number].virtual_id != id) {
		number++;
		assert_in_range(number, 0, HOST_VCPUS - 1u);
	}
	return 1u << number;
}

/* Destinations, in every form and with every shorthand. */
static const uint32_t destinations[] = {0, 4, 5, 21, 22, 0x10, 0x30, 0xffff, 0x10020, 0x1ffff, 0x2ffff, UINT32_MAX};
#define FORMS (COUNT(destinations) * 8u)

static uint32_t form(uint32_t number)
{
	return 0x4000u | ((number & 1u) << 11) | (((number >> 1) & 3u) << 18);
}

/* A mode for which the hypervisor there is kicked. */
static void check_kicks(uint32_t mode)
{
	for (uint32_t i = 0; i < FORMS; i++) {
		uint32_t low = mode | 0x31u | form(i);
		uint32_t expected = reached(destinations[i / 8u], low);
		uint32_t found = 0;

		assert_int_equal(make(NULL), 0);
		icr_write(destinations[i / 8u], low);
		for (uint32_t j = 0; j < sent_count; j++) {
			assert_int_equal(sent[j].command, NMI);
			found |= own_core(sent[j].id);
		}
		assert_int_equal(found, expected);
		for (uint32_t j = 0; j < HOST_VCPUS; j++) {
			went_off = false;
			assert_int_equal(look_as(j) || went_off, (expected >> j) & 1u);
			assert_int_equal(went_off, (mode == 0x500u) && (((expected >> j) & 1u) != 0u));
		}
	}
}

static void nmis_reach_own_cores_alone(void **state)
{
	(void)state;
	check_kicks(0x400u);
}

static void inits_reach_own_cores_alone(void **state)
{
	(void)state;
	check_kicks(0x500u);
}

static void an_nmi_waits_until_it_is_taken(void **state)
{
	(void)state;
	icr_write(0, 0xc4400u);
	assert_true(look_as(0));
	assert_true(look_as(0));
	run_as(0);
	icr_nmi_taken();
	assert_false(look_as(0));
	assert_true(look_as(2));
	assert_false(look_as(1));
	assert_false(went_off);
}

/* A kick that was on its way when it parked is all that it gets, and nothing before it starts again. */
static void a_core_that_is_off_gets_no_nmi(void **state)
{
	(void)state;
	icr_write(21, 0x4400u);
	assert_int_equal(sent_count, 1);
	run_as(2);
	icr_parked();
	run_as(1);
	icr_write(21, 0x4400u);
	icr_write(21, 0x44400u); /* to itself, which is on */
	assert_int_equal(sent_count, 2);
	run_as(2);
	icr_requests_clear();
	assert_false(look_as(2));
	assert_true(look_as(1));
	icr_write(21, 0x4400u);
	assert_int_equal(sent_count, 3);
	assert_true(look_as(2));
}

/* Exactly one gets it, if any is on: by a shorthand, a logical id, and in a further cluster. */
static void the_lowest_priority_is_for_cores_that_are_on(void **state)
{
	(void)state;
	run_as(0);
	icr_parked();
	run_as(1);
	icr_write(0x30, 0x4931u);
	assert_int_equal(sent_count, 1);
	assert_int_equal(sent[0].id, 5);
	assert_int_equal(sent[0].command, 0x4031);
	icr_write(0, 0xc4131u);
	assert_int_equal(sent_count, 2);
	assert_int_equal(sent[1].id, 21);
	icr_write(0x10, 0x4931u);
	assert_int_equal(sent_count, 2);
}

static void startups_reach_own_cores_alone(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < FORMS; i++) {
		uint32_t expected;

		assert_int_equal(make(NULL), 0);
		for (uint32_t j = 0; j < HOST_VCPUS; j++) {
			power[j] = (j == 1u) ? VCPU_POWER_ON : VCPU_POWER_OFF;
		}
		icr_write(destinations[i / 8u], 0x69au | form(i));
		expected = reached(destinations[i / 8u], form(i)) & ~2u;
		for (uint32_t j = 0; j < HOST_VCPUS; j++) {
			assert_int_equal(started[j], ((expected >> j) & 1u) != 0u ? 0x9a : 0);
		}
		assert_int_equal(sent_count, 0);
	}
}

static void init_and_startup_restart_a_core(void **state)
{
	(void)state;
	icr_write(21, 0x8500u); /* the end of the level says nothing */
	icr_write(21, 0x4600u | 0x9au);
	assert_int_equal(sent_count, 0);
	icr_write(21, 0x4500u);
	assert_int_equal(sent_count, 1);
	assert_int_equal(core.exits[EXIT_PSCI], 3);
	(void)look_as(2);
	assert_true(went_off);
	power[2] = VCPU_POWER_OFF;
	icr_write(21, 0x4600u | 0x9au);
	assert_int_equal(power[2], VCPU_POWER_PENDING);
	assert_int_equal(started[2], 0x9a);
}

/* As a kernel starts core 21 anew, at a page. */
static void restart(uint32_t page)
{
	icr_write(21, 0x4500u);
	icr_write(21, 0x4600u | page);
}

/* Where core 21 starts once it is parked; 0: it stays off. */
static uint32_t started_when_parked(void)
{
	power[2] = VCPU_POWER_OFF;
	started[2] = 0;
	run_as(2);
	icr_parked();
	return started[2];
}

/* The start-up comes while the core is on its way to park: it finds it there. */
static void startup_waits_for_init(void **state)
{
	(void)state;
	restart(0x65);
	restart(0x9a);
	assert_int_equal(sent_count, 4);
	(void)look_as(2);
	assert_true(went_off);
	assert_int_equal(started_when_parked(), 0x9a);
	assert_int_equal(started_when_parked(), 0);
}

static void init_forgets_a_startup(void **state)
{
	(void)state;
	restart(0x65);
	icr_write(21, 0x4500u);
	assert_int_equal(sent_count, 3);
	assert_int_equal(started_when_parked(), 0);
}

static void a_core_that_is_off_ignores_init(void **state)
{
	(void)state;
	run_as(0);
	icr_parked();
	run_as(1);
	icr_write(4, 0x4500u);
	assert_int_equal(sent_count, 0);
	icr_write(0, 0xc4500u);
	assert_int_equal(sent_count, HOST_VCPUS - 2u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(interrupts_reach_own_cores_alone, make),
		cmocka_unit_test_setup(cores_of_one_cluster_are_reached_at_once, make),
		cmocka_unit_test_setup(system_management_and_external_interrupts_are_not_sent, make),
		cmocka_unit_test_setup(nmis_reach_own_cores_alone, make),
		cmocka_unit_test_setup(inits_reach_own_cores_alone, make),
		cmocka_unit_test_setup(an_nmi_waits_until_it_is_taken, make),
		cmocka_unit_test_setup(a_core_that_is_off_gets_no_nmi, make),
		cmocka_unit_test_setup(the_lowest_priority_is_for_cores_that_are_on, make),
		cmocka_unit_test_setup(startups_reach_own_cores_alone, make),
		cmocka_unit_test_setup(init_and_startup_restart_a_core, make),
		cmocka_unit_test_setup(startup_waits_for_init, make),
		cmocka_unit_test_setup(init_forgets_a_startup, make),
		cmocka_unit_test_setup(a_core_that_is_off_ignores_init, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
