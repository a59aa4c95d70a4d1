/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frequencies: a hypervisor says them (Hyper-V TLFS, 4.6: leaves and synthetic MSRs). On the bare machine the time-stamp
 * counter is measured against channel 2 of the PIT (Intel 8254), and the APIC's timer against the counter.
 */
#include "rt/x86/frequency.h"

#include <stdbool.h>

#include "rt/hal.h"
#include "rt/panic.h"
#include "rt/x86/cpu.h"

#define LEAF_FEATURES 1u
#define FEATURES_HYPERVISOR (1u << 31)
#define LEAF_SIGNATURE 0x40000000u
#define LEAF_PRIVILEGES 0x40000003u
#define PRIVILEGE_FREQUENCIES (1u << 11)
#define MSR_TIMESTAMP_FREQUENCY 0x40000022u
#define MSR_APIC_FREQUENCY 0x40000023u

#define PIT_FREQUENCY UINT64_C(1193182)
#define PIT_CHANNEL2 0x42u
#define PIT_COMMAND 0x43u
#define PIT_ONE_SHOT 0xb0u /* channel 2, both bytes, mode 0 */
#define PIT_LATCH 0x80u    /* channel 2 */
#define PIT_GATE 0x61u
#define GATE_ON 0x01u
#define GATE_SPEAKER 0x02u
#define GATE_EXPIRED 0x20u
#define PIT_WINDOW 35795u             /* 30 ms; the channel counts down from 0xffff, 55 ms */
#define PIT_LIMIT (UINT64_C(1) << 30) /* of the time-stamp counter: a PIT that counts has long passed its window */
#define ATTEMPTS 20u
#define READINGS 16u

#define APIC_COUNT UINT64_C(5000000)

struct reading {
	uint64_t timestamp;
	uint64_t width; /* of the bracket that the latching fell into */
	uint32_t count;
};

static bool frequency_ask(struct frequency *frequency)
{
	if ((cpu_id(LEAF_FEATURES).ecx & FEATURES_HYPERVISOR) == 0 ||
	    !cpu_id_is_signed(LEAF_SIGNATURE, "Microsoft Hv") || cpu_id(LEAF_SIGNATURE).eax < LEAF_PRIVILEGES ||
	    (cpu_id(LEAF_PRIVILEGES).eax & PRIVILEGE_FREQUENCIES) == 0)
		return false;
	frequency->timestamp = msr_read(MSR_TIMESTAMP_FREQUENCY);
	frequency->apic = msr_read(MSR_APIC_FREQUENCY);
	return true;
}

static void pit_start(void)
{
	port_write8(PIT_GATE, (uint8_t)((port_read8(PIT_GATE) & ~GATE_SPEAKER) | GATE_ON));
	port_write8(PIT_COMMAND, PIT_ONE_SHOT);
	port_write8(PIT_CHANNEL2, 0xff);
	port_write8(PIT_CHANNEL2, 0xff);
}

static struct reading pit_read(void)
{
	struct reading reading;
	uint64_t before = cpu_timestamp();

	port_write8(PIT_COMMAND, PIT_LATCH);
	reading.timestamp = cpu_timestamp();
	reading.width = reading.timestamp - before;
	reading.count = port_read8(PIT_CHANNEL2);
	reading.count |= (uint32_t)port_read8(PIT_CHANNEL2) << 8;
	return reading;
}

/* The best of several: whoever interrupts from below makes a reading worse, never better. */
static struct reading pit_read_well(void)
{
	struct reading best = pit_read();

	for (unsigned i = 1; i < READINGS; i++) {
		struct reading reading = pit_read();

		if (reading.width < best.width)
			best = reading;
	}
	return best;
}

/* False when the channel expired meanwhile, so that the count says nothing, or does not count. */
static bool timestamp_measure(uint64_t *frequency)
{
	struct reading first;
	struct reading last;

	pit_start();
	first = pit_read_well();
	do {
		if ((port_read8(PIT_GATE) & GATE_EXPIRED) != 0 || cpu_timestamp() - first.timestamp > PIT_LIMIT)
			return false;
	} while (first.count - pit_read().count < PIT_WINDOW);
	last = pit_read_well();
	if ((port_read8(PIT_GATE) & GATE_EXPIRED) != 0)
		return false;
	*frequency = (last.timestamp - first.timestamp) * PIT_FREQUENCY / (first.count - last.count);
	return true;
}

/*
 * The end of a count shows as a requested interrupt. Noticing it late makes the timer seem too slow, and hence expire too
 * early later on, which its user has to reckon with anyway.
 */
static uint64_t apic_measure(uint64_t timestamp_frequency)
{
	uint64_t start;

	msr_write(APIC_TIMER_DIVIDER, APIC_TIMER_UNDIVIDED);
	msr_write(APIC_LVT_TIMER, VECTOR_TIMER);
	start = cpu_timestamp();
	msr_write(APIC_TIMER_COUNT, APIC_COUNT);
	while ((msr_read(APIC_REQUESTS + VECTOR_TIMER / 32) & (1u << VECTOR_TIMER % 32)) == 0)
		;
	return APIC_COUNT * timestamp_frequency / (cpu_timestamp() - start);
}

struct frequency frequency_find(void)
{
	struct frequency frequency;

	if (frequency_ask(&frequency))
		return frequency;
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		if (timestamp_measure(&frequency.timestamp)) {
			frequency.apic = apic_measure(frequency.timestamp);
			return frequency;
		}
	}
	panic("neither a hypervisor nor a PIT tells how fast time passes");
}
