/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt command register towards everybody, and the local vector table with delivery modes that are not a guest's. */
#include <stddef.h>

#include "hostile/x86/attacks.h"
#include "hostile/x86/probe.h"
#include "rt/hal.h"
#include "rt/x86/cpu.h"

#define APIC_SELF 0x83fu
#define APIC_REQUESTS 0x820u /* the first of eight */
#define APIC_ERROR 0x828u
#define APIC_LVT_ERROR 0x837u

#define MODES 8u
#define MODE(mode) ((uint64_t)(mode) << 8)
#define MODE_FIXED 0u
#define MODE_LOWEST 1u
#define MODE_SMI 2u
#define MODE_NMI 4u
#define MODE_INIT 5u
#define MODE_STARTUP 6u
#define MODE_EXTERNAL 7u
#define LOGICAL UINT64_C(0x800)
#define ASSERT UINT64_C(0x4000)
#define LEVEL UINT64_C(0x8000)
#define SHORTHAND(which) ((uint64_t)(which) << 18)
#define SHORTHAND_SELF SHORTHAND(1)
#define SHORTHAND_ALL SHORTHAND(2)
#define SHORTHAND_OTHERS SHORTHAND(3)
#define TO(destination) ((uint64_t)(destination) << 32)
#define EVERYONE 0xffffffffu

#define VECTOR 0x61u
#define NEIGHBOURS_VECTOR 0x33u /* its UART's */
#define RANDOM 16384u
#define LATEST UINT64_C(4000000000) /* of the time-stamp counter, for what must come: two seconds */

/* Our two cores' ids, and their bits of a logical id in cluster 0: the neighbour's core is the next one. */
#define OWN_FIRST ((uint32_t)msr_read(APIC_ID))
#define OWN_CORES 2u
#define OWN_BITS (3u << OWN_FIRST)

static unsigned refused;

static void send(uint64_t value)
{
	refused += msr_try_write(APIC_COMMAND, value) ? 0u : 1u;
}

static void told(void)
{
	probe_take();
	answer_more("taken %u nmis %llu refused %u", probe_count_taken(), (unsigned long long)probe.nmis, refused);
	refused = 0;
	probe_forget();
}

/* All delivery modes, levels and triggers, to each core that is not ours, by its id and by its logical id. */
static void foreign(uint64_t argument)
{
	static const uint32_t ids[] = {0,       1,       2,          3,          4,         15,    16,
				       17,      0x80,    0xfe,       0xff,       0x100,     0x102, 0x10000,
				       0x10002, 0x20004, 0x7fffffff, 0x80000002, 0xfffffffe};

	(void)argument;
	answer("%s", "");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		for (uint64_t bits = 0; bits < MODES * 4u; bits++) {
			uint64_t value = TO(ids[i]) | MODE(bits % MODES) | (bits / MODES) << 14 | NEIGHBOURS_VECTOR;

			if (ids[i] - OWN_FIRST >= OWN_CORES)
				send(value);
			send((value & ~TO(EVERYONE)) | LOGICAL | TO(ids[i] & ~OWN_BITS));
		}
	}
	told();
}

static void random(uint64_t argument)
{
	(void)argument;
	answer("%s", "");
	for (uint32_t i = 0; i < RANDOM; i++) {
		uint64_t value = random_next();

		/* no shorthand; bit 35 makes it another's id, and without our bits it is no logical id of ours */
		value &= ~(SHORTHAND(3) | TO(OWN_BITS));
		value |= TO(8u);
		send(value);
	}
	told();
}

/* Ourselves among all: the others do not notice. */
static void shorthands(uint64_t argument)
{
	static const uint64_t all[] = {SHORTHAND_ALL, SHORTHAND_OTHERS, SHORTHAND_SELF, TO(EVERYONE),
				       TO(EVERYONE) | LOGICAL};

	(void)argument;
	answer("%s", "");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		send(all[i] | MODE(MODE_FIXED) | ASSERT | VECTOR);
		send(all[i] | MODE(MODE_LOWEST) | ASSERT | (VECTOR + 1u));
		told();
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		send(all[i] | MODE(MODE_NMI) | ASSERT);
		told();
	}
}

/* To ourselves what no guest may send, and each vector that there is, but for the spurious one, which Bochs' APIC never ends. */
static void self(uint64_t argument)
{
	(void)argument;
	answer("%s", "");
	for (uint32_t vector = 32; vector < VECTOR_SPURIOUS; vector++)
		send(TO(msr_read(APIC_ID)) | ASSERT | vector);
	told();
	for (uint32_t vector = 32; vector < VECTOR_SPURIOUS; vector++)
		(void)msr_try_write(APIC_SELF, vector);
	told();
	send(SHORTHAND_SELF | MODE(MODE_SMI) | ASSERT);
	send(SHORTHAND_SELF | MODE(3) | ASSERT | VECTOR);
	send(SHORTHAND_SELF | MODE(MODE_EXTERNAL) | ASSERT | VECTOR);
	send(SHORTHAND_SELF | MODE(MODE_STARTUP) | ASSERT | 8u);
	send(SHORTHAND_SELF | MODE(MODE_INIT) | LEVEL);
	told();
}

