/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI's configuration space, with a bus of functions in memory: quiet at boot, then each its owner's and nobody else's. Functions
 * are named by bus << 8 | device << 3 | function.
 */
#include "host.h"

#include "arch/cpu.h"
#include "arch/x86/message.h"
#include "arch/x86/pci.h"
#include "arch/x86/stage2.h"

#define SPACE UINT64_C(0xe0000000)
#define FUNCTIONS 8u
#define REGISTERS 4096u
#define ID 0x00u
#define COMMAND 0x04u
#define STATUS 0x06u
#define CLASS 0x0au
#define HEADER 0x0eu
#define BAR 0x10u
#define ROM 0x30u
#define LINE_OFF 0x400u
#define ONES 0xffffffffu

/* Owned by partition 1, by the other one, by nobody. */
#define OWN 0x10u
#define FOREIGN 0x18u
#define NOBODYS 0x20u
#define HOST_BRIDGE 0x00u
#define ISA_BRIDGE 0xf8u
#define IOMMU 0x08u
#define BRIDGE 0x28u     /* to bus 1, which the device table has */
#define BRIDGE_FAR 0x30u /* to bus 2, which it has not */
#define ABSENT 0x40u

static const struct {
	uint16_t id, class;
	uint8_t header, secondary;
} machine[FUNCTIONS] = {
	{HOST_BRIDGE, 0x0600, 0, 0},   {OWN, 0x0108, 0, 0},   {FOREIGN, 0x0200, 0, 0}, {NOBODYS, 0x0300, 0x80, 0},
	{ISA_BRIDGE, 0x0601, 0x80, 0}, {IOMMU, 0x0806, 0, 0}, {BRIDGE, 0x0604, 1, 1},  {BRIDGE_FAR, 0x0604, 1, 2},
};

static const uint32_t bars[PLAN_X86_BARS] = {0xc0000004u, 0, 0xc0010000u, 0, 0, 0};
static const uint32_t masks[PLAN_X86_BARS] = {0xffffc004u, ONES, 0xfffff000u, 0, 0, 0};
static const uint32_t kinds[PLAN_X86_BARS] = {4, 0, 0, 0, 0, 0}; /* 64 bits of memory */

static uint8_t registers[FUNCTIONS][REGISTERS];
static uint32_t latch, writes;
static uint32_t opened, closed; /* rows whose messages were */
static bool is_revoked, is_deaf;

/* ---- the machine ---- */

static uint8_t *at(uint64_t address)
{
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		uint64_t first = SPACE + ((uint64_t)machine[i].id << 12);

		if ((address >= first) && (address < (first + REGISTERS))) {
			return &registers[i][address - first];
		}
	}
	assert_true((address >= SPACE) && (address < (SPACE + (UINT64_C(512) << 12)))); /* two buses */
	return NULL;
}

static uint32_t space_get(uint64_t address, uint32_t size)
{
	uint32_t value = ONES;

	assert_int_equal(address % size, 0);
	if (at(address) != NULL) {
		value = 0;
		memcpy(&value, at(address), size);
	}
	return value;
}

/* Base addresses have as many bits as the mask says; status is cleared by ones. */
static void space_put(uint64_t address, uint32_t size, uint32_t value)
{
	uint32_t offset = (uint32_t)address % REGISTERS;
	uint32_t kept = value;

	assert_int_equal(address % size, 0);
	writes++;
	if (at(address) == NULL) {
		return;
	}
	if ((offset >= BAR) && (offset < (BAR + (4u * PLAN_X86_BARS))) && (size == 4u)) {
		uint32_t index = (offset - BAR) / 4u;

		kept = (value & masks[index]) | kinds[index];
	} else if (offset == STATUS) {
		assert_int_equal(size, 2);
		kept = space_get(address, 2) & ~value;
	} else {
		assert_false((offset == COMMAND) && (size == 4u));
	}
	memcpy(at(address), &kept, size);
}

uint8_t mmio_read8(uint64_t address)
{
	return (uint8_t)space_get(address, 1);
}

