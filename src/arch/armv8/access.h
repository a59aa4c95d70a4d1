/* SPDX-License-Identifier: Apache-2.0 */
/* A trapped load or store, as the syndrome or the instruction tells it, and the registers that answer it. */
#ifndef ARMV8_ACCESS_H
#define ARMV8_ACCESS_H

#include "plan/plan.h"
#include "types.h"

/* One register of one access, aligned to its size. */
struct access {
	uint64_t value;  /* to write */
	uint32_t offset; /* from the filter's base */
	uint16_t size;   /* bytes: 1, 2, 4, 8 */
	bool write;
};

/*
 * The interrupt controller's answer to an access to a filter's page: what is read, 0 for a write. Registers that do not
 * exist, or not in this size, read zero and ignore writes. The guest's core. Cannot fail, does not wait.
 */
uint64_t gic_distributor_access(const struct plan_filter *filter, struct access access);
uint64_t gic_redistributor_access(const struct plan_filter *filter, struct access access);

/* What a load or store instruction does beyond what its syndrome tells: see decode.c. */
struct decoded {
	uint8_t register_count; /* 1, or 2 for pairs */
	uint8_t registers[2];   /* 31 = zero register */
	uint8_t size;           /* of each, bytes */
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

#endif
