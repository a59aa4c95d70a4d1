/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on memory that is not ours; the argument is the guest-physical address. All go through far virtual addresses
 * (map.h), so that the own map stays whole.
 */
#include <stddef.h>

#include "hostile/attacks.h"
#include "hostile/map.h"
#include "hostile/probe.h"
#include "rt/armv8/mmu.h"
#include "rt/aarch64/sysreg.h"
#include "rt/hal.h"

#define PATTERN UINT32_C(0xdeadbeef)

static void read(uint64_t address)
{
	uint32_t value = mmio_read32(map_device(address));

	answer("read 0x%08lx exceptions %llu", (unsigned long)value, (unsigned long long)probe.count);
}

static void read_normal(uint64_t address)
{
	uint32_t value = mmio_read32(map_normal(address));

	answer("read 0x%08lx exceptions %llu", (unsigned long)value, (unsigned long long)probe.count);
}

static void write(uint64_t address)
{
	mmio_write32(map_device(address), PATTERN);
	answer("written, exceptions %llu", (unsigned long long)probe.count);
}

static void write_normal(uint64_t address)
{
	uint64_t alias = map_normal(address);

	mmio_write32(alias, PATTERN);
	__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(alias) : "memory");
	answer("written, exceptions %llu", (unsigned long long)probe.count);
}

static void execute(uint64_t address)
{
	uint64_t syndrome = probe_jump(map_executable(address), PROBE_EL1);

	answer("back with class 0x%02lx", (unsigned long)PROBE_CLASS(syndrome));
}

/* A page table there: the walker reads for us. */
static void walk(uint64_t address)
{
	uint32_t value = mmio_read32(map_table(address));

	answer("read 0x%08lx exceptions %llu", (unsigned long)value, (unsigned long long)probe.count);
}

/* The root of all our tables there: the next instruction cannot be fetched. */
static void root(uint64_t address)
{
	SYSREG_WRITE(ttbr0_el1, address & ~UINT64_C(0xfff));
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	answer("still here");
}

/* The stack there: the exception's own vectors still run, on a stack that is not there. */
static void stack(uint64_t address)
{
	__asm__ volatile("msr spsel, #1\n\t"
			 "mov x9, sp\n\t"
			 "mov sp, %0\n\t"
			 "str x9, [sp]\n\t"
			 "mov sp, x9\n\t"
			 "msr spsel, #0" ::"r"(map_device(address))
			 : "x9", "memory");
	answer("pushed, exceptions %llu", (unsigned long long)probe.count);
}

/* Cache maintenance by address: no data is seen, none may be lost. */
static void maintain(uint64_t address)
{
	uint64_t alias = map_normal(address);

	__asm__ volatile("dc civac, %0" ::"r"(alias) : "memory");
	__asm__ volatile("dc ivac, %0" ::"r"(alias) : "memory");
	__asm__ volatile("dc cvau, %0" ::"r"(alias) : "memory");
	__asm__ volatile("ic ivau, %0" ::"r"(alias) : "memory");
	answer("exceptions %llu", (unsigned long long)probe.count);
}

static void translate(uint64_t address)
{
	__asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(map_normal(address)) : "memory");
	answer("par 0x%llx exceptions %llu", (unsigned long long)SYSREG_READ(par_el1), (unsigned long long)probe.count);
}

const struct attack memory_attacks[] = {
	{"read", read},         {"read-normal", read_normal},
	{"write", write},       {"write-normal", write_normal},
	{"execute", execute},   {"walk", walk},
	{"root", root},         {"stack", stack},
	{"maintain", maintain}, {"translate", translate},
	{NULL, NULL},
};
