/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI's configuration space: quiet at boot, then each function's registers its owner's and nobody else's. Not here: what its
 * capabilities are (test_pci_capabilities.c).
 */
#include "pci_bus.h"

/* ---- boot ---- */

static void every_function_is_quiet_but_bridges(void **state)
{
	static const struct {
		uint32_t id, command;
	} cases[] = {{OWN, LINE_OFF}, {FOREIGN, LINE_OFF}, {NOBODYS, LINE_OFF}, {HOST_BRIDGE, 7},
		     {ISA_BRIDGE, 7}, {IOMMU, 7},          {BRIDGE, 7},         {BRIDGE_FAR, 3}};

	(void)state;
	assert_int_equal(pci_start(&plan.header), REFUSAL_NONE);
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(get(cases[i].id, COMMAND, 2), cases[i].command);
	}
	for (uint32_t i = 0; i < 2u; i++) {
		assert_int_equal(get(plan.x86.functions[i].id, ROM, 4), 0);
		for (uint32_t j = 0; j < PLAN_X86_BARS; j++) {
			assert_int_equal(get(plan.x86.functions[i].id, BAR + (4u * j), 4), bars[j]);
		}
	}
	assert_int_equal(get(NOBODYS, ROM, 4), 0xfebc0001u);
}

static void a_board_without_pci_is_left_alone(void **state)
{
	(void)state;
	plan.x86.configuration_va = 0;
	assert_int_equal(pci_start(&plan.header), REFUSAL_NONE);
	assert_int_equal(writes, 0);
}

/* Nothing there, or something else than the ports have: not configuration space. */
static void a_wrong_place_is_refused(void **state)
{
	(void)state;
	is_deaf = true;
	assert_int_equal(pci_start(&plan.header), REFUSAL_PCI);
	set(HOST_BRIDGE, ID, 4, ONES);
	assert_int_equal(pci_start(&plan.header), REFUSAL_PCI);
	assert_int_equal(writes, 0);
}

static void functions_that_are_not_the_plans_are_refused(void **state)
{
	(void)state;
	plan.x86.functions[1].id = ABSENT;
	assert_int_equal(pci_start(&plan.header), REFUSAL_FUNCTION);
	plan.x86.functions[1].id = BRIDGE;
	assert_int_equal(pci_start(&plan.header), REFUSAL_FUNCTION);
	plan.x86.functions[1].id = FOREIGN;
	assert_int_equal(pci_start(&plan.header), REFUSAL_NONE);
	plan.x86.functions[0].id = ABSENT; /* whichever it is */
	assert_int_equal(pci_start(&plan.header), REFUSAL_FUNCTION);
	plan.x86.functions[0].id = OWN;
	plan.x86.functions[1].masks[2] = 0xffffe000u; /* larger than it is */
	assert_int_equal(pci_start(&plan.header), REFUSAL_FUNCTION);
	plan.x86.functions[1].masks[2] = 0; /* memory that nobody maps */
	assert_int_equal(pci_start(&plan.header), REFUSAL_FUNCTION);
}

/* ---- reads ---- */

static void only_own_functions_are_read(void **state)
{
	static const uint32_t others[] = {FOREIGN, NOBODYS, HOST_BRIDGE, IOMMU, ABSENT};

	(void)state;
	assert_int_equal(pci_guest_read(place(OWN, ID), 4), 0x56780010u);
	assert_int_equal(pci_guest_read(place(OWN, ID + 2u), 2), 0x5678);
	assert_int_equal(pci_guest_read(place(OWN, ID + 3u), 1), 0x56);
	assert_int_equal(pci_guest_read(place(OWN, ID + 1u), 2), ONES); /* unaligned */
	assert_int_equal(pci_guest_read(place(OWN, ID + 2u), 4), ONES);
	for (uint32_t i = 0; i < COUNT(others); i++) {
		assert_int_equal(pci_guest_read(place(others[i], ID), 4), ONES);
	}
	core.partition_index = 0;
	assert_int_equal(pci_guest_read(place(OWN, ID), 4), ONES);
	assert_int_equal(pci_guest_read(place(FOREIGN, ID), 4), 0x56780018u);
}

/* ---- writes ---- */

static void only_own_functions_are_written(void **state)
{
	static const uint32_t others[] = {FOREIGN, NOBODYS, HOST_BRIDGE, IOMMU, ABSENT};

	(void)state;
	for (uint32_t i = 0; i < COUNT(others); i++) {
		pci_guest_write(place(others[i], COMMAND), 2, 6);
	}
	pci_guest_write(place(OWN, COMMAND + 1u), 2, 6);
	assert_int_equal(writes, 0);
	is_revoked = true;
	pci_guest_write(place(OWN, COMMAND), 2, 6);
	assert_int_equal(writes, 0);
	is_revoked = false;
	pci_guest_write(place(OWN, COMMAND), 2, 6);
	assert_int_equal(get(OWN, COMMAND, 2), LINE_OFF | 6u);
}