uint16_t mmio_read16(uint64_t address)
{
	return (uint16_t)space_get(address, 2);
}

uint32_t mmio_read32(uint64_t address)
{
	return space_get(address, 4);
}

void mmio_write8(uint64_t address, uint8_t value)
{
	space_put(address, 1, value);
}

void mmio_write16(uint64_t address, uint16_t value)
{
	space_put(address, 2, value);
}

void mmio_write32(uint64_t address, uint32_t value)
{
	space_put(address, 4, value);
}

void port_write32(uint16_t port, uint32_t value)
{
	assert_int_equal(port, 0xcf8);
	latch = value;
}

uint32_t port_read32(uint16_t port)
{
	assert_int_equal(port, 0xcfc);
	assert_int_equal(latch, 0x80000000u);
	return is_deaf ? ONES : space_get(SPACE, 4);
}

void arch_relax(void)
{
	fail(); /* nobody else has the lock */
}

void message_start(const struct plan_x86 *x86, uint32_t row)
{
	assert_ptr_equal(x86, &plan.x86);
	assert_int_equal(space_get(SPACE + ((uint64_t)x86->functions[row].id << 12) + COMMAND, 2), LINE_OFF | 2u);
	opened |= 1u << row;
}

void message_close(const struct plan_x86 *x86, uint32_t row)
{
	assert_ptr_equal(x86, &plan.x86);
	closed |= 1u << row;
}

bool stage2_is_revoked(const struct plan_partition *of)
{
	assert_ptr_equal(of, &partition);
	return is_revoked;
}

static uint32_t get(uint32_t id, uint32_t offset, uint32_t size)
{
	return space_get(SPACE + ((uint64_t)id << 12) + offset, size);
}

static void set(uint32_t id, uint32_t offset, uint32_t size, uint32_t value)
{
	memcpy(at(SPACE + ((uint64_t)id << 12) + offset), &value, size);
}

static uint64_t place(uint32_t id, uint32_t offset)
{
	return ((uint64_t)id << 12) + offset;
}

static int make(void **state)
{
	(void)state;
	host_make();
	memset(registers, 0, sizeof(registers));
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		set(machine[i].id, ID, 4, 0x56780000u | machine[i].id);
		set(machine[i].id, COMMAND, 2, 0x7);
		set(machine[i].id, CLASS, 2, machine[i].class);
		set(machine[i].id, HEADER, 1, machine[i].header);
		set(machine[i].id, 0x19, 1, machine[i].secondary);
		set(machine[i].id, ROM, 4, 0xfebc0001u);
	}
	plan.x86.configuration_va = SPACE;
	plan.x86.buses = 2;
	plan.x86.function_count = 2;
	plan.x86.functions[0] = (struct plan_x86_function){.id = OWN, .partition = 1};
	plan.x86.functions[1] = (struct plan_x86_function){.id = FOREIGN, .partition = 0};
	for (uint32_t i = 0; i < 2u; i++) {
		memcpy(plan.x86.functions[i].bars, bars, sizeof(bars));
		memcpy(plan.x86.functions[i].masks, masks, sizeof(masks));
	}
	pci_port_write(0xcf8, 4, 0);
	latch = writes = opened = closed = 0;
	is_revoked = is_deaf = false;
	return 0;
}

static int make_started(void **state)
{
	(void)make(state);
	assert_int_equal(pci_start(&plan.header), REFUSAL_NONE);
	writes = 0;
	return 0;
}

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
		cmocka_unit_test_setup(capabilities_are_open_in_part, make_started),
		cmocka_unit_test_setup(a_table_that_is_not_the_plans_is_refused, make),
		cmocka_unit_test_setup(msi_is_not_there, make),
		cmocka_unit_test_setup(a_list_without_end_ends, make_started),
		cmocka_unit_test_setup(an_end_quiets_its_own_functions, make_started),
		cmocka_unit_test_setup(ports_lead_to_the_same, make_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
