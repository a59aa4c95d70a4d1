/* SPDX-License-Identifier: Apache-2.0 */
/* This core: its state, the time-stamp counter and its frequency, CRC-32, sleep. */
#include "arch/cpu.h"

#include "arch/x86/x86.h"
#include "core/entry.h"

/* The 8254 timer (Intel 8254): channel 2 counts down from 65535 in mode 0 while its gate is open */
#define PIT_CHANNEL_2 0x42u
#define PIT_CONTROL 0x43u
#define PIT_MODE_0 0xb0u /* channel 2, both bytes, mode 0, binary */
#define PIT_LATCH 0x80u
#define PIT_FREQUENCY UINT64_C(1193182)
#define PIT_START 0xffffu
#define GATE_PORT 0x61u
#define GATE_OPEN 0x1u
#define GATE_SPEAKER 0x2u
#define GATE_OUTPUT 0x20u    /* high once the count is 0 */
#define MEASURE_TICKS 11932u /* 10 ms: a port access takes 1 us, so that the result is good to 1 in 5 000 or better */
#define MEASURE_LIMIT (UINT64_C(1) << 30) /* of the counter: a timer that runs has long been there */
#define MEASURE_TRIES 8u
#define READINGS 8u

/* A count of the timer, and the counter then: the nearest of some readings. */
struct reading {
	uint64_t counter;
	uint64_t width;
	uint32_t count;
};

extern const uint32_t crc_table[256]; /* start.S */

/* Measured once, by the boot core, before others run. */
static uint64_t measured_frequency;

struct core_state *arch_core_state(void)
{
	return self();
}

uint64_t arch_counter(void)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
	return ((uint64_t)high << 32) | low;
}

static struct reading timer_read(void)
{
	struct reading best = {0, UINT64_MAX, 0};

	for (uint32_t i = 0; i < READINGS; i++) {
		uint64_t before = arch_counter();
		uint64_t width;
		uint32_t count;

		port_write8(PIT_CONTROL, PIT_LATCH);
		width = arch_counter() - before;
		count = port_read8(PIT_CHANNEL_2);
		count |= (uint32_t)port_read8(PIT_CHANNEL_2) << 8;
		if (width < best.width) {
			best = (struct reading){before + (width / 2u), width, count};
		}
	}
	return best;
}

/* 0: the timer has come to its end meanwhile, as this machine was busy with something else. */
static uint64_t frequency_try(void)
{
	struct reading first;
	struct reading last;

	port_write8(PIT_CONTROL, PIT_MODE_0);
	port_write8(PIT_CHANNEL_2, (uint8_t)PIT_START);
	port_write8(PIT_CHANNEL_2, (uint8_t)(PIT_START >> 8));
	first = timer_read();
	do {
		last = timer_read();
	} while (((first.count - last.count) < MEASURE_TICKS) && ((last.counter - first.counter) < MEASURE_LIMIT));
	if (((port_read8(GATE_PORT) & GATE_OUTPUT) != 0u) || (first.count <= last.count)) {
		return 0;
	}
	return ((last.counter - first.counter) * PIT_FREQUENCY) / (first.count - last.count);
}

static uint64_t frequency_measure(void)
{
	uint8_t gate = port_read8(GATE_PORT);
	uint64_t frequency = 0;

	port_write8(GATE_PORT, (uint8_t)((gate & ~GATE_SPEAKER) | GATE_OPEN));
	for (uint32_t i = 0; (i < MEASURE_TRIES) && (frequency == 0u); i++) {
		frequency = frequency_try();
	}
	port_write8(GATE_PORT, gate);
	if (frequency == 0u) {
		core_panic("the 8254 does not count, and the board file has no tsc-frequency; tries", MEASURE_TRIES,
			   0u);
	}
	return frequency;
}

uint64_t arch_counter_frequency(void)
{
	uint64_t planned = x86_of(self()->plan)->tsc_frequency;

	if ((planned == 0u) && (measured_frequency == 0u)) {
		measured_frequency = frequency_measure();
	}
	return (planned != 0u) ? planned : measured_frequency;
}

uint32_t arch_crc32(const void *data, uint64_t size)
{
	const uint64_t *words = data;
	uint32_t crc = UINT32_MAX;

	for (uint64_t i = 0; i < (size / sizeof(uint64_t)); i++) {
		uint64_t word = words[i];

		for (uint32_t j = 0; j < sizeof(uint64_t); j++) {
			crc = (crc >> 8) ^ crc_table[(crc ^ word) & 0xffu];
			word >>= 8;
		}
	}
	return ~crc;
}

void arch_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* An NMI may end a HLT before this core's global interrupt flag is clear. */
void arch_halt(void)
{
	for (;;) {
		__asm__ volatile("cli\n\thlt" ::: "memory");
	}
}
