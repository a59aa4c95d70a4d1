/* SPDX-License-Identifier: Apache-2.0 */
/* Random instructions, by weighted kinds (encodings: Arm ARM DDI 0487, C4.1). Not here: what registers hold. */
#include <stdbool.h>
#include <stddef.h>

#include "fuzzer/fuzzer.h"
#include "fuzzer/layout.h"

#define SVC 0xd4000001u
#define HVC 0xd4000002u
#define SMC 0xd4000003u
#define ERET 0xd69f03e0u
#define ISB 0xd5033fdfu
#define AND_UNMASKED 0x9276ec00u /* AND x0, x0, #~PSTATE.DAIF */

/* MSR of a register by its five numbers; MRS has bit 21 too. */
#define MSR(op0, op1, crn, crm, op2)                                                                                   \
	(0xd5000000u | ((uint32_t)(op0) << 19) | ((uint32_t)(op1) << 16) | ((uint32_t)(crn) << 12) |                   \
	 ((uint32_t)(crm) << 8) | ((uint32_t)(op2) << 5))
#define MRS_BIT 0x200000u
#define SCTLR_EE 25u

struct writer {
	struct dice *dice;
	uint32_t *words;
	uint32_t count;
};

static void put(struct writer *writer, uint32_t word)
{
	if (writer->count + 1u < BLOCK_WORDS) {
		writer->words[writer->count] = word;
		writer->count++;
	}
}

static uint32_t any_register(struct writer *writer)
{
	return below(writer->dice, 31);
}

static void anything(struct writer *writer)
{
	put(writer, bits(writer->dice, 32));
}

/* MSR, MRS, SYS, SYSL, hints, barriers, PSTATE: the whole space of 22 bits. */
static void system_any(struct writer *writer)
{
	put(writer, 0xd5000000u | bits(writer->dice, 22));
}

/* SCTLR_EL1, the virtual timer. */
static bool is_vital(uint32_t encoding)
{
	return encoding == MSR(3, 0, 1, 0, 0) || (encoding & ~0xe0u) == MSR(3, 3, 14, 3, 0);
}

/* What the hypervisor traps, or what decides over it: an area of encodings, the rest at random. */
static void system_known(struct writer *writer)
{
	static const uint32_t areas[][2] = {
		{MSR(2, 0, 0, 0, 0), 0x7fe0},                                  /* debug */
		{MSR(2, 1, 0, 0, 0), 0xffe0},                                  /* trace */
		{MSR(3, 0, 0, 0, 0), 0x07e0},                                  /* identity */
		{MSR(3, 0, 1, 0, 0), 0x03e0},                                  /* control */
		{MSR(3, 0, 4, 6, 0), 0x0000},                                  /* ICC_PMR_EL1 */
		{MSR(3, 0, 5, 3, 0), 0x07e0},                                  /* error records */
		{MSR(3, 0, 9, 8, 0), 0x07e0},                                  /* profiling, trace buffer, PMU */
		{MSR(3, 0, 10, 4, 0), 0x03e0},                                 /* LORegions, MPAM */
		{MSR(3, 0, 11, 0, 0), 0x70fe0},                                /* implementation-defined */
		{MSR(3, 0, 15, 0, 0), 0x70fe0},                                /* implementation-defined */
		{MSR(3, 0, 12, 8, 0), 0x07e0},                                 /* interrupt controller */
		{MSR(3, 0, 12, 8, 0), 0x07e0},  {MSR(3, 3, 9, 12, 0), 0x03e0}, /* PMU */
		{MSR(3, 3, 14, 0, 0), 0x0fe0},                                 /* timers, event counters */
		{MSR(3, 3, 13, 2, 0), 0x0fe0},                                 /* activity monitors */
		{MSR(3, 4, 1, 0, 0), 0xffe0},                                  /* EL2 */
		{MSR(3, 6, 1, 0, 0), 0xffe0},                                  /* EL3 */
		{MSR(3, 0, 13, 0, 0), 0x00e0},                                 /* context, thread */
		{MSR(1, 0, 7, 0, 0), 0x70fe0},                                 /* caches, translation */
	};
	const uint32_t *area = areas[below(writer->dice, sizeof(areas) / sizeof(areas[0]))];
	uint32_t encoding = area[0] | (bits(writer->dice, 32) & area[1]);
	bool read = bits(writer->dice, 1) != 0;

	/* Any value there mostly leaves the core unable to reach its vectors (big-endian tables, for one), or asleep. */
	if (is_vital(encoding) && below(writer->dice, 16) != 0)
		read = true;
	put(writer, encoding | (read ? MRS_BIT : 0u) | any_register(writer));
}

