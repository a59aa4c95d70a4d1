/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of attacks on x86-64; before and after each the core's own state is brought to what the runtime expects. */
#include "hostile/x86/attacks.h"

#include <stddef.h>

#include "hostile/x86/map.h"
#include "hostile/x86/probe.h"
#include "rt/hal.h"
#include "rt/x86/cpu.h"

const struct attack *const attack_tables[] = {
	apic_attacks, instruction_attacks, ioapic_attacks, memory_attacks, msr_attacks,
	port_attacks, register_attacks,    second_attacks, self_attacks,   NULL,
};

static uint32_t first, last;
static bool is_open;
static uint64_t seed;

static void apic_repair(void)
{
	msr_write(APIC_SPURIOUS, APIC_SPURIOUS_ON | VECTOR_SPURIOUS);
	msr_write(APIC_LVT_TIMER, VECTOR_TIMER);
	msr_write(APIC_TIMER_COUNT, 0);
	msr_write(APIC_TIMER_DIVIDER, APIC_TIMER_UNDIVIDED);
	msr_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	msr_write(APIC_LVT_LINT1, APIC_LVT_MASKED);
	msr_write(APIC_TASK_PRIORITY, 0);
	hal_interrupt_enable((uint32_t)rt_board.uart_interrupt);
}

void attack_init(void)
{
	(void)hal_interrupts_mask();
	probe_init();
	hal_interrupts_restore(RFLAGS_IF);
}

void attack_start(void)
{
	(void)hal_interrupts_mask();
	hal_timer_stop();
	probe_start();
	seed = 1;
}

void attack_stop(void)
{
	apic_repair();
	probe_stop();
	hal_interrupts_restore(RFLAGS_IF);
}

static void range_print(void)
{
	if (first == last)
		answer_more("%lx", (unsigned long)first);
	else
		answer_more("%lx-%lx", (unsigned long)first, (unsigned long)last);
}

void ranges_start(void)
{
	is_open = false;
}

void ranges_add(uint32_t number)
{
	if (is_open && number == last + 1u) {
		last = number;
		return;
	}
	ranges_end();
	first = last = number;
	is_open = true;
}

void ranges_end(void)
{
	if (is_open)
		range_print();
	is_open = false;
}

/* xorshift64* */
uint64_t random_next(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * UINT64_C(0x2545f4914f6cdd1d);
}

struct access {
	uint32_t number;
	uint64_t value;
};

static void write_one(uint64_t argument)
{
	const struct access *access = (const struct access *)argument;

	msr_write(access->number, access->value);
}

static void read_one(uint64_t argument)
{
	struct access *access = (struct access *)argument;

	access->value = msr_read(access->number);
}

bool msr_try_write(uint32_t number, uint64_t value)
{
	struct access access = {number, value};

	return probe_try(write_one, (uint64_t)(uintptr_t)&access) == PROBE_NOTHING;
}

bool msr_try_read(uint32_t number, uint64_t *value)
{
	struct access access = {number, 0};
	bool is_there = probe_try(read_one, (uint64_t)(uintptr_t)&access) == PROBE_NOTHING;

	*value = access.value;
	return is_there;
}
