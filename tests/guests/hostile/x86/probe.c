/* SPDX-License-Identifier: Apache-2.0 */
/* The probe's descriptor tables, beside the runtime's: they share its task state, hence its stacks. */
#include "hostile/x86/probe.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "hostile/x86/map.h"
#include "rt/hal.h"
#include "rt/x86/descriptors.h"
#include "rt/x86/registers.h"

_Static_assert(offsetof(struct probe, resume) == PROBE_RESUME, "as in probe.S");
_Static_assert(offsetof(struct probe, stack) == PROBE_STACK, "as in probe.S");
_Static_assert(offsetof(struct probe, nmis) == PROBE_NMIS, "as in probe.S");
_Static_assert(offsetof(struct probe, hook) == PROBE_HOOK, "as in probe.S");
_Static_assert(offsetof(struct probe, taken) == PROBE_TAKEN, "as in probe.S");

#define GATES 256u
#define EXCEPTIONS 32u
#define STUB_SIZE 16u
#define GATE_INTERRUPT UINT64_C(0x8e00)
#define GATE_USER UINT64_C(0x6000)
#define IST_KERNEL UINT64_C(1)
#define IST_FAULT UINT64_C(2)
#define SEGMENT_CODE_USER UINT64_C(0x00affb000000ffff)
#define SEGMENT_DATA_USER UINT64_C(0x00cff3000000ffff)

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

extern const char probe_stubs[];
_Noreturn void probe_lost(void); /* from probe.S */

struct probe probe;

static uint64_t segments[PROBE_DATA_USER / 8 + 1];
static uint64_t gates[GATES][2];
static struct table_register runtimes_gates;

static void gate_set(uint32_t vector, uint64_t address)
{
	uint64_t kind = GATE_INTERRUPT | (vector < EXCEPTIONS ? IST_FAULT : IST_KERNEL);

	if (vector == PROBE_BACK)
		kind |= GATE_USER;
	gates[vector][0] = (address & 0xffffu) | ((uint64_t)SELECTOR_CODE << 16) | (kind << 32) |
			   (((address >> 16) & 0xffffu) << 48);
	gates[vector][1] = address >> 32;
}

void probe_init(void)
{
	struct table_register segments_at = {sizeof(segments) - 1u, (uint64_t)(uintptr_t)segments};

	(void)memcpy(segments, descriptors, DESCRIPTORS_SIZE);
	segments[PROBE_CODE_USER / 8] = SEGMENT_CODE_USER;
	segments[PROBE_DATA_USER / 8] = SEGMENT_DATA_USER;
	for (uint32_t i = 0; i < GATES; i++)
		gate_set(i, (uint64_t)(uintptr_t)probe_stubs + i * STUB_SIZE);
	map_open();
	__asm__ volatile("lgdt %1\n\tsidt %0" : "=m"(runtimes_gates) : "m"(segments_at) : "memory");
}

void probe_gate_set(uint32_t vector, void (*handler)(void))
{
	gate_set(vector, (uint64_t)(uintptr_t)handler);
}

void probe_start(void)
{
	struct table_register gates_at = {sizeof(gates) - 1u, (uint64_t)(uintptr_t)gates};

	__asm__ volatile("lidt %0" ::"m"(gates_at) : "memory");
	probe_take(); /* what was pending is none of the attack's */
	probe = (struct probe){0};
}

void probe_stop(void)
{
	probe_take();
	__asm__ volatile("lidt %0" ::"m"(runtimes_gates) : "memory");
}

void probe_take(void)
{
	__asm__ volatile("sti\n\tmovl $1000, %%ecx\n1:\tloop 1b\n\tcli" ::: "rcx", "memory");
}

int probe_has_taken(uint32_t vector)
{
	return (int)(probe.taken[vector / 64u] >> vector % 64u & 1u);
}

unsigned probe_count_taken(void)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < GATES; i++)
		count += (unsigned)probe_has_taken(i);
	return count;
}

void probe_forget(void)
{
	probe_take();
	probe.nmis = 0;
	(void)memset(probe.taken, 0, sizeof(probe.taken));
}

_Noreturn void probe_lost(void)
{
	(void)printf("LOST by exception %llu, error 0x%llx, rip 0x%llx, cr2 0x%llx\n", (unsigned long long)probe.vector,
		     (unsigned long long)probe.error, (unsigned long long)probe.rip, (unsigned long long)probe.address);
	hal_power_off();
}