/* An SGI to whatever a register names. */
static void interrupt_send(struct writer *writer)
{
	put(writer, MSR(3, 0, 12, 11, 5u + below(writer->dice, 3)) | any_register(writer));
}

/* Loads and stores of any form, their base one of the registers that hold addresses. */
static void memory_any(struct writer *writer)
{
	put(writer, (bits(writer->dice, 32) & ~0x02000000u) | 0x08000000u);
}

/* Those that have a syndrome, or are decoded without: unsigned offset, unscaled, pre- and post-index, pairs. */
static void memory_plain(struct writer *writer)
{
	uint32_t size = bits(writer->dice, 2) << 30;
	uint32_t operation = bits(writer->dice, 2) << 22; /* STR, LDR, and sign-extending loads */
	uint32_t registers = any_register(writer) << 5 | below(writer->dice, 32);
	uint32_t short_offset = below(writer->dice, 32) << 12;

	/* A pair may cross a page's end, which ends the partition: few of them. */
	switch (below(writer->dice, 32) == 0 ? 4u : below(writer->dice, 4)) {
	case 0:
		put(writer, 0x39000000u | size | operation | below(writer->dice, 64) << 10 | registers);
		break;
	case 1:
		put(writer, 0x38000000u | size | operation | short_offset | registers);
		break;
	case 2:
		put(writer, 0x38000400u | size | operation | short_offset | registers);
		break;
	case 3:
		put(writer, 0x38000c00u | size | operation | short_offset | registers);
		break;
	default:
		put(writer, 0x28000000u | (size & 0x80000000u) | (1u + below(writer->dice, 3)) << 23 |
				    bits(writer->dice, 1) << 22 | below(writer->dice, 8) << 15 |
				    any_register(writer) << 10 | registers);
		break;
	}
}

/* Exclusives, ordered and compare-and-swap; LSE; SIMD structures. */
static void memory_atomic(struct writer *writer)
{
	static const uint32_t groups[][2] = {{0x08000000u, 0xc0e0fc00u},
					     {0x38200000u, 0xc0c0fc00u},
					     {0x0c000000u, 0x4060fc00u},
					     {0x3c000000u, 0xc1e00c00u}};
	const uint32_t *group = groups[below(writer->dice, 4)];

	put(writer, group[0] | (bits(writer->dice, 32) & group[1]) | below(writer->dice, 32) << 16 |
			    any_register(writer) << 5 | below(writer->dice, 32));
}

static void arithmetic(struct writer *writer)
{
	put(writer, (bits(writer->dice, 32) & 0xf1ffffffu) | (bits(writer->dice, 1) != 0 ? 0x0a000000u : 0x0e000000u));
}

/* Mostly ahead, within the block or around it; sometimes through a register. */
static void branch(struct writer *writer)
{
	uint32_t ahead = 1u + below(writer->dice, 12) - (below(writer->dice, 16) == 0 ? 8u : 0u);

	switch (below(writer->dice, 6)) {
	case 0:
		put(writer, 0x14000000u | bits(writer->dice, 1) << 31 | (ahead & 0x3ffffffu));
		break;
	case 1:
		put(writer, 0x54000000u | (ahead & 0x7ffffu) << 5 | bits(writer->dice, 4));
		break;
	case 2:
		put(writer, 0x34000000u | bits(writer->dice, 1) << 24 | (ahead & 0x7ffffu) << 5 | any_register(writer));
		break;
	case 3:
		put(writer, 0x36000000u | bits(writer->dice, 1) << 24 | below(writer->dice, 32) << 19 |
				    (ahead & 0x3fffu) << 5 | any_register(writer));
		break;
	case 4:
		put(writer, 0xd61f0000u | below(writer->dice, 3) << 21 | any_register(writer) << 5);
		break;
	default:
		put(writer,
		    0xd6000000u | bits(writer->dice, 25)); /* all branches to registers, with authentication too */
		break;
	}
}

