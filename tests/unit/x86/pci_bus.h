/* SPDX-License-Identifier: Apache-2.0 */
/* A bus of PCI functions in memory, which are named by bus << 8 | device << 3 | function. For tests of this folder: one a program. */
#ifndef TESTS_X86_PCI_BUS_H
#define TESTS_X86_PCI_BUS_H

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

static inline uint32_t get(uint32_t id, uint32_t offset, uint32_t size)
{
	return space_get(SPACE + ((uint64_t)id << 12) + offset, size);
}

static inline void set(uint32_t id, uint32_t offset, uint32_t size, uint32_t value)
{
	memcpy(at(SPACE + ((uint64_t)id << 12) + offset), &value, size);
}

static inline uint64_t place(uint32_t id, uint32_t offset)
{
	return ((uint64_t)id << 12) + offset;
}

static inline int make(void **state)
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

static inline int make_started(void **state)
{
	(void)make(state);
	assert_int_equal(pci_start(&plan.header), REFUSAL_NONE);
	writes = 0;
	return 0;
}

#endif
