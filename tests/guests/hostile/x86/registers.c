/* SPDX-License-Identifier: Apache-2.0 */
/* Control and debug registers: every bit, one at a time, and breakpoints where the hypervisor is. */
#include <stddef.h>

#include "hostile/x86/attacks.h"
#include "hostile/x86/probe.h"
#include "rt/x86/cpu.h"
#include "rt/x86/registers.h"

/* QEMU lets a 64-bit mode turn paging off, and takes bits that there are not: reserved() has those. */
#define CR0_UNTRIED (CR0_PE | CR0_PG | CR0_NW | UINT64_C(0xffffffff00000000))
#define CR0_NW UINT64_C(0x20000000)
#define CR4_UNTRIED (~UINT64_C(0x7ff) | CR4_PAE)
#define CR4_UMIP UINT64_C(0x800)
#define CR4_XSAVE UINT64_C(0x40000)
#define FEATURES_XSAVE 0x4000000u

#define READ(name)                                                                                                     \
	({                                                                                                             \
		uint64_t value_;                                                                                       \
		__asm__ volatile("movq %%" #name ", %0" : "=r"(value_));                                               \
		value_;                                                                                                \
	})
#define WRITE(name, value) __asm__ volatile("movq %0, %%" #name ::"r"((uint64_t)(value)) : "memory")

static void write_cr0(uint64_t value)
{
	WRITE(cr0, value);
}

static void write_cr4(uint64_t value)
{
	WRITE(cr4, value);
}

static void write_cr8(uint64_t value)
{
	WRITE(cr8, value);
}

static void write_efer(uint64_t value)
{
	msr_write(EFER, value);
}

static void write_xcr0(uint64_t value)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* Each of 64 bits turned but those that this code runs by, `kept`: those that the register takes. What a bit does must not last. */
static void bits_of(uint64_t own, uint64_t kept, void (*write)(uint64_t value))
{
	answer("%s", "");
	ranges_start();
	for (uint32_t bit = 0; bit < 64u; bit++) {
		uint64_t mask = UINT64_C(1) << bit;

		if ((kept & mask) == 0 && probe_try(write, own ^ mask) == PROBE_NOTHING)
			ranges_add(bit);
		write(own);
	}
	ranges_end();
	answer_more("kept %d", probe_try(write, own) == PROBE_NOTHING);
}

static void cr0(uint64_t argument)
{
	(void)argument;
	bits_of(READ(cr0), CR0_UNTRIED, write_cr0);
}

static void cr4(uint64_t argument)
{
	(void)argument;
	bits_of(READ(cr4), CR4_UNTRIED, write_cr4);
}

/* Where a processor does not refuse these, it cannot enter the state that they are at the next exit's end. */
static void reserved(uint64_t which)
{
	uint64_t vector;

	if (which == 0)
		vector = probe_try(write_cr4, READ(cr4) | CR4_UMIP);
	else if (which == 1)
		vector = probe_try(write_cr0, READ(cr0) | CR0_NW);
	else
		vector = probe_try(write_cr0, READ(cr0) | UINT64_C(0x100000000));
	(void)cpu_id(0);
	answer("vector %llu", (unsigned long long)vector);
}

static void cr8(uint64_t argument)
{
	(void)argument;
	bits_of(READ(cr8), 0, write_cr8);
}

static void efer(uint64_t argument)
{
	(void)argument;
	bits_of(msr_read(EFER), EFER_NXE, write_efer);
}

/* Where there is no XSAVE there is nothing to take. */
static void xcr0(uint64_t argument)
{
	uint64_t own = READ(cr4);

	(void)argument;
	if ((cpu_id(1).ecx & FEATURES_XSAVE) == 0) {
		answer("none");
		return;
	}
	write_cr4(own | CR4_XSAVE);
	bits_of(1, 0, write_xcr0);
	write_cr4(own);
}

/* Argument: an address of the hypervisor, which has what is virtual where it is physical. Exits then run over it. */
static void breakpoints(uint64_t address)
{
	uint64_t values[4];

	for (uint64_t kind = 0; kind < 4u; kind += kind == 0 ? 1u : 2u) { /* execute, write, read or write */
		WRITE(dr0, address);
		WRITE(dr1, address + 8u);
		WRITE(dr2, address + 16u);
		WRITE(dr3, address + 24u);
		WRITE(dr7, UINT64_C(0x4ff) | (kind | (kind != 0 ? 8u : 0u)) * UINT64_C(0x11110000));
		for (unsigned i = 0; i < 100u; i++)
			__asm__ volatile("cpuid"
					 : "=a"(values[0]), "=b"(values[1]), "=c"(values[2]), "=d"(values[3])
					 : "a"(0), "c"(0));
		WRITE(dr7, 0x400);
	}
	answer("done");
}

/* A step ends behind an instruction that exits, as behind any other. */
static void step_over_exit(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tcpuid\n\tnop" ::
				 : "rax", "rbx", "rcx", "rdx", "memory");
}

static void step(uint64_t argument)
{
	uint64_t vector = probe_try(step_over_exit, 0);
	uint64_t dr6 = READ(dr6);

	(void)argument;
	answer("vector %llu dr6 %llx", (unsigned long long)vector, (unsigned long long)dr6);
	WRITE(dr6, 0xffff0ff0u);
}

const struct attack register_attacks[] = {
	{"register-cr0", cr0},   {"register-cr4", cr4},           {"register-cr8", cr8},
	{"register-efer", efer}, {"register-xcr0", xcr0},         {"register-breakpoints", breakpoints},
	{"register-step", step}, {"register-reserved", reserved}, {NULL, NULL},
};
