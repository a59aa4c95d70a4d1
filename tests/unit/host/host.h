/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host in the place of an Armv8 core: registers in memory and system registers by name, every access recorded. What
 * the mmio.h and sysreg.h of this folder stand on.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/core_state.h"

struct host_access {
	uint64_t address;
	uint64_t value;
	uint8_t size;
	bool write;
};

struct host_sysreg_write {
	const char *name;
	uint64_t value;
};

/* Forgets all registers and records. */
void host_reset(void);

/* Makes `size` bytes of registers at `base`; an access to what was not made ends the program. */
void host_mmio_make(uint64_t base, uint64_t size);

/* The registers' bytes; writes do not change them, they are recorded only. */
uint8_t *host_mmio_bytes(uint64_t address);

/* Device accesses since the last host_mmio_forget; one that reads the same again and again is one. */
uint32_t host_mmio_count(void);
const struct host_access *host_mmio_access(uint32_t index);
void host_mmio_forget(void);

/* What mmio.h calls. */
uint64_t host_mmio_read(uint64_t address, uint8_t size);
void host_mmio_write(uint64_t address, uint8_t size, uint64_t value);

/* System registers by name; unset ones read zero. host_sysreg_set leaves no record. */
uint64_t host_sysreg_read(const char *name);
void host_sysreg_write(const char *name, uint64_t value);
void host_sysreg_set(const char *name, uint64_t value);

/* Of a register, the bits that host_sysreg_write changes: all, unless this says otherwise. */
void host_sysreg_limit(const char *name, uint64_t bits);
uint32_t host_sysreg_writes(void);
const struct host_sysreg_write *host_sysreg_written(uint32_t index);

/* ID registers by (CRm - 1) * 8 + op2: op0 3, op1 0, CRn 0. */
#define HOST_IDENTITIES 56
extern uint64_t host_identity[HOST_IDENTITIES];

/* Times that the core slept, and what wakes it: called in each sleep, unless it is NULL. */
extern uint32_t host_sleeps;
extern void (*host_wake)(void);

/* Makes this core row `row` of the plan: what arch_core_state returns. */
void host_core_make(const struct plan_header *plan, uint32_t row);

#endif
