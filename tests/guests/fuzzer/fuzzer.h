/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzzer's parts. A run is a seed, a profile (what it prefers) and a number of cores; blocks follow from these. */
#ifndef FUZZER_FUZZER_H
#define FUZZER_FUZZER_H

#include <stdint.h>

#include "fuzzer/random.h"

#define BLOCK_WORDS 32u /* of a block at most, its last a supervisor call */
#define ENTRY_REGISTERS 34u
#define ENTRY_SP 31u
#define ENTRY_PC 32u
#define ENTRY_STATE 33u

enum profile {
	PROFILE_REGISTERS,   /* system registers, calls, hints */
	PROFILE_DEVICES,     /* loads and stores that the hypervisor has to answer */
	PROFILE_TRANSLATION, /* tables, TLBs, caches, exception returns */
	PROFILE_WILD,        /* anything, also what ends the partition */
	PROFILES,
};

struct run {
	uint64_t magic;
	uint64_t seed;
	uint64_t profile;
	uint64_t cores;
};

extern const struct run fuzzer_run;

/* Writes a block's instructions; returns how many. */
uint32_t block_make(struct dice *dice, enum profile profile, uint32_t words[BLOCK_WORDS]);

/* The registers to enter the block of `core` with: ENTRY_*, and x0..x30 before them. */
void block_registers(struct dice *dice, enum profile profile, uint32_t core, uint64_t entry[ENTRY_REGISTERS]);

/* The own UART, whatever random stores have made of it: one line. */
void uart_line(const char *text);

#endif
