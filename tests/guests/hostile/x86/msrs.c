/* SPDX-License-Identifier: Apache-2.0 */
/* Every model-specific register of the ranges that processors and hypervisors have: read, and written with many values. */
#include <stddef.h>

#include "hostile/x86/attacks.h"
#include "hostile/x86/probe.h"
#include "rt/x86/cpu.h"

#define VALUES 6u

/* The argument of a sweep. */
static const struct {
	uint32_t first;
	uint32_t last;
} spaces[] = {
	{0x0, 0x1fff},
	{0x40000000, 0x400001ff},
	{0xc0000000, 0xc0001fff},
	{0xc0010000, 0xc0011fff},
};

/* Of the local APIC: reading what is left of the timer ends a QEMU whose time is counted in instructions. */
#define APIC_TIMER_LEFT 0x839u
#define APIC_SELF 0x83fu

static unsigned strange; /* exceptions other than #GP */

static void note(void)
{
	strange += probe.vector != VECTOR_PROTECTION ? 1u : 0u;
}

static void read_sweep(uint64_t space)
{
	uint64_t value;

	strange = 0;
	answer("%s", "");
	ranges_start();
	for (uint32_t msr = spaces[space].first; msr <= spaces[space].last; msr++) {
		if (msr == APIC_TIMER_LEFT)
			continue;
		if (msr_try_read(msr, &value))
			ranges_add(msr);
		else
			note();
	}
	ranges_end();
	answer_more("other %u", strange);
}

/* Its own value first, where it has one, and last, so that nothing stays. */
static bool takes_any(uint32_t msr)
{
	uint64_t own = 0;
	bool is_readable = msr_try_read(msr, &own);
	const uint64_t values[VALUES] = {0, 1, UINT64_C(0x8000000000000000), UINT64_MAX, UINT64_C(0x12345678), own};
	bool takes = false;

	for (uint32_t i = 0; i < VALUES; i++) {
		if (msr_try_write(msr, values[i]))
			takes = true;
		else
			note();
	}
	if (is_readable)
		(void)msr_try_write(msr, own);
	return takes;
}

/* The ICR and the self-IPI have attacks of their own: apic.c. */
static void write_sweep(uint64_t space)
{
	strange = 0;
	answer("%s", "");
	ranges_start();
	for (uint32_t msr = spaces[space].first; msr <= spaces[space].last; msr++) {
		if (msr != APIC_COMMAND && msr != APIC_TIMER_LEFT && msr != APIC_SELF && takes_any(msr))
			ranges_add(msr);
	}
	ranges_end();
	answer_more("other %u", strange);
}

/* Outside of all permission maps: numbers that no map has a bit for. */
static void far_sweep(uint64_t argument)
{
	unsigned read = 0;
	unsigned written = 0;

	(void)argument;
	for (uint32_t i = 0; i < 0x4000u; i++) {
		uint32_t msr = (uint32_t)random_next() | 0x00020000u;
		uint64_t value;

		read += msr_try_read(msr, &value) ? 1u : 0u;
		written += msr_try_write(msr, random_next()) ? 1u : 0u;
	}
	answer("read %u written %u", read, written);
}

/* What is in registers that answer for all of the machine: constants. */
static void constants(uint64_t argument)
{
	static const uint32_t numbers[] = {0x17,       0x1a0,      0x1d9,      0x40000118,
					   0xc0010010, 0xc0010015, 0xc001001f, 0xc0010055};
	uint64_t value;

	(void)argument;
	answer("%s", "");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		(void)msr_try_write(numbers[i], UINT64_MAX);
		(void)msr_try_read(numbers[i], &value);
		answer_more("%llx", (unsigned long long)value);
	}
}

const struct attack msr_attacks[] = {
	{"msr-read", read_sweep},
	{"msr-write", write_sweep},
	{"msr-far", far_sweep},
	{"msr-constants", constants},
	{NULL, NULL},
};
