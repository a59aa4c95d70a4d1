/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of trapped system registers and instructions, sorted by encoding, and its look-up. */
#ifndef ARMV8_TRAP_TABLE_H
#define ARMV8_TRAP_TABLE_H

#include "types.h"

/* op0, op1, CRn, CRm, op2 as one sortable number; from a syndrome likewise (Arm ARM D19.2.39, ISS of class 0x18). */
#define TRAP_KEY(op0, op1, crn, crm, op2)                                                                              \
	(((uint32_t)(op0) << 14) | ((uint32_t)(op1) << 11) | ((uint32_t)(crn) << 7) | ((uint32_t)(crm) << 3) |         \
	 (uint32_t)(op2))

enum trap_action {
	TRAP_UNDEFINED,     /* as if the register did not exist */
	TRAP_CONSTANT,      /* reads give `value`, writes are ignored */
	TRAP_IGNORED,       /* an instruction without effect */
	TRAP_SGI,           /* ICC_SGI1R_EL1 forms that the vector leaves over */
	TRAP_PRIORITY_MASK, /* ICC_PMR_EL1: physical, see gicv3_registers.c for it and all to TRAP_DEACTIVATE */
	TRAP_CPU_CONTROL,
	TRAP_RUNNING_PRIORITY,
	TRAP_DEACTIVATE,
	TRAP_IDENTITY, /* an ID register: the core's, less what a guest does not get */
};

struct trap_row {
	uint16_t first; /* encodings first..last */
	uint16_t last;
	uint8_t action;
	uint8_t reserved;
	uint16_t value;
};

/* The row that holds `key`, NULL where no row does: then the register is undefined. At most log2(rows) steps. */
const struct trap_row *trap_find(uint32_t key);

#endif
