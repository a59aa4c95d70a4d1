/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on system registers and instructions: what belongs to higher levels, and what the hypervisor traps. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "hostile/attacks.h"
#include "hostile/probe.h"
#include "rt/aarch64/sysreg.h"

struct system_register {
	const char *name;
	uint64_t (*read)(void);
	void (*write)(uint64_t value);
};

/* Two functions a register, since its number is part of the instruction. */
#define DEFINE(label, encoding)                                                                                        \
	static uint64_t read_##label(void)                                                                             \
	{                                                                                                              \
		return SYSREG_READ(encoding);                                                                          \
	}                                                                                                              \
	static void write_##label(uint64_t value)                                                                      \
	{                                                                                                              \
		SYSREG_WRITE(encoding, value);                                                                         \
	}
#define ROW(label, encoding) {#label, read_##label, write_##label},

/* Of EL2 and EL3: stage 2, traps, the list registers, the hypervisor's timers. */
#define HIGHER(X)                                                                                                      \
	X(hcr_el2, s3_4_c1_c1_0)                                                                                       \
	X(vttbr_el2, s3_4_c2_c1_0)                                                                                     \
	X(vtcr_el2, s3_4_c2_c1_2)                                                                                      \
	X(ttbr0_el2, s3_4_c2_c0_0)                                                                                     \
	X(tcr_el2, s3_4_c2_c0_2)                                                                                       \
	X(sctlr_el2, s3_4_c1_c0_0)                                                                                     \
	X(vbar_el2, s3_4_c12_c0_0)                                                                                     \
	X(elr_el2, s3_4_c4_c0_1)                                                                                       \
	X(spsr_el2, s3_4_c4_c0_0)                                                                                      \
	X(sp_el1, s3_4_c4_c1_0)                                                                                        \
	X(tpidr_el2, s3_4_c13_c0_2)                                                                                    \
	X(vmpidr_el2, s3_4_c0_c0_5)                                                                                    \
	X(vpidr_el2, s3_4_c0_c0_0)                                                                                     \
	X(cptr_el2, s3_4_c1_c1_2)                                                                                      \
	X(mdcr_el2, s3_4_c1_c1_1)                                                                                      \
	X(cnthctl_el2, s3_4_c14_c1_0)                                                                                  \
	X(cntvoff_el2, s3_4_c14_c0_3)                                                                                  \
	X(cnthp_ctl_el2, s3_4_c14_c2_1)                                                                                \
	X(cnthp_cval_el2, s3_4_c14_c2_2)                                                                               \
	X(ich_hcr_el2, s3_4_c12_c11_0)                                                                                 \
	X(ich_vmcr_el2, s3_4_c12_c11_7)                                                                                \
	X(ich_lr0_el2, s3_4_c12_c12_0)                                                                                 \
	X(icc_sre_el2, s3_4_c12_c9_5)                                                                                  \
	X(scr_el3, s3_6_c1_c1_0)                                                                                       \
	X(icc_sre_el3, s3_6_c12_c12_5)                                                                                 \
	X(icc_ctlr_el3, s3_6_c12_c12_4)                                                                                \
	X(vbar_el3, s3_6_c12_c0_0)
HIGHER(DEFINE)
static const struct system_register higher[] = {HIGHER(ROW)};

