/* SPDX-License-Identifier: Apache-2.0 */
/* What registers hold when a block begins: addresses of all that there is, ids of calls, states, and noise. */
#include "fuzzer/fuzzer.h"
#include "fuzzer/layout.h"

#define PSTATE_EL0 0x000u
#define PSTATE_EL1T 0x004u
#define PSTATE_EL1H 0x005u
#define PSTATE_A32 0x010u
#define PSTATE_T32 0x030u

static uint64_t in_ram(struct dice *dice)
{
	return PLAYGROUND + (below(dice, PLAYGROUND_SIZE) & ~(bits(dice, 1) != 0 ? 7u : 0u));
}

/* The upper half of a table: the lower one maps the fuzzer itself. */
static uint64_t in_table(struct dice *dice)
{
	return PLAYGROUND + below(dice, SPARE_TABLES) * UINT64_C(0x1000) + 0x800u + below(dice, 256) * 8u;
}

/* Distributor and own redistributors; often a known bank of registers, seldom unaligned. */
static uint64_t in_interrupts(struct dice *dice)
{
	static const uint32_t banks[] = {0x0000, 0x0080, 0x0100, 0x0180, 0x0200, 0x0280, 0x0300,
					 0x0380, 0x0400, 0x0c00, 0x0d00, 0x6000, 0x0070, 0xffc0};
	uint64_t base = bits(dice, 1) != 0 ? GICD_BASE : GICR_BASE + below(dice, 4) * UINT64_C(0x10000);
	uint64_t offset = bits(dice, 1) != 0 ? banks[below(dice, sizeof(banks) / sizeof(banks[0]))] + below(dice, 128)
					     : below(dice, 0xf000);

	return base + (offset & ~(below(dice, 16) != 0 ? 7u : 0u));
}

/* Any guest-physical address: almost all of them are not ours. */
static uint64_t beyond(struct dice *dice)
{
	uint64_t base = bits(dice, 1) != 0 ? BEYOND_DEVICE : BEYOND_MEMORY;

	return base + (roll(dice) % (BEYOND_GIBS * UINT64_C(0x40000000)));
}

static uint64_t noise(struct dice *dice)
{
	uint64_t value = roll(dice);

	switch (below(dice, 4)) {
	case 0:
		return value & 0xffu;
	case 1:
		return UINT64_MAX << (value % 64u);
	case 2:
		return UINT64_C(1) << (value % 64u);
	default:
		return value;
	}
}

/* ICC_SGI1R_EL1: targets in and out of the partition. */
static uint64_t interrupt_request(struct dice *dice)
{
	uint64_t value = (uint64_t)bits(dice, 4) << 24 | bits(dice, 16);

	return below(dice, 3) == 0 ? value | (roll(dice) & UINT64_C(0xffff01ff00ff0000)) : value;
}

/* SPSR_EL1 or SCTLR_EL1 with a few bits different. */
static uint64_t state(struct dice *dice)
{
	uint64_t flips = UINT64_C(1) << below(dice, 32) | UINT64_C(1) << below(dice, 32);

	return bits(dice, 1) != 0 ? (FUZZER_SCTLR ^ flips) : (bits(dice, 10) ^ (below(dice, 4) == 0 ? flips : 0u));
}

static uint64_t value_for(struct dice *dice, enum profile profile, uint32_t core)
{
	static const uint8_t weights[PROFILES][8] = {
		{10, 0, 0, 0, 20, 6, 4, 2},
		{6, 40, 2, 0, 10, 4, 1, 1},
		{20, 0, 0, 1, 8, 1, 10, 6},
		{14, 4, 3, 1, 14, 4, 6, 4},
	};
	uint32_t sum = 0;
	uint32_t left;
	unsigned kind = 0;

	for (unsigned i = 0; i < 8u; i++)
		sum += weights[profile][i];
	for (left = below(dice, sum); left >= weights[profile][kind]; kind++)
		left -= weights[profile][kind];
	switch (kind) {
	case 0:
		return in_ram(dice);
	case 1:
		return in_interrupts(dice);
	case 2:
		return UART_BASE + (below(dice, 0xc00) & ~3u);
	case 3:
		return in_table(dice);
	case 4:
		return noise(dice);
	case 5:
		return interrupt_request(dice);
	case 6:
		return state(dice);
	default:
		return ARENA + core * UINT64_C(ARENA_SIZE) + below(dice, BLOCK_WORDS) * 4u;
	}
}

void block_registers(struct dice *dice, enum profile profile, uint32_t core, uint64_t entry[ENTRY_REGISTERS])
{
	/* One block in so many has a few addresses that end the partition when they are used. */
	static const uint32_t beyond_one_in[PROFILES] = {16384, 2048, 16384, 256};
	uint64_t offset = core * UINT64_C(ARENA_SIZE);

	for (unsigned i = 0; i < ENTRY_SP; i++)
		entry[i] = value_for(dice, profile, core);
	if (below(dice, beyond_one_in[profile]) == 0) {
		for (unsigned i = 0; i < ENTRY_SP; i += 4u)
			entry[i] = beyond(dice);
	}
	entry[ENTRY_SP] = in_ram(dice) & ~UINT64_C(0xf);
	switch (below(dice, 16)) {
	case 0:
	case 1:
	case 2:
		entry[ENTRY_PC] = ARENA_USER + offset;
		entry[ENTRY_STATE] = PSTATE_EL0;
		break;
	case 3: /* AArch32's loads and stores of devices mostly end the partition */
		entry[ENTRY_PC] = ARENA_USER + offset;
		entry[ENTRY_STATE] = profile == PROFILE_DEVICES && below(dice, 64) != 0 ? PSTATE_EL0
				     : bits(dice, 1) != 0                               ? PSTATE_A32
											: PSTATE_T32;
		break;
	case 4:
		entry[ENTRY_PC] = ARENA + offset;
		entry[ENTRY_STATE] = PSTATE_EL1T;
		break;
	default:
		entry[ENTRY_PC] = ARENA + offset;
		entry[ENTRY_STATE] = PSTATE_EL1H;
		break;
	}
}
