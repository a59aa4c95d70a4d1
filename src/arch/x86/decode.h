/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and decoding the guest's current instruction, where the processor does not tell what it was. */
#ifndef X86_DECODE_H
#define X86_DECODE_H

#include "arch/x86/guest.h"

#define INSTRUCTION_MOST 15u /* bytes: AMD APM volume 3, 1.1 */

struct instruction {
	uint8_t bytes[INSTRUCTION_MOST + 1u]; /* one more than any has: what is read at once */
	uint32_t count;                       /* that could be read, INSTRUCTION_MOST at most */
};

/* A move of 8, 16 or 32 bits between memory and a register, or of a constant to memory. */
struct move {
	uint32_t length; /* of the instruction, bytes */
	uint32_t size;   /* of the access, bytes */
	uint32_t value;  /* the constant, where has_value */
	uint8_t gpr;     /* GPR_*, else */
	uint8_t shift;   /* where in it: 8 for AH, CH, DH, BH, else 0 */
	bool is_write;
	bool has_value;
};

/* Index in struct guest of a register as instructions encode it, 0 to 15. */
uint8_t decode_gpr(uint32_t number);

/* Reads the instruction at the guest's RIP: as many bytes as lie in its own RAM, up to INSTRUCTION_MOST. Its core. */
void instruction_fetch(const struct guest_mode *mode, struct instruction *instruction);

/*
 * Decodes MOV r, m / m, r / m, imm / rAX, moffs / moffs, rAX of 8, 16 and 32 bits (AMD APM volume 3, MOV) in the mode's operand
 * and address sizes. False: any other instruction, or not all of it was read.
 */
bool decode_move(const struct instruction *instruction, const struct guest_mode *mode, struct move *move) WARN_UNUSED;

#endif
