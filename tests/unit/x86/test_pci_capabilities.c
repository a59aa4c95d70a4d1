/* SPDX-License-Identifier: Apache-2.0 */
/* The capabilities of PCI functions: which parts of them guests write, MSI-X's table, and MSI, which is not there. */
#include "pci_bus.h"

/* Power management, PCI Express, MSI-X: of each a part. MSI and any other capability: nothing. */
static void capabilities_are_open_in_part(void **state)
{
	static const struct {
		uint32_t at, id, next, first, end;
	} list[] = {{0x40, 0x01, 0x50, 0x44, 0x48},
		    {0x50, 0x05, 0x70, 0, 0},
		    {0x70, 0x10, 0xb0, 0x78, 0xac},
		    {0xb0, 0x11, 0xc0, 0xb0, 0xb4},
		    {0xc0, 0x09, 0x00, 0, 0}};
	bool open[REGISTERS] = {false};

	(void)state;
	set(OWN, STATUS, 2, 0x10);
	set(OWN, 0x34, 1, 0x40);
	for (uint32_t i = 0; i < COUNT(list); i++) {
		set(OWN, list[i].at, 1, list[i].id);
		set(OWN, list[i].at + 1u, 1, list[i].next);
		for (uint32_t j = list[i].first; j < list[i].end; j++) {
			open[j] = true;
		}
	}
	for (uint32_t offset = 0x40; offset < REGISTERS; offset += 2u) {
		uint32_t kept = get(OWN, offset, 2);

		writes = 0;
		pci_guest_write(place(OWN, offset), 2, kept);
		assert_int_equal(writes, open[offset] ? 1 : 0);
		if ((offset % 4u) == 0u) { /* half of it is not enough */
			writes = 0;
			pci_guest_write(place(OWN, offset), 4, get(OWN, offset, 4));
			assert_int_equal(writes, (open[offset] && open[offset + 3u]) ? 1 : 0);
		}
	}
	set(OWN, STATUS, 2, 0); /* none, whatever lies there */
	writes = 0;
	pci_guest_write(place(OWN, 0x44), 2, 0);
	assert_int_equal(writes, 0);
}

/* A capability of MSI-X at 0x40: 65 messages, on; their table at 0x2000 in the register `index`. */
static void msix_make(uint32_t id, uint32_t index)
{
	set(id, STATUS, 2, 0x10);
	set(id, 0x34, 1, 0x40);
	set(id, 0x40, 4, 0x80400011u);
	set(id, 0x44, 4, 0x2000u | index);
}

static enum refusal start_with(uint32_t count, uint64_t pa)
{
	plan.x86.functions[0].msix_count = count;
	plan.x86.functions[0].msix_pa = pa;
	opened = 0;
	return pci_start(&plan.header);
}

/* The table is where the plan says, of as many messages: else its owner would reach it without the filter. */
static void a_table_that_is_not_the_plans_is_refused(void **state)
{
	(void)state;
	assert_int_equal(start_with(65, 0xc0002000u), REFUSAL_FUNCTION); /* there is none */
	msix_make(OWN, 0);
	assert_int_equal(start_with(0, 0), REFUSAL_FUNCTION);
	assert_int_equal(start_with(64, 0xc0002000u), REFUSAL_FUNCTION);
	assert_int_equal(start_with(65, 0xc0003000u), REFUSAL_FUNCTION);
	assert_int_equal(opened, 0);
	assert_int_equal(start_with(65, 0xc0002000u), REFUSAL_NONE);
	assert_int_equal(opened, 1);
	assert_int_equal(get(OWN, 0x42, 2), 0);
	assert_int_equal(get(OWN, COMMAND, 2), LINE_OFF);
	msix_make(OWN, 2);
	assert_int_equal(start_with(65, 0xc0002000u), REFUSAL_FUNCTION);
	assert_int_equal(start_with(65, 0xc0012000u), REFUSAL_NONE);
	msix_make(OWN, 6); /* no register */
	assert_int_equal(start_with(65, 0x2000u), REFUSAL_FUNCTION);
}

/* Its capability reads as none, of any size; it is off from the start, and stays. */
static void msi_is_not_there(void **state)
{
	(void)state;
	set(OWN, STATUS, 2, 0x10);
	set(OWN, 0x34, 1, 0x48);
	set(OWN, 0x48, 4, 0x00816005u);
	assert_int_equal(pci_start(&plan.header), REFUSAL_NONE);
	assert_int_equal(get(OWN, 0x4a, 2), 0);
	assert_int_equal(pci_guest_read(place(OWN, 0x48), 1), 0);
	assert_int_equal(pci_guest_read(place(OWN, 0x48), 2), 0x6000);
	assert_int_equal(pci_guest_read(place(OWN, 0x48), 4), 0x6000);
	pci_guest_write(place(OWN, 0x4a), 2, 1);
	assert_int_equal(get(OWN, 0x4a, 2), 0);
}

/* A list that bites its tail has an end all the same. */
static void a_list_without_end_ends(void **state)
{
	(void)state;
	set(OWN, STATUS, 2, 0x10);
	set(OWN, 0x34, 1, 0x40);
	set(OWN, 0x40, 1, 0x09);
	set(OWN, 0x41, 1, 0x40);
	writes = 0;
	pci_guest_write(place(OWN, 0x44), 4, 1);
	assert_int_equal(writes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(capabilities_are_open_in_part, make_started),
		cmocka_unit_test_setup(a_table_that_is_not_the_plans_is_refused, make),
		cmocka_unit_test_setup(msi_is_not_there, make),
		cmocka_unit_test_setup(a_list_without_end_ends, make_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
