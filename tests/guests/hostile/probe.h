/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions as answers: vectors that note a synchronous exception and go on behind the instruction, so that an attack
 * may do what it likes. Constants are also for assembly.
 */
#ifndef HOSTILE_PROBE_H
#define HOSTILE_PROBE_H

#define PROBE_COUNT 0
#define PROBE_SYNDROME 8
#define PROBE_PC 16
#define PROBE_ADDRESS 24
#define PROBE_RESUME 32
#define PROBE_STACK 40

/* PSTATE for probe_jump: all masked, at EL1 or EL0, in AArch64 or A32 state. */
#define PROBE_EL1 0x3c4
#define PROBE_EL0 0x3c0
#define PROBE_EL0_A32 0x1d0

#ifndef __ASSEMBLER__

#include <stdint.h>

/* Written by the vectors; a new exception overwrites all but the count. */
struct probe {
	uint64_t count;    /* of exceptions since probe_start */
	uint64_t syndrome; /* ESR_EL1 */
	uint64_t pc;
	uint64_t address; /* FAR_EL1 */
	uint64_t resume;  /* probe_jump's way back, 0 outside */
	uint64_t stack;
};

extern struct probe probe;

/* Installs the vectors, interrupts masked; probe_stop puts the old ones back. */
void probe_start(void);
void probe_stop(void);

/* Goes to `pc` with PSTATE `pstate`; comes back at the next exception, whose syndrome it returns. */
uint64_t probe_jump(uint64_t pc, uint64_t pstate);

/* Exception classes (ESR_EL1.EC) that attacks meet. */
#define PROBE_CLASS(syndrome) ((uint32_t)((syndrome) >> 26))
#define CLASS_UNDEFINED 0x00u
#define CLASS_ILLEGAL_STATE 0x0eu
#define CLASS_INSTRUCTION_ABORT 0x21u
#define CLASS_DATA_ABORT 0x25u

#endif
#endif