/* INIT and start-up to all others, by each way; our own second core is off. */
static void reset_others(uint64_t argument)
{
	const uint64_t ways[] = {SHORTHAND_OTHERS, TO(OWN_FIRST + OWN_CORES),         TO(OWN_FIRST + OWN_CORES + 1u),
				 TO(0xff),         TO(0xffffu & ~OWN_BITS) | LOGICAL, TO(0x1fffc) | LOGICAL};

	(void)argument;
	answer("%s", "");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		send(ways[i] | MODE(MODE_INIT) | ASSERT);
		send(ways[i] | MODE(MODE_INIT) | ASSERT | LEVEL);
		send(ways[i] | MODE(MODE_INIT) | LEVEL);
		if (ways[i] != SHORTHAND_OTHERS)
			send(ways[i] | MODE(MODE_STARTUP) | ASSERT | 8u);
	}
	told();
}

/* Argument: the register. What stays of each delivery mode, unmasked, and of bits that there are not. */
static void lvt_modes(uint64_t number)
{
	uint64_t value;

	answer("%s", "");
	for (uint64_t mode = 0; mode < MODES; mode++) {
		bool taken = msr_try_write((uint32_t)number, MODE(mode) | APIC_LVT_MASKED | VECTOR);

		(void)msr_try_read((uint32_t)number, &value);
		answer_more(taken ? "%llx" : "-", (unsigned long long)value);
		(void)msr_try_write((uint32_t)number, APIC_LVT_MASKED);
	}
	refused = msr_try_write((uint32_t)number, UINT64_MAX) ? 0u : 1u;
	refused += msr_try_write((uint32_t)number, UINT64_C(0x100000000)) ? 0u : 1u;
	refused += msr_try_write((uint32_t)number, APIC_LVT_MASKED | 0x80000u) ? 0u : 1u;
	answer_more("refused %u of 3", refused);
	(void)msr_try_write((uint32_t)number, APIC_LVT_MASKED);
	refused = 0;
}

static bool is_requested(uint32_t vector)
{
	return (msr_read(APIC_REQUESTS + vector / 32u) >> vector % 32u & 1u) != 0u;
}

/* A fixed interrupt comes, however late the emulator's host is; nothing of other modes does. */
static void timer_expire(uint64_t mode)
{
	uint64_t until = cpu_timestamp() + (mode == MODE_FIXED ? LATEST : 10000000u);

	(void)msr_try_write(APIC_TIMER_COUNT, 1000);
	while (cpu_timestamp() < until && !(mode == MODE_FIXED && is_requested(VECTOR)))
		;
}

/* The timer expires in each delivery mode. INIT would be our own end, were it taken. */
static void timer_modes(uint64_t argument)
{
	(void)argument;
	answer("%s", "");
	for (uint64_t mode = 0; mode < MODES; mode++) {
		(void)msr_try_write(APIC_LVT_TIMER, MODE(mode) | VECTOR);
		timer_expire(mode);
		told();
		(void)msr_try_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
	}
}

/* The same with the error that an illegal vector is. */
static void error_modes(uint64_t argument)
{
	(void)argument;
	answer("%s", "");
	for (uint64_t mode = 0; mode < MODES; mode++) {
		(void)msr_try_write(APIC_ERROR, 0);
		(void)msr_try_write(APIC_LVT_ERROR, MODE(mode) | VECTOR);
		send(TO(0xf0) | 0x40u); /* nobody is there */
		told();
		(void)msr_try_write(APIC_LVT_ERROR, APIC_LVT_MASKED);
	}
}

/* Vectors that an APIC has not stay pending where it believes in them, until we have ended. */
static void illegal_vectors(uint64_t argument)
{
	(void)argument;
	for (uint32_t vector = 0; vector < 32u; vector++) {
		send(SHORTHAND_SELF | ASSERT | vector);
		(void)msr_try_write(APIC_SELF, vector);
	}
	for (uint32_t vector = 0; vector < 16u; vector++) {
		(void)msr_try_write(APIC_LVT_TIMER, vector);
		timer_expire(MODES);
	}
	hal_power_off();
}

/* All vectors pending, and the highest in service. */
static void pending_vectors(uint64_t argument)
{
	(void)argument;
	for (uint32_t vector = 32; vector < 256u; vector++)
		send(SHORTHAND_SELF | ASSERT | vector);
	(void)msr_try_write(APIC_TASK_PRIORITY, 0xff);
	hal_power_off();
}

/* Out of x2APIC mode, or off: the page of the other mode is not there, nor is it to be had. */
static void mode(uint64_t argument)
{
	uint64_t own = msr_read(MSR_APIC_BASE);
	const uint64_t values[] = {own & ~UINT64_C(0x400), own & ~UINT64_C(0xc00),
				   own & ~UINT64_C(0x800), 0,
				   own ^ 0x1000u,          own | 0x1u,
				   own ^ 0x100u,           own | UINT64_C(0x8000000000000000)};
	unsigned stopped = 0;

	(void)argument;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		stopped += msr_try_write(MSR_APIC_BASE, values[i]) ? 0u : 1u;
	answer("refused %u of %u same %d", stopped, (unsigned)(sizeof(values) / sizeof(values[0])),
	       msr_read(MSR_APIC_BASE) == own);
}

const struct attack apic_attacks[] = {
	{"icr-foreign", foreign},
	{"icr-random", random},
	{"icr-shorthands", shorthands},
	{"icr-self", self},
	{"icr-reset-others", reset_others},
	{"lvt-modes", lvt_modes},
	{"lvt-timer-modes", timer_modes},
	{"lvt-error-modes", error_modes},
	{"apic-illegal-vectors", illegal_vectors},
	{"apic-pending-vectors", pending_vectors},
	{"apic-mode", mode},
	{NULL, NULL},
};
