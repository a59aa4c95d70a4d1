/* SPDX-License-Identifier: Apache-2.0 */
/* What a core's registers hold when it starts: the struct of remains.S. Constants are also for assembly. */
#ifndef HOSTILE_REMAINS_H
#define HOSTILE_REMAINS_H

#define REMAINS_GENERAL 0
#define REMAINS_SYSTEM 8
#define REMAINS_CONTROL 16
#define REMAINS_VECTOR 24
#define REMAINS_IDENTITY 32
#define REMAINS_DONE 40

#ifndef __ASSEMBLER__

#include <stdint.h>

/* Written with the MMU off. Registers of a kind are combined: any bit that is set is left over. */
struct remains {
	uint64_t general;  /* x1 .. x30 */
	uint64_t system;   /* those that are zero after a reset */
	uint64_t control;  /* SCTLR_EL1 */
	uint64_t vector;   /* v0 .. v31, FPCR, FPSR */
	uint64_t identity; /* MPIDR_EL1 */
	volatile uint64_t done;
};

/* remains.S */
extern const char remains_entry[];
void remains_fill(void);
void remains_move(uint64_t *descriptor, uint64_t value, uint64_t address);

#endif
#endif