/* Ports, special cycles, its interrupt line are not a guest's; status goes by its own bits. */
static void commands_are_those_of_a_guest(void **state)
{
	(void)state;
	pci_guest_write(place(OWN, COMMAND), 2, 0xffff);
	assert_int_equal(get(OWN, COMMAND, 2), LINE_OFF | 0x146u);
	pci_guest_write(place(OWN, COMMAND), 1, 0);
	assert_int_equal(get(OWN, COMMAND, 2), LINE_OFF | 0x100u);
	pci_guest_write(place(OWN, COMMAND + 1u), 1, 0);
	assert_int_equal(get(OWN, COMMAND, 2), LINE_OFF);
	set(OWN, STATUS, 2, 0xf010);
	pci_guest_write(place(OWN, COMMAND), 2, 4);
	assert_int_equal(get(OWN, STATUS, 2), 0xf010);
	pci_guest_write(place(OWN, COMMAND), 4, 0x80000006u);
	assert_int_equal(get(OWN, COMMAND, 2), LINE_OFF | 6u);
	assert_int_equal(get(OWN, STATUS, 2), 0x7010);
	pci_guest_write(place(OWN, STATUS), 2, 0x4000);
	assert_int_equal(get(OWN, STATUS, 2), 0x3010);
}

/* A guest may ask how large it is, and finds it where it was before it answers again. */
static void a_function_answers_where_the_plan_says(void **state)
{
	(void)state;
	pci_guest_write(place(OWN, BAR), 4, ONES);
	assert_int_equal(pci_guest_read(place(OWN, BAR), 4), masks[0]);
	pci_guest_write(place(OWN, BAR + 8u), 4, 0xd0000000u);
	set(OWN, ROM, 4, 0xfebc0001u);
	pci_guest_write(place(OWN, COMMAND), 2, 2);
	assert_int_equal(get(OWN, BAR, 4), bars[0]);
	assert_int_equal(get(OWN, BAR + 8u, 4), bars[2]);
	assert_int_equal(get(OWN, ROM, 4), 0);
	for (uint32_t i = 0; i < PLAN_X86_BARS; i++) { /* from now on they stay */
		pci_guest_write(place(OWN, BAR + (4u * i)), 4, 0xd0000000u);
		assert_int_equal(get(OWN, BAR + (4u * i), 4), bars[i]);
	}
	pci_guest_write(place(OWN, COMMAND), 2, 0);
	writes = 0;
	pci_guest_write(place(OWN, BAR), 1, 0xff); /* in parts: never */
	pci_guest_write(place(OWN, BAR + 2u), 2, 0xffff);
	assert_int_equal(writes, 0);
}

/* What lies between, and behind: what a guest may write is listed, all else stays. */
static void other_registers_stay(void **state)
{
	(void)state;
	for (uint32_t offset = 0; offset < REGISTERS; offset++) {
		bool open = (offset == 0xcu) || (offset == 0xdu) || (offset == 0x3cu);

		if ((offset >= COMMAND) && (offset < (COMMAND + 4u))) {
			continue;
		}
		writes = 0;
		pci_guest_write(place(OWN, offset), 1, 0x5a);
		assert_int_equal(writes, open ? 1 : 0);
	}
	writes = 0;
	pci_guest_write(place(OWN, ROM), 4, ONES);
	assert_int_equal(writes, 0);
}

/* ---- a partition's end ---- */

static void an_end_quiets_its_own_functions(void **state)
{
	(void)state;
	set(OWN, COMMAND, 2, 6);
	set(FOREIGN, COMMAND, 2, 6);
	pci_quiet();
	assert_int_equal(get(OWN, COMMAND, 2), LINE_OFF);
	assert_int_equal(get(FOREIGN, COMMAND, 2), 6);
	assert_int_equal(closed, 1);
}

/* ---- ports ---- */

static void ports_lead_to_the_same(void **state)
{
	(void)state;
	assert_int_equal(pci_port_read(0xcfc, 4), ONES); /* not enabled */
	pci_port_write(0xcf8, 4, 0x80001000u);
	assert_int_equal(pci_port_read(0xcf8, 4), 0x80001000u);
	assert_int_equal(pci_port_read(0xcf8, 1), ONES);
	assert_int_equal(pci_port_read(0xcfc, 4), 0x56780010u);
	assert_int_equal(pci_port_read(0xcfe, 2), 0x5678);
	pci_port_write(0xcf8, 2, 0); /* not the latch */
	pci_port_write(0xcfa, 4, 0);
	assert_int_equal(pci_port_read(0xcf8, 4), 0x80001000u);
	pci_port_write(0xcf8, 4, 0x80001007u);
	pci_port_write(0xcfc, 2, 6);
	assert_int_equal(get(OWN, COMMAND, 2), LINE_OFF | 6u);
	pci_port_write(0xcf8, 4, 0x00001004u);
	pci_port_write(0xcfc, 2, 0);
	assert_int_equal(get(OWN, COMMAND, 2), LINE_OFF | 6u);
	pci_port_write(0xcf8, 4, 0x80001804u);
	pci_port_write(0xcfc, 2, 6);
	assert_int_equal(get(FOREIGN, COMMAND, 2), LINE_OFF);
	core.partition_index = 0; /* has a latch of its own */
	assert_int_equal(pci_port_read(0xcf8, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_function_is_quiet_but_bridges, make),
		cmocka_unit_test_setup(a_board_without_pci_is_left_alone, make),
		cmocka_unit_test_setup(a_wrong_place_is_refused, make),
		cmocka_unit_test_setup(functions_that_are_not_the_plans_are_refused, make),
		cmocka_unit_test_setup(only_own_functions_are_read, make_started),
		cmocka_unit_test_setup(only_own_functions_are_written, make_started),
		cmocka_unit_test_setup(commands_are_those_of_a_guest, make_started),
		cmocka_unit_test_setup(a_function_answers_where_the_plan_says, make_started),
		cmocka_unit_test_setup(other_registers_stay, make_started),
		cmocka_unit_test_setup(an_end_quiets_its_own_functions, make_started),
		cmocka_unit_test_setup(ports_lead_to_the_same, make_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
