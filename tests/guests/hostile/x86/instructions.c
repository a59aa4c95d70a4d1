/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of hypervisors and firmware, from level 0 and 3, and calls of every number. */
#include <stddef.h>
#include <string.h>

#include "hostile/x86/attacks.h"
#include "hostile/x86/probe.h"
#include "plan/abi.h"
#include "rt/hal.h"
#include "rt/x86/cpu.h"

#define CALLS 4u

static _Alignas(4096) uint8_t page[4096];
static uint64_t operand;

/* RAX holds a page's address, RCX and RDX zero: what most of them take. */
#define INSTRUCTION(name, text)                                                                                        \
	static void name(uint64_t argument)                                                                            \
	{                                                                                                              \
		uint64_t rax = (uint64_t)(uintptr_t)page;                                                              \
		uint64_t rcx = 0;                                                                                      \
		uint64_t rdx = 0;                                                                                      \
                                                                                                                       \
		(void)argument;                                                                                        \
		__asm__ volatile(text : "+a"(rax), "+c"(rcx), "+d"(rdx) : "m"(operand) : "rbx", "memory");             \
	}

INSTRUCTION(vmrun, "vmrun %%rax")
INSTRUCTION(vmload, "vmload %%rax")
INSTRUCTION(vmsave, "vmsave %%rax")
INSTRUCTION(stgi, "stgi")
INSTRUCTION(clgi, "clgi")
INSTRUCTION(skinit, "skinit %%eax")
INSTRUCTION(invlpga, "invlpga %%rax, %%ecx")
INSTRUCTION(vmmcall, "vmmcall")
INSTRUCTION(vmcall, "vmcall")
INSTRUCTION(vmxon, "vmxon %3")
INSTRUCTION(vmptrld, "vmptrld %3")
INSTRUCTION(vmclear, "vmclear %3")
INSTRUCTION(vmlaunch, "vmlaunch")
INSTRUCTION(vmxoff, "vmxoff")
INSTRUCTION(vmfunc, "vmfunc")
INSTRUCTION(rsm, "rsm")
INSTRUCTION(getsec, "getsec")
INSTRUCTION(encls, "encls")
INSTRUCTION(monitor, "monitor")
INSTRUCTION(mwait, "mwait")
INSTRUCTION(monitorx, "monitorx")
INSTRUCTION(mwaitx, "mwaitx")
INSTRUCTION(rdpmc, "rdpmc")
INSTRUCTION(rdpru, "rdpru")
INSTRUCTION(xsetbv, "xsetbv")
INSTRUCTION(invd, "invd")
INSTRUCTION(wbinvd, "wbinvd")
INSTRUCTION(invlpgb, ".byte 0x0f, 0x01, 0xfe")
INSTRUCTION(tlbsync, ".byte 0x0f, 0x01, 0xff")
INSTRUCTION(pvalidate, ".byte 0xf2, 0x0f, 0x01, 0xff")
INSTRUCTION(cpuid, "cpuid")
INSTRUCTION(rdmsr, "rdmsr")
INSTRUCTION(wrmsr, "wrmsr")
INSTRUCTION(hlt, "hlt")
INSTRUCTION(cli, "cli")
INSTRUCTION(sti, "sti")
INSTRUCTION(lgdt, "lgdt %3")
INSTRUCTION(lidt, "lidt %3")
INSTRUCTION(ltr, "ltr %%cx")
INSTRUCTION(clts, "clts")
INSTRUCTION(swapgs, "swapgs")
INSTRUCTION(invlpg, "invlpg %3")
INSTRUCTION(to_cr0, "movq %%rcx, %%cr0")
INSTRUCTION(to_cr3, "movq %%rcx, %%cr3")
INSTRUCTION(to_cr8, "movq %%rcx, %%cr8")
INSTRUCTION(to_dr7, "movq %%rcx, %%dr7")

/* Those that level 0 may try without harming itself, then those that only level 3 tries. */
static void (*const at_0[])(uint64_t) = {
	vmrun,    vmload,  vmsave,   stgi,   clgi,   skinit, invlpga, vmmcall, vmcall,  vmxon,
	vmptrld,  vmclear, vmlaunch, vmxoff, vmfunc, rsm,    getsec,  encls,   monitor, mwait,
	monitorx, mwaitx,  rdpmc,    rdpru,  xsetbv, invd,   wbinvd,  invlpgb, tlbsync, pvalidate,
};
static void (*const at_3[])(uint64_t) = {
	cpuid, rdmsr, wrmsr, hlt, cli, sti, lgdt, lidt, ltr, clts, swapgs, invlpg, to_cr0, to_cr3, to_cr8, to_dr7,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void try_all(void (*const *instructions)(uint64_t), size_t count, bool is_user)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t vector = is_user ? probe_try_user(instructions[i], 0) : probe_try(instructions[i], 0);

		if (vector == PROBE_NOTHING)
			answer_more("-");
		else
			answer_more("%llu", (unsigned long long)vector);
	}
}

/* The vector of each one's exception, in the order of the tables. */
static void level_0(uint64_t argument)
{
	(void)argument;
	answer("%s", "");
	try_all(at_0, COUNT(at_0), false);
}

static void level_3(uint64_t argument)
{
	(void)argument;
	answer("%s", "");
	try_all(at_0, COUNT(at_0), true);
	answer_more(";");
	try_all(at_3, COUNT(at_3), true);
}

