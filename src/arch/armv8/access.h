/* SPDX-License-Identifier: Apache-2.0 */
/* A trapped load or store, as the syndrome or the instruction tells it, and the registers that answer it. */
#ifndef ARMV8_ACCESS_H
#define ARMV8_ACCESS_H

#include "plan/plan.h"
#include "types.h"

/* How a register is accessed, in the places where a data abort's syndrome has it (Arm ARM D19.2.39): size and direction. */
#define HOW_SIZE(log2) ((uint32_t)(log2) << 22)
#define HOW_WRITE 0x40u
#define HOW_IS_SIZE(how, log2) ((((how) >> 22) & 0x3u) == (log2))
#define HOW_IS_WRITE(how) (((how)&HOW_WRITE) != 0u)

/*
 * The interrupt controller's answer to an access at guest-physical `address`: `value` is written, or what is read comes back
 * in it; TRANSFER_WRITTEN or TRANSFER_READ. `how`: HOW_*, or the syndrome itself of a data abort that tells both. Registers
 * that do not exist, misaligned or not in this size, read zero and ignore writes. TRANSFER_UNFINISHED: none of its pages.
 * The guest's core, from C or from the vectors. Does not wait.
 */
uint64_t gic_access(uint64_t *value, uint32_t how, uint64_t address);

/* What a load or store instruction does beyond what its syndrome tells: see decode.c. */
struct decoded {
	uint8_t register_count; /* 1, or 2 for pairs */
	uint8_t registers[2];   /* 31 = zero register */
	uint8_t size_log2;      /* of each: 1 << size_log2 bytes */
	bool write;
	bool sign_extend;
	bool wide; /* result register is 64 bits wide */
	bool writeback;
	bool post_index; /* the address is the base before writeback */
	uint8_t base;    /* 31 = stack pointer */
	int16_t offset;  /* added to the base, bytes */
};

/* Decodes an A64 single load or store with writeback, or LDP/STP/LDPSW; false: any other instruction. */
bool decode_load_store(uint32_t instruction, struct decoded *decoded) WARN_UNUSED;

/* The instruction at the guest's PC, read through this core's window. False: it is not in the partition's own RAM. */
bool window_fetch(uint64_t pc, uint32_t *instruction) WARN_UNUSED;

/* Writes to memory that EL2 does not map, past the caches. The boot core, before guests run; `pa` a multiple of 8. */
void window_store(uint64_t pa, uint64_t value);

#endif
