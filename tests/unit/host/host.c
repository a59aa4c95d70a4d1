/* SPDX-License-Identifier: Apache-2.0 */
/* The registers and the core of host.h. */
#include "host/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/cpu.h"
#include "plan/view.h"

#define REGIONS_MAX 16u
#define REGION_BYTES 0x80000u
#define ACCESSES_MAX 4096u
#define SYSREGS_MAX 128u

static struct {
	uint64_t base;
	uint64_t size;
	uint8_t bytes[REGION_BYTES];
} regions[REGIONS_MAX];
static uint32_t region_count;

static struct host_access accesses[ACCESSES_MAX];
static uint32_t access_count;

static struct {
	const char *name;
	uint64_t value;
	uint64_t constant; /* bits that writes do not change */
} sysregs[SYSREGS_MAX];
static uint32_t sysreg_count;

static struct host_sysreg_write sysreg_writes[ACCESSES_MAX];
static uint32_t sysreg_write_count;

static struct core_state core_state;

uint32_t host_sleeps;
void (*host_wake)(void);

static void expect(bool holds, const char *what, uint64_t value)
{
	if (!holds) {
		fprintf(stderr, "host: %s: 0x%llx\n", what, (unsigned long long)value);
		abort();
	}
}

void host_reset(void)
{
	region_count = 0;
	access_count = 0;
	sysreg_count = 0;
	sysreg_write_count = 0;
	host_sleeps = 0;
	host_wake = NULL;
}

void host_mmio_make(uint64_t base, uint64_t size)
{
	expect((region_count < REGIONS_MAX) && (size <= REGION_BYTES), "no room for registers", base);
	regions[region_count].base = base;
	regions[region_count].size = size;
	memset(regions[region_count].bytes, 0, size);
	region_count++;
}

uint8_t *host_mmio_bytes(uint64_t address)
{
	for (uint32_t i = 0; i < region_count; i++) {
		if ((address - regions[i].base) < regions[i].size) {
			return &regions[i].bytes[address - regions[i].base];
		}
	}
	expect(false, "no register there", address);
	return NULL;
}

static bool is_read_again(uint64_t address, uint8_t size, uint64_t value)
{
	const struct host_access *last = &accesses[(access_count > 0u) ? (access_count - 1u) : 0u];

	return (access_count > 0u) && !last->write && (last->address == address) && (last->size == size) &&
	       (last->value == value);
}

static void record(uint64_t address, uint8_t size, uint64_t value, bool write)
{
	expect((address % size) == 0u, "a misaligned access to a register", address);
	(void)host_mmio_bytes(address);
	if (!write && is_read_again(address, size, value)) {
		return;
	}
	expect(access_count < ACCESSES_MAX, "too many accesses", address);
	accesses[access_count] = (struct host_access){address, value, size, write};
	access_count++;
}

uint64_t host_mmio_read(uint64_t address, uint8_t size)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < size; i++) {
		value |= (uint64_t)*host_mmio_bytes(address + i) << (8u * i);
	}
	record(address, size, value, false);
	return value;
}

void host_mmio_write(uint64_t address, uint8_t size, uint64_t value)
{
	record(address, size, value, true);
}

uint32_t host_mmio_count(void)
{
	return access_count;
}

const struct host_access *host_mmio_access(uint32_t index)
{
	return &accesses[index];
}

void host_mmio_forget(void)
{
	access_count = 0;
}

/* The register's place; a new one reads zero. */
static uint32_t sysreg_place(const char *name)
{
	uint32_t i = 0;

	while ((i < sysreg_count) && (strcmp(sysregs[i].name, name) != 0)) {
		i++;
	}
	expect(i < SYSREGS_MAX, "too many system registers", i);
	if (i == sysreg_count) {
		sysregs[i].name = name;
		sysregs[i].value = 0;
		sysregs[i].constant = 0;
		sysreg_count++;
	}
	return i;
}

void host_sysreg_set(const char *name, uint64_t value)
{
	sysregs[sysreg_place(name)].value = value;
}

void host_sysreg_limit(const char *name, uint64_t bits)
{
	sysregs[sysreg_place(name)].constant = ~bits;
}

uint64_t host_sysreg_read(const char *name)
{
	for (uint32_t i = 0; i < sysreg_count; i++) {
		if (strcmp(sysregs[i].name, name) == 0) {
			return sysregs[i].value;
		}
	}
	return 0;
}

void host_sysreg_write(const char *name, uint64_t value)
{
	uint32_t place = sysreg_place(name);

	expect(sysreg_write_count < ACCESSES_MAX, "too many writes of system registers", value);
	sysreg_writes[sysreg_write_count] = (struct host_sysreg_write){name, value};
	sysreg_write_count++;
	sysregs[place].value = (sysregs[place].value & sysregs[place].constant) | (value & ~sysregs[place].constant);
}

uint32_t host_sysreg_writes(void)
{
	return sysreg_write_count;
}

const struct host_sysreg_write *host_sysreg_written(uint32_t index)
{
	return &sysreg_writes[index];
}

void host_core_make(const struct plan_header *plan, uint32_t row)
{
	const struct plan_core *core = &plan_cores(plan)[row];

	core_state = (struct core_state){.plan = plan, .core = core, .row = row, .partition_index = core->partition};
	core_state.partition = &plan_partitions(plan)[core->partition];
	core_state.vcpu = &plan_vcpus(plan)[core->vcpu];
	core_state.vcpus = &plan_vcpus(plan)[core_state.partition->vcpu_first];
	core_state.vcpu_count = core_state.partition->vcpu_count;
	core_state.filters = &plan_filters(plan)[core_state.partition->filter_first];
	core_state.filter_count = core_state.partition->filter_count;
}

struct core_state *arch_core_state(void)
{
	return &core_state;
}
