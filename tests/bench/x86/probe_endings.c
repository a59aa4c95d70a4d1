/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exits that do not come back, on x86-64: the one that PROBE_ENDING names, and nothing else. What each costs is read off a trace
 * (x86_endings.py), since nobody is left who could look at the clock.
 */
#include <stdbool.h>
#include <stdint.h>

#include "rt/hal.h"
#include "rt/x86/secondary.h"

#define STACK_SIZE 4096u

static volatile bool second_runs;

/* Through the page tables that the guest was started with, which map what is nobody's, too. */
static inline void tables_of_start(void)
{
	__asm__ volatile("movq %0, %%cr3" ::"r"(UINT64_C(0x93000)) : "memory");
}

static inline void nobodys_memory(void)
{
	tables_of_start();
	__asm__ volatile("movl $0, 0x70000000" ::: "memory");
}

static void second_spins(void *argument)
{
	(void)argument;
	second_runs = true;
	for (;;) {
	}
}

static __attribute__((unused)) void end_fault(void)
{
	nobodys_memory();
}

/* The longest way to a fault: the instruction is fetched and looked at first. */
static __attribute__((unused)) void end_fault_instruction(void)
{
	tables_of_start();
	__asm__ volatile("xchgl %%eax, (%0)" ::"r"(UINT64_C(0xfec00000)) : "rax", "memory");
}

static __attribute__((unused)) void end_off(void)
{
	hal_power_off();
}

static __attribute__((unused)) void end_recall(void)
{
	static uint8_t stack[STACK_SIZE] __attribute__((aligned(16)));
	static struct secondary_start start = {stack + STACK_SIZE, second_spins, NULL};

	(void)secondary_start(1, &start);
	while (!second_runs) {
	}
	nobodys_memory();
}

int main(void)
{
	PROBE_ENDING();
	return 0;
}
