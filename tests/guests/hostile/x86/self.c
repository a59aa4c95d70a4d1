/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest does to itself: sleeps and loops without end, broken gates, triple faults, floods. */
#include <stddef.h>

#include "hostile/x86/attacks.h"
#include "hostile/x86/probe.h"
#include "plan/abi.h"
#include "rt/hal.h"
#include "rt/x86/cpu.h"

#define FLOOD 20000u

static void spin(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("1:\tjmp 1b");
}

static void sleep_for_ever(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("1:\thlt\n\tjmp 1b");
}

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

/* No gates at all: each exception raises the next, until there is none. */
static void triple_fault(uint64_t argument)
{
	struct table_register none = {0, 0};

	(void)argument;
	__asm__ volatile("lidt %0\n\tud2" ::"m"(none) : "memory");
	answer("still here");
}

static void flood_calls(uint64_t argument)
{
	(void)argument;
	for (unsigned i = 0; i < FLOOD; i++) {
		uint64_t value[4] = {0, ABI_SELF, 0, 0};

		hal_hypercall(ABI_EXITS, value);
	}
	answer("done");
}

static void flood_nmis(uint64_t argument)
{
	(void)argument;
	for (unsigned i = 0; i < FLOOD; i++)
		msr_write(APIC_COMMAND, 0x44400u);
	answer(probe.nmis > FLOOD / 2u ? "taken" : "lost");
}

static void flood_flushes(uint64_t argument)
{
	(void)argument;
	for (unsigned i = 0; i < FLOOD; i++)
		__asm__ volatile("wbinvd\n\tinvd\n\tmovq %%cr3, %%rax\n\tmovq %%rax, %%cr3" ::: "rax", "memory");
	answer("done");
}

const struct attack self_attacks[] = {
	{"self-spin", spin},
	{"self-sleep-for-ever", sleep_for_ever},
	{"self-triple-fault", triple_fault},
	{"flood-calls", flood_calls},
	{"flood-nmis", flood_nmis},
	{"flood-flushes", flood_flushes},
	{NULL, NULL},
};