static void move_wide(struct writer *writer, uint32_t number, uint64_t value)
{
	put(writer, 0xd2800000u | (uint32_t)(value & 0xffffu) << 5 | number);
	for (uint32_t part = 1; part < 4u; part++) {
		uint32_t chunk = (uint32_t)(value >> (16u * part)) & 0xffffu;

		if (chunk != 0)
			put(writer, 0xf2800000u | part << 21 | chunk << 5 | number);
	}
}

/* Ids of the services there are, and their neighbours; any owner; any word. */
static uint32_t function_id(struct dice *dice)
{
	static const uint32_t firsts[] = {0x84000000u, 0xc4000000u, 0x86000000u, 0xc6000010u, 0x8600ff00u,
					  0x80000000u, 0x80008000u, 0x84000050u, 0xc4000060u, 0x85000000u};

	switch (below(dice, 4)) {
	case 0:
		return bits(dice, 32);
	case 1:
		return bits(dice, 8) << 24 | below(dice, 32);
	default:
		return firsts[below(dice, sizeof(firsts) / sizeof(firsts[0]))] + below(dice, 0x18);
	}
}

/* Those that end the partition or the core, which shall be rare. */
static uint32_t is_end(uint32_t function)
{
	return (function & 0xbf00ffffu) == 0x84000002u || (function & 0xbf00ffffu) == 0x84000008u ||
	       (function & 0xbf00ffffu) == 0x84000009u || (function & 0xbf00ffffu) == 0x84000012u;
}

static void call(struct writer *writer)
{
	uint32_t instruction = bits(writer->dice, 1) != 0 ? HVC : SMC;
	uint32_t function = function_id(writer->dice);

	if (is_end(function) && below(writer->dice, 512) != 0)
		function ^= 0x40u;
	if (below(writer->dice, 8) == 0)
		instruction |= bits(writer->dice, 16) << 5;
	move_wide(writer, 0, function | (below(writer->dice, 4) == 0 ? roll(writer->dice) << 32 : 0u));
	if (below(writer->dice, 3) == 0)
		move_wide(writer, 1, below(writer->dice, 3));
	put(writer, instruction);
}

/* BRK, HLT, DCPS, SVC, and the rest of exception generation. */
static void exception(struct writer *writer)
{
	put(writer, 0xd4000000u | bits(writer->dice, 24));
}

/* WFI, WFE, YIELD, SEV. The timer shall end it, whatever this block has made of the timer and the CPU interface. */
static void sleep(struct writer *writer)
{
	move_wide(writer, 0, 0xf1);
	put(writer, MSR(3, 0, 12, 12, 7)); /* ICC_IGRPEN1_EL1 */
	put(writer, MSR(3, 0, 4, 6, 0));   /* ICC_PMR_EL1 */
	put(writer, MSR(3, 3, 14, 3, 0));  /* CNTV_TVAL_EL0 */
	put(writer, MSR(3, 3, 14, 3, 1));  /* CNTV_CTL_EL0 */
	put(writer, 0xd503201fu | below(writer->dice, 8) << 5);
}

static void hint(struct writer *writer)
{
	put(writer, 0xd5030000u | bits(writer->dice, 14) | 0x1fu); /* PSTATE, barriers, hints */
}

/* Mostly with interrupts unmasked: a loop that returns to itself would else be endless. */
static void exception_return(struct writer *writer)
{
	uint32_t number = any_register(writer);

	if (below(writer->dice, 64) != 0)
		put(writer, AND_UNMASKED | number << 5 | number);
	put(writer, MSR(3, 0, 4, 0, 0) | number);               /* SPSR_EL1 */
	put(writer, MSR(3, 0, 4, 0, 1) | any_register(writer)); /* ELR_EL1 */
	put(writer, ERET | (below(writer->dice, 8) == 0 ? bits(writer->dice, 1) << 10 | 0x800u : 0u));
}

