/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on memory that is not ours, in each way in which a processor gets there; the argument is the guest-physical address. */
#include <stddef.h>

#include "hostile/x86/attacks.h"
#include "hostile/x86/map.h"
#include "hostile/x86/probe.h"
#include "rt/hal.h"

#define PATTERN UINT32_C(0xdeadbeef)
#define NEAR 16u

static uint8_t block[4096] __attribute__((aligned(4096)));

static void read(uint64_t address)
{
	answer("read 0x%lx", (unsigned long)mmio_read32(map(address)));
}

static void write(uint64_t address)
{
	mmio_write32(map(address), PATTERN);
	answer("written");
}

static void execute(uint64_t address)
{
	__asm__ volatile("call *%0" ::"r"(map(address)) : "memory");
	answer("came back");
}

static void exchange(uint64_t address)
{
	uint32_t value = PATTERN;

	__asm__ volatile("xchgl %0, (%1)" : "+r"(value) : "r"(map(address)) : "memory");
	answer("had 0x%lx", (unsigned long)value);
}

static void compare(uint64_t address)
{
	uint64_t low = 0;
	uint64_t high = 0;

	__asm__ volatile("lock cmpxchg16b (%2)"
			 : "+a"(low), "+d"(high)
			 : "r"(map(address & ~UINT64_C(0xf))), "b"(UINT64_C(0)), "c"(UINT64_C(0))
			 : "memory");
	answer("had 0x%llx", (unsigned long long)low);
}

static void vector_read(uint64_t address)
{
	__asm__ volatile("movdqu (%0), %%xmm0" ::"r"(map(address)) : "xmm0", "memory");
	answer("read");
}

static void state_write(uint64_t address)
{
	__asm__ volatile("fxsave64 (%0)" ::"r"(map(address & ~UINT64_C(0xf))) : "memory");
	answer("written");
}

/* Strings that begin in what is ours; the address is that of the first byte behind it. */
static void string_read(uint64_t address)
{
	uint64_t from = map(address - NEAR);
	void *to = block;
	uint64_t count = sizeof(block);

	__asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(count)::"memory");
	answer("read");
}

static void string_write(uint64_t address)
{
	uint64_t to = map(address - NEAR);
	uint64_t count = sizeof(block) / 8u;

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(UINT64_C(0)) : "memory");
	answer("written");
}

/* One access, half of it ours. */
static void crossing(uint64_t address)
{
	answer("read 0x%lx", (unsigned long)mmio_read32(map(address - 2u)));
}

/* The instruction itself crosses: a MOV of ten bytes whose constant lies behind the end. */
static void execute_crossing(uint64_t address)
{
	volatile uint8_t *code = (volatile uint8_t *)(uintptr_t)map(address - 2u);

	code[0] = 0x48;
	code[1] = 0xb8;
	__asm__ volatile("call *%0" ::"r"(code) : "rax", "memory");
	answer("came back");
}

static void walk(uint64_t address)
{
	answer("read 0x%lx", (unsigned long)mmio_read32(map_table(address)));
}

static void root(uint64_t address)
{
	__asm__ volatile("movq %0, %%cr3" ::"r"(address & ~UINT64_C(0xfff)) : "memory");
	answer("still here");
}

static void stack(uint64_t address)
{
	uint64_t kept;

	__asm__ volatile("movq %%rsp, %0\n\tmovq %1, %%rsp\n\tpushq %0\n\tmovq %0, %%rsp"
			 : "=&r"(kept)
			 : "r"(map(address) + 8u)
			 : "memory");
	answer("still here");
}

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

/* Gates there: the next exception is delivered through them. */
static void gates(uint64_t address)
{
	struct table_register at = {0xfff, map(address)};

	__asm__ volatile("lidt %0\n\tud2" ::"m"(at) : "memory");
	answer("still here");
}

static void segments(uint64_t address)
{
	struct table_register at = {0xfff, map(address)};

	__asm__ volatile("lgdt %0\n\tmovl $0x18, %%eax\n\tmovl %%eax, %%ds" ::"m"(at) : "rax", "memory");
	answer("still here");
}

/* What only looks reads nothing, and faults nothing. */
static void hint(uint64_t address)
{
	uint64_t there = map(address);

	__asm__ volatile("prefetcht0 (%0)\n\tprefetchw (%0)\n\tinvlpg (%0)" ::"r"(there) : "memory");
	answer("done");
}

/* From level 3: the same answer as from level 0. */
static void user_read(uint64_t address)
{
	(void)mmio_read32(address);
}

static void user(uint64_t address)
{
	(void)probe_try_user(user_read, map(address));
	answer("still here");
}

const struct attack memory_attacks[] = {
	{"read", read},
	{"write", write},
	{"execute", execute},
	{"exchange", exchange},
	{"compare", compare},
	{"vector-read", vector_read},
	{"state-write", state_write},
	{"string-read", string_read},
	{"string-write", string_write},
	{"crossing", crossing},
	{"execute-crossing", execute_crossing},
	{"walk", walk},
	{"root", root},
	{"stack", stack},
	{"gates", gates},
	{"segments", segments},
	{"hint", hint},
	{"user-read", user},
	{NULL, NULL},
};
