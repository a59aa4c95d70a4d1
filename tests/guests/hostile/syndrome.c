/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses to trapped registers for which the core gives no syndrome, and others that no driver makes. Those that the
 * hypervisor decodes answer as the register does; for the rest it ends the partition and names the instruction.
 */
#include <stddef.h>

#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/map.h"
#include "hostile/probe.h"
#include "rt/hal.h"

/* The registers that the attacks here use: priorities of a word that holds the own interrupt. */
static uint64_t own_priorities(void)
{
	return rt_board.gicd_base + GIC_IPRIORITYR + (rt_board.uart_interrupt & ~UINT64_C(3));
}

static uint64_t gicd(uint32_t offset)
{
	return rt_board.gicd_base + offset;
}

static void post_index(uint64_t argument)
{
	uint64_t base = own_priorities();
	uint64_t value;

	(void)argument;
	__asm__ volatile("str %w1, [%0], #4" : "+r"(base) : "r"(0x50505050) : "memory");
	base -= 4u;
	__asm__ volatile("ldr %w1, [%0], #-4" : "+r"(base), "=r"(value)::"memory");
	answer("read 0x%08llx moved %lld exceptions %llu", (unsigned long long)value,
	       (long long)(base - own_priorities()), (unsigned long long)probe.count);
}

static void pre_index(uint64_t argument)
{
	uint64_t base = own_priorities() - 8u;
	uint64_t value;

	(void)argument;
	__asm__ volatile("str %w1, [%0, #8]!" : "+r"(base) : "r"(0x60606060) : "memory");
	base += 3u;
	__asm__ volatile("ldrsb %1, [%0, #-2]!" : "+r"(base), "=r"(value)::"memory");
	answer("read 0x%llx moved %lld exceptions %llu", (unsigned long long)value,
	       (long long)(base - own_priorities()), (unsigned long long)probe.count);
}

static void pair(uint64_t argument)
{
	uint64_t low;
	uint64_t high;

	(void)argument;
	__asm__ volatile("stp %w1, %w2, [%0]" ::"r"(own_priorities() - 4u), "r"(0), "r"(0x70707070) : "memory");
	__asm__ volatile("ldp %w0, %w1, [%2]" : "=&r"(low), "=&r"(high) : "r"(own_priorities() - 4u) : "memory");
	answer("read 0x%08llx 0x%08llx exceptions %llu", (unsigned long long)low, (unsigned long long)high,
	       (unsigned long long)probe.count);
}

/* The stack pointer as the base, and the zero register as the value. */
static void stack_base(uint64_t argument)
{
	uint64_t value;
	uint64_t moved;

	(void)argument;
	__asm__ volatile("mov x9, sp\n\t"
			 "mov sp, %2\n\t"
			 "str wzr, [sp], #16\n\t"
			 "ldr %w0, [sp, #-16]!\n\t"
			 "mov %1, sp\n\t"
			 "mov sp, x9"
			 : "=&r"(value), "=&r"(moved)
			 : "r"(own_priorities())
			 : "x9", "memory");
	answer("read 0x%08llx moved %lld exceptions %llu", (unsigned long long)value,
	       (long long)(moved - own_priorities()), (unsigned long long)probe.count);
}

/* Possible where registers are mapped as memory: such accesses read zero and write nothing. */
static void unaligned(uint64_t argument)
{
	uint64_t alias = map_normal(rt_board.gicd_base);
	uint64_t readable = 0;

	(void)argument;
	for (uint32_t offset = GIC_ISENABLER; offset < GIC_ICFGR; offset++) {
		for (unsigned size = 2; size <= 8u; size *= 2u) {
			if (offset % size != 0) {
				gic_write(alias + offset, size, UINT64_MAX);
				readable |= gic_read(alias + offset, size);
			}
		}
	}
	answer("readable 0x%llx exceptions %llu", (unsigned long long)readable, (unsigned long long)probe.count);
}