/* Trapped because they reach past the partition: implementation-defined, debug, tracing, profiling, error records. */
#define TRAPPED(X)                                                                                                     \
	X(actlr_el1, s3_0_c1_c0_1)                                                                                     \
	X(oslar_el1, s2_0_c1_c0_4)                                                                                     \
	X(osdlr_el1, s2_0_c1_c3_4)                                                                                     \
	X(dbgprcr_el1, s2_0_c1_c4_4)                                                                                   \
	X(mdrar_el1, s2_0_c1_c0_0)                                                                                     \
	X(cpuactlr_el1, s3_1_c15_c2_0)                                                                                 \
	X(cpuectlr_el1, s3_1_c15_c2_1)                                                                                 \
	X(cpumerrsr_el1, s3_1_c15_c2_2)                                                                                \
	X(l2ctlr_el1, s3_1_c11_c0_2)                                                                                   \
	X(l2ectlr_el1, s3_1_c11_c0_3)                                                                                  \
	X(l2actlr_el1, s3_1_c15_c0_0)                                                                                  \
	X(l2merrsr_el1, s3_1_c15_c2_3)                                                                                 \
	X(cbar_el1, s3_1_c15_c3_0)                                                                                     \
	X(clusterpmcr_el1, s3_0_c15_c5_0)                                                                              \
	X(impdef_3_0_11, s3_0_c11_c0_0)                                                                                \
	X(impdef_3_3_15, s3_3_c15_c0_0)                                                                                \
	X(erridr_el1, s3_0_c5_c3_0)                                                                                    \
	X(errselr_el1, s3_0_c5_c3_1)                                                                                   \
	X(lorc_el1, s3_0_c10_c4_3)                                                                                     \
	X(pmscr_el1, s3_0_c9_c9_0)                                                                                     \
	X(pmblimitr_el1, s3_0_c9_c10_0)                                                                                \
	X(trblimitr_el1, s3_0_c9_c11_0)                                                                                \
	X(trcprgctlr, s2_1_c0_c1_0)                                                                                    \
	X(trfcr_el1, s3_0_c1_c2_1)                                                                                     \
	X(hacr_el2, s3_4_c1_c1_7)
TRAPPED(DEFINE)
static const struct system_register trapped[] = {TRAPPED(ROW)};

/* 1 when `attempt` was UNDEFINED. */
#define UNDEFINED_BY(attempt)                                                                                          \
	({                                                                                                             \
		uint64_t before_ = probe.count;                                                                        \
		attempt;                                                                                               \
		probe.count != before_ &&PROBE_CLASS(probe.syndrome) == CLASS_UNDEFINED ? 1u : 0u;                     \
	})

static void higher_registers(uint64_t argument)
{
	unsigned count = sizeof(higher) / sizeof(higher[0]);
	unsigned reads = 0;
	unsigned writes = 0;

	(void)argument;
	for (unsigned i = 0; i < count; i++) {
		reads += UNDEFINED_BY(higher[i].read());
		writes += UNDEFINED_BY(higher[i].write(UINT64_MAX));
		writes += UNDEFINED_BY(higher[i].write(0));
	}
	answer("undefined: reads %s writes %s", reads == count ? "all" : "not all",
	       writes == 2u * count ? "all" : "not all");
}

/* Nothing that is written may be read back. */
static void trapped_registers(uint64_t argument)
{
	unsigned count = sizeof(trapped) / sizeof(trapped[0]);
	unsigned kept = 0;

	(void)argument;
	answer("%s", "");
	for (unsigned i = 0; i < count; i++) {
		uint64_t before = 0;
		uint64_t after = 0;
		unsigned undefined = UNDEFINED_BY(before = trapped[i].read());

		undefined += UNDEFINED_BY(trapped[i].write(UINT64_MAX));
		undefined += UNDEFINED_BY(after = trapped[i].read());
		if (undefined == 0u && before != after) {
			kept++;
			answer_more("%s", trapped[i].name);
		}
	}
	answer_more("kept %u of %u", kept, count);
}

static void os_lock(uint64_t argument)
{
	(void)argument;
	SYSREG_WRITE(s2_0_c1_c0_4, 1); /* OSLAR_EL1: locks */
	SYSREG_WRITE(s2_0_c1_c3_4, 1); /* OSDLR_EL1: locks twice */
	answer("oslsr 0x%llx exceptions %llu", (unsigned long long)SYSREG_READ(s2_0_c1_c1_4),
	       (unsigned long long)probe.count);
}