/* Caches, TLBs, address translation, prediction: op0 = 1, CRn 7 and 8. */
static void maintenance(struct writer *writer)
{
	put(writer, 0xd5080000u | (bits(writer->dice, 4) == 0 ? MRS_BIT : 0u) | below(writer->dice, 8) << 16 |
			    (7u + bits(writer->dice, 1)) << 12 | bits(writer->dice, 4) << 8 |
			    bits(writer->dice, 3) << 5 | any_register(writer));
}

/*
 * Other tables, most of them right where the fuzzer itself is; MMU, caches and byte order off and on; seldom any value.
 * With an ISB or without.
 */
static void translation(struct writer *writer)
{
	static const uint32_t registers[] = {MSR(3, 0, 2, 0, 0), MSR(3, 0, 1, 0, 0),  MSR(3, 0, 2, 0, 1),
					     MSR(3, 0, 2, 0, 2), MSR(3, 0, 10, 2, 0), MSR(3, 0, 10, 3, 0)};
	uint32_t number = any_register(writer);

	switch (below(writer->dice, 64)) {
	case 0:
		put(writer, registers[below(writer->dice, sizeof(registers) / sizeof(registers[0]))] | number);
		break;
	case 1:
	case 2:
	case 3:
		put(writer, registers[2u + 2u * below(writer->dice, 2)] | number); /* TTBR1, which is off; MAIR */
		break;
	default:
		if (bits(writer->dice, 1) != 0) {
			uint32_t flipped = below(writer->dice, 32);

			if (flipped == SCTLR_EE && below(writer->dice, 16) != 0)
				flipped = 0;
			move_wide(writer, number, FUZZER_SCTLR ^ UINT64_C(1) << flipped);
			put(writer, registers[1] | number);
		} else {
			move_wide(writer, number, PLAYGROUND + below(writer->dice, SPARE_TABLES) * UINT64_C(0x1000));
			put(writer, registers[0] | number);
		}
		break;
	}
	if (bits(writer->dice, 1) != 0)
		put(writer, ISB);
}

struct kind {
	void (*make)(struct writer *writer);
	uint16_t weight[PROFILES];
};

static const struct kind kinds[] = {
	/* clang-format off: registers, devices, translation, wild */
	{anything, {4, 0, 2, 20}},          {system_any, {300, 20, 40, 100}},     {system_known, {600, 40, 20, 200}},
	{interrupt_send, {80, 60, 10, 40}}, {memory_any, {10, 0, 60, 20}},        {memory_plain, {40, 800, 100, 200}},
	{memory_atomic, {10, 0, 80, 10}},   {arithmetic, {60, 60, 60, 60}},       {branch, {60, 40, 80, 80}},
	{call, {200, 60, 20, 120}},         {exception, {20, 10, 20, 30}},        {sleep, {30, 20, 20, 30}},
	{hint, {60, 10, 30, 40}},           {exception_return, {20, 10, 80, 40}}, {maintenance, {100, 10, 300, 100}},
	{translation, {0, 1, 200, 20}},
	/* clang-format on */
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *kind_choose(struct dice *dice, enum profile profile)
{
	uint32_t sum = 0;
	uint32_t left;
	size_t i;

	for (i = 0; i < KINDS; i++)
		sum += kinds[i].weight[profile];
	left = below(dice, sum);
	for (i = 0; left >= kinds[i].weight[profile]; i++)
		left -= kinds[i].weight[profile];
	return &kinds[i];
}

uint32_t block_make(struct dice *dice, enum profile profile, uint32_t words[BLOCK_WORDS])
{
	struct writer writer = {dice, words, 0};
	uint32_t pieces = 1u + below(dice, 16);

	for (uint32_t i = 0; i < pieces; i++)
		kind_choose(dice, profile)->make(&writer);
	for (uint32_t i = writer.count; i < BLOCK_WORDS; i++)
		words[i] = SVC;
	return BLOCK_WORDS;
}