/* ---- calls ---- */

/* Which of the two the processor has; the other one is undefined on it. */
static bool is_intel(void)
{
	static int known = -1;

	if (known < 0)
		known = memcmp(&(uint32_t){cpu_id(0).ebx}, "Genu", sizeof(uint32_t)) == 0;
	return known != 0;
}

static bool call(uint64_t values[CALLS])
{
	if (is_intel())
		__asm__ volatile("vmcall"
				 : "+a"(values[0]), "+b"(values[1]), "+c"(values[2]), "+d"(values[3])::"memory");
	else
		__asm__ volatile("vmmcall"
				 : "+a"(values[0]), "+b"(values[1]), "+c"(values[2]), "+d"(values[3])::"memory");
	return (int64_t)values[0] != ABI_NOT_SUPPORTED;
}

static uint64_t changed; /* results where there was no answer */

static bool call_one(uint64_t function)
{
	uint64_t values[CALLS] = {function, ABI_SELF, 0x77777777u, 0x55555555u};
	bool is_answered = call(values);

	if (!is_answered && (values[1] != ABI_SELF || values[2] != 0x77777777u || values[3] != 0x55555555u))
		changed++;
	return is_answered;
}

/* The first and last numbers of every class of SMCCC, and Xen's, KVM's and Hyper-V's: only our own answer. */
static void call_sweep(uint64_t argument)
{
	(void)argument;
	changed = 0;
	answer("%s", "");
	ranges_start();
	for (uint64_t class = 0; class < 0x100u; class ++) {
		for (uint64_t number = 0; number < 0x100u; number++) {
			if (call_one(class << 24 | number))
				ranges_add((uint32_t)(class << 24 | number));
		}
		for (uint64_t number = 0xff00u; number < 0x10000u; number++) {
			if (call_one(class << 24 | number))
				ranges_add((uint32_t)(class << 24 | number));
		}
	}
	ranges_end();
	answer_more("changed %llu", (unsigned long long)changed);
}

static void call_random(uint64_t argument)
{
	unsigned answered = 0;

	(void)argument;
	changed = 0;
	for (uint32_t i = 0; i < 0x4000u; i++)
		answered += call_one(random_next() | 0x00400000u) ? 1u : 0u;
	answer("answered %u changed %llu", answered, (unsigned long long)changed);
}

/* Other partitions' counters, state and cores. */
static void observe(uint64_t argument)
{
	static const uint32_t functions[] = {ABI_EXITS, ABI_PARTITION, ABI_CORES};
	unsigned given = 0;
	unsigned denied = 0;

	(void)argument;
	for (uint64_t partition = 1; partition < 70u; partition++) {
		for (size_t i = 0; i < COUNT(functions); i++) {
			uint64_t values[CALLS] = {functions[i], partition, 0, 0};

			(void)call(values);
			given += (int64_t)values[0] == ABI_OK ? 1u : 0u;
			denied += (int64_t)values[0] == ABI_DENIED ? 1u : 0u;
		}
	}
	answer("given %u denied %u", given, denied);
}

/* A call from level 3 is none; what it would have said stays unsaid. */
static void call_user(uint64_t argument)
{
	(void)argument;
	answer("vector %llu", (unsigned long long)probe_try_user(is_intel() ? vmcall : vmmcall, 0));
}

/* ---- CPUID: what is told of the machine's other side ---- */

static uint32_t told[4];

static void ask(uint32_t leaf, uint32_t subleaf)
{
	__asm__ volatile("cpuid"
			 : "=a"(told[0]), "=b"(told[1]), "=c"(told[2]), "=d"(told[3])
			 : "a"(leaf), "c"(subleaf));
}

/* All leaves of each range, and random ones: which say anything. */
static void cpuid_sweep(uint64_t argument)
{
	static const uint32_t bases[] = {0, 0x20000000, 0x40000000, 0x80000000, 0x8fffff00, 0xc0000000};

	(void)argument;
	answer("%s", "");
	ranges_start();
	for (size_t i = 0; i < COUNT(bases); i++) {
		for (uint32_t leaf = bases[i]; leaf < bases[i] + 0x200u; leaf++) {
			uint32_t any = 0;

			for (uint32_t subleaf = 0; subleaf < 4u; subleaf++) {
				ask(leaf, subleaf);
				any |= told[0] | told[1] | told[2] | told[3];
			}
			if (any != 0)
				ranges_add(leaf);
		}
	}
	ranges_end();
}

/* Features that a guest must not find: SVM, VMX, SMX, MONITOR, MCE, MCA, MTRR. */
static void cpuid_hidden(uint64_t argument)
{
	uint32_t hidden;

	(void)argument;
	ask(1, 0);
	hidden = (told[2] & 0x68u) | (told[3] & 0x5080u);
	ask(0x80000001, 0);
	hidden |= (told[2] & 0x4u) | (told[3] & 0x5080u);
	ask(0x8000000a, 0);
	hidden |= told[0] | told[3];
	answer("0x%lx", (unsigned long)hidden);
}

const struct attack instruction_attacks[] = {
	{"instructions", level_0},    {"instructions-user", level_3}, {"call-sweep", call_sweep},
	{"call-random", call_random}, {"call-observe", observe},      {"call-user", call_user},
	{"cpuid-sweep", cpuid_sweep}, {"cpuid-hidden", cpuid_hidden}, {NULL, NULL},
};
