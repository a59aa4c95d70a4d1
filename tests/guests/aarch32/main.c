/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An AArch32 partition that tries what the hypervisor has to answer differently there: conditions, Thumb, calls, CP15
 * and CP14, exceptions. Prints `AARCH32 ok N checks`; its last access has no answer and ends it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "aarch32/probes.h"
#include "aarch32/sweep.h"
#include "rt/aarch32/sysreg.h"
#include "rt/hal.h"
#include "rt/interrupt.h"

#define PSCI_VERSION 0x84000000u
#define PSCI_VERSION_1_1 0x10001u
#define PSCI_CPU_ON_64 0xc4000003u
#define NOT_SUPPORTED UINT32_MAX

#define MASK_ALL 0xffu /* interrupts of every priority come */
#define SGI 5u
#define SPURIOUS 1023u
#define MPIDR_MULTIPROCESSOR (1u << 31)
#define MPIDR_AFFINITY 0xffffffu
#define GICR_IPRIORITYR 0x10400u
#define PRIORITY 0xa0u

static unsigned checks;

static void check(bool condition, const char *state, const char *text)
{
	if (!condition) {
		(void)printf("AARCH32 FAILED %s: %s\n", state, text);
		hal_power_off();
	}
	checks++;
}

#define CHECK(state, condition) check((condition), (state), #condition)

static uint32_t mask(void)
{
	return CP15_READ(0, c4, c6, 0); /* ICC_PMR */
}

static void try_conditions(const struct probes *probes, const char *state)
{
	probes->mask_written(0xf0);
	CHECK(state, mask() == 0xf0);
	probes->mask_kept(0x20);
	CHECK(state, mask() == 0xf0);
	CHECK(state, probes->mask_in_block(0xe0) == 1);
	CHECK(state, mask() == 0xe0);
	probes->mask_written(MASK_ALL);
}

static void try_calls(const struct probes *probes, const char *state)
{
	CHECK(state, probes->hvc(PSCI_VERSION) == PSCI_VERSION_1_1);
	CHECK(state, probes->smc(PSCI_VERSION) == PSCI_VERSION_1_1);
	CHECK(state, probes->smc_kept(PSCI_VERSION) == PSCI_VERSION);
	CHECK(state, probes->hvc(PSCI_CPU_ON_64) == NOT_SUPPORTED);
	CHECK(state, probes->smc(PSCI_CPU_ON_64) == NOT_SUPPORTED);
}

/* The guest's own exceptions are its own: LR_und is 4 ahead in A32, 2 in Thumb (Arm ARM G1.12.1). */
static void try_undefined(const struct probes *probes, const char *state, uint32_t thumb)
{
	uint32_t ahead = thumb != 0 ? 2 : 4;
	uint32_t address = probes->undefined() & ~1u;

	CHECK(state, probe_record.lr == address + ahead);
	CHECK(state, (probe_record.psr & (PSR_MODE | PSR_THUMB)) == (MODE_SYSTEM | thumb));
}

/* Constants, and writes without effect, of src/arch/armv8/trap_table.c. */
static void try_registers(void)
{
	uint32_t value;

	CHECK("registers", (CP15_READ(0, c0, c0, 5) & (MPIDR_MULTIPROCESSOR | MPIDR_AFFINITY)) == MPIDR_MULTIPROCESSOR);
	CHECK("registers", CP15_READ(0, c12, c8, 0) == SPURIOUS); /* ICC_IAR0 */
	CP15_WRITE(0, c1, c0, 1, UINT32_MAX);                     /* ACTLR */
	CHECK("registers", CP15_READ(0, c1, c0, 1) == 0);
	CP15_WRITE(0, c7, c6, 2, 0); /* DCISW: would lose what the caches hold */
	CP15_WRITE(0, c7, c14, 2, 0);
	__asm__ volatile("mrc p14, 0, %0, c1, c0, 0" : "=r"(value)::"memory"); /* DBGDRAR */
	CHECK("registers", value == 0);
}

static volatile unsigned interrupts;

static void on_sgi(void *argument)
{
	(void)argument;
	interrupts++;
}

/* ICC_SGI1R, to this core, to one that does not exist, and under a condition that fails. */
static void try_sgi(void)
{
	interrupt_attach(SGI, on_sgi, NULL);
	CP15_WRITE_64(0, c12, SGI << 24 | 1u);
	isb();
	CHECK("sgi", interrupts == 1);
	CP15_WRITE_64(0, c12, SGI << 24 | 2u);
	__asm__ volatile("cmp %0, %0\n\tmcrrne p15, 0, %0, %1, c12\n\tisb" ::"r"(SGI << 24 | 1u), "r"(0)
			 : "cc", "memory");
	CHECK("sgi", interrupts == 1);
}

/* Forms of single loads and stores that carry a syndrome. */
static void try_loads(void)
{
	uint32_t base = (uint32_t)rt_board.gicr_base + GICR_IPRIORITYR;
	uint32_t value;

	__asm__ volatile("strb %1, [%2, #4]\n\tldrb %0, [%2, #4]" : "=&r"(value) : "r"(PRIORITY), "r"(base) : "memory");
	CHECK("loads", value == PRIORITY);
	__asm__ volatile("ldrsb %0, [%1, #4]" : "=r"(value) : "r"(base) : "memory");
	CHECK("loads", value == (0xffffff00u | PRIORITY));
	__asm__ volatile("ldr %0, [%1, #4]" : "=r"(value) : "r"(base) : "memory");
	CHECK("loads", (value & 0xffu) == PRIORITY);
	__asm__ volatile("cmp %1, %1\n\tmov %0, #7\n\tldrne %0, [%1, #4]" : "=&r"(value) : "r"(base) : "cc", "memory");
	CHECK("loads", value == 7);
}

int main(void)
{
	probes_catch();
	try_conditions(&probes_arm, "A32");
	try_conditions(&probes_thumb, "Thumb");
	try_calls(&probes_arm, "A32");
	try_calls(&probes_thumb, "Thumb");
	try_undefined(&probes_arm, "A32", 0);
	try_undefined(&probes_thumb, "Thumb", PSR_THUMB);
	try_registers();
	try_sgi();
	try_loads();
	sweep();
	(void)printf("AARCH32 ok %u checks\n", checks);
	/* LDRD carries no syndrome, and only A64 instructions are decoded. */
	__asm__ volatile("ldrd r2, r3, [%0]" ::"r"((uint32_t)rt_board.gicr_base + GICR_IPRIORITYR)
			 : "r2", "r3", "memory");
	(void)puts("AARCH32 FAILED ldrd");
	return 0;
}