/* Instructions of higher levels: translation and TLBs of EL2, debug state, returns and calls upwards. */
static void higher_instructions(uint64_t argument)
{
	unsigned undefined = 0;

	(void)argument;
	undefined += UNDEFINED_BY(__asm__ volatile("tlbi alle2" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("tlbi alle1" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("tlbi vmalls12e1is" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("tlbi ipas2e1is, xzr" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("tlbi alle3" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("at s1e2r, xzr" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("at s12e1r, xzr" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("at s1e3r, xzr" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("dcps2" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("dcps3" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("drps" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("hlt #0xf000" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile("msr cntfrq_el0, xzr" ::: "memory"));
	undefined += UNDEFINED_BY(__asm__ volatile(".inst 0x00000000" ::: "memory"));
	answer("undefined %u of 14", undefined);
}

/* Set/way operations would reach other partitions' lines. */
static void set_way(uint64_t argument)
{
	(void)argument;
	for (uint64_t way = 0; way < 64u; way++) {
		uint64_t operand = way << 28 | way << 6 | 2u;

		__asm__ volatile("dc isw, %0\n\tdc csw, %0\n\tdc cisw, %0" ::"r"(operand) : "memory");
	}
	answer("exceptions %llu", (unsigned long long)probe.count);
}

/* Implementation-defined instructions, as RTOS start-up code for other chips has them. */
static void implementation_defined(uint64_t argument)
{
	uint64_t value = 0;

	(void)argument;
	__asm__ volatile("sys #1, c15, c0, #0, xzr" ::: "memory");
	__asm__ volatile("sys #0, c11, c0, #0, xzr" ::: "memory");
	__asm__ volatile("sysl %0, #3, c15, c3, #7" : "=r"(value)::"memory");
	answer("class 0x%02lx", (unsigned long)PROBE_CLASS(probe.syndrome));
}

/* A return to EL2, to EL3, and to states that the core does not have. */
static void illegal_return(uint64_t argument)
{
	static const uint64_t states[] = {0x3c9, 0x3c8, 0x3cd, 0x3cc, 0x3c6, 0x1d3, 0x1da, 0x1df};
	unsigned illegal = 0;

	(void)argument;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		illegal +=
			PROBE_CLASS(probe_jump((uint64_t)(uintptr_t)illegal_return, states[i])) == CLASS_ILLEGAL_STATE;
	answer("illegal %u of %u", illegal, (unsigned)(sizeof(states) / sizeof(states[0])));
}

/* Breakpoints and single steps of one's own: they must not end up anywhere else. */
static void debug(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("brk #0xf000" ::: "memory");
	answer("class 0x%02lx", (unsigned long)PROBE_CLASS(probe.syndrome));
}

extern const char user_impdef[], user_undefined[], user_smc[], user_a32_svc[], user_a32_impdef[], user_a32_hvc[];

static void tell_user(const char *code, uint64_t pstate)
{
	uint64_t syndrome = probe_jump((uint64_t)(uintptr_t)code, pstate);

	answer_more("0x%02lx", (unsigned long)PROBE_CLASS(syndrome));
}

/* From EL0: an attacker needs no kernel. Classes of the exceptions that come back to EL1. */
static void user(uint64_t argument)
{
	(void)argument;
	answer("%s", "classes");
	tell_user(user_impdef, PROBE_EL0);
	tell_user(user_undefined, PROBE_EL0);
	tell_user(user_smc, PROBE_EL0);
}

static void user_a32(uint64_t argument)
{
	(void)argument;
	answer("%s", "classes");
	tell_user(user_a32_svc, PROBE_EL0_A32);
	tell_user(user_a32_hvc, PROBE_EL0_A32);
}

/* A coprocessor register of the implementation, from a 32-bit program. */
static void user_a32_register(uint64_t argument)
{
	(void)argument;
	answer("%s", "classes");
	tell_user(user_a32_impdef, PROBE_EL0_A32);
}

const struct attack register_attacks[] = {
	{"register-higher", higher_registers},
	{"register-trapped", trapped_registers},
	{"register-os-lock", os_lock},
	{"register-set-way", set_way},
	{"register-impdef", implementation_defined},
	{"instruction-higher", higher_instructions},
	{"illegal-return", illegal_return},
	{"debug-breakpoint", debug},
	{"user", user},
	{"user-a32", user_a32},
	{"user-a32-register", user_a32_register},
	{NULL, NULL},
};