/* Eight bytes where a register has four. */
static void wide(uint64_t argument)
{
	uint64_t readable = 0;

	(void)argument;
	for (uint32_t offset = 0; offset < gic_banks_end; offset += 8u) {
		gic_write(gicd(offset), 8, UINT64_MAX);
		readable |= gic_read(gicd(offset), 8);
	}
	answer("readable 0x%llx exceptions %llu", (unsigned long long)readable, (unsigned long long)probe.count);
}

static void sign_extended(uint64_t argument)
{
	uint64_t word;
	uint64_t wide_byte;
	uint64_t narrow_byte;

	(void)argument;
	gic_write(own_priorities(), 4, 0xf0f0f0f0);
	__asm__ volatile("ldrsw %0, [%1]" : "=r"(word) : "r"(gicd(gic_identification)));
	__asm__ volatile("ldrsb %0, [%1]" : "=r"(wide_byte) : "r"(gicd(GIC_IPRIORITYR) + rt_board.uart_interrupt));
	__asm__ volatile("ldrsb %w0, [%1]" : "=r"(narrow_byte) : "r"(gicd(GIC_IPRIORITYR) + rt_board.uart_interrupt));
	answer("word 0x%llx byte 0x%llx 0x%llx", (unsigned long long)word, (unsigned long long)wide_byte,
	       (unsigned long long)narrow_byte);
}

static void maintenance(uint64_t argument)
{
	uint64_t alias = map_normal(rt_board.gicd_base);

	(void)argument;
	__asm__ volatile("dc civac, %0\n\tdc ivac, %0\n\tdc cvac, %0\n\tic ivau, %0" ::"r"(alias) : "memory");
	answer("exceptions %llu", (unsigned long long)probe.count);
}

static void prefetch(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("prfm pldl1keep, [%0]" ::"r"(rt_board.gicd_base));
	answer("exceptions %llu", (unsigned long long)probe.count);
}

/* ---- what is not decoded ---- */

static void vector(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("str q0, [%0]" ::"r"(gicd(GIC_ISENABLER)) : "memory");
	answer("stored");
}

static void vector_structure(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("ld1 {v0.16b}, [%0]" ::"r"(gicd(GIC_ISENABLER)) : "v0", "memory");
	answer("loaded");
}

static void exclusive(uint64_t argument)
{
	uint64_t value;

	(void)argument;
	__asm__ volatile("ldxr %w0, [%1]" : "=r"(value) : "r"(map_normal(gicd(GIC_ISENABLER))) : "memory");
	answer("loaded");
}

static void zero_line(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("dc zva, %0" ::"r"(map_normal(gicd(GIC_ISENABLER))) : "memory");
	answer("zeroed");
}

/* Its second half lies behind the frame. */
static void pair_over_end(uint64_t argument)
{
	uint64_t low;
	uint64_t high;

	(void)argument;
	__asm__ volatile("ldp %0, %1, [%2]"
			 : "=&r"(low), "=&r"(high)
			 : "r"(gicd(gic_distributor_size) - 8u)
			 : "memory");
	answer("read 0x%llx", (unsigned long long)high);
}

/* The instruction itself is in memory that is not ours: executed from a page of registers. */
static void code_in_registers(uint64_t argument)
{
	uint64_t syndrome = probe_jump(map_executable(gicd(gic_identification)), PROBE_EL1);

	(void)argument;
	answer("back with class 0x%02lx", (unsigned long)PROBE_CLASS(syndrome));
}

const struct attack syndrome_attacks[] = {
	{"mmio-post-index", post_index},
	{"mmio-pre-index", pre_index},
	{"mmio-pair", pair},
	{"mmio-stack-base", stack_base},
	{"mmio-unaligned", unaligned},
	{"mmio-wide", wide},
	{"mmio-sign-extended", sign_extended},
	{"mmio-maintenance", maintenance},
	{"mmio-prefetch", prefetch},
	{"mmio-vector", vector},
	{"mmio-vector-structure", vector_structure},
	{"mmio-exclusive", exclusive},
	{"mmio-zero-line", zero_line},
	{"mmio-pair-over-end", pair_over_end},
	{"mmio-code", code_in_registers},
	{NULL, NULL},
};
