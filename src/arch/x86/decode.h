/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and decoding the guest's current instruction, where the processor does not tell what it was. */
#ifndef X86_DECODE_H
#define X86_DECODE_H

#include "arch/x86/guest.h"

#define INSTRUCTION_MOST 15u /* bytes: AMD APM volume 3, 1.1 */

struct instruction {
	uint8_t bytes[INSTRUCTION_MOST];
	uint32_t count; /* that could be read */
};

/* A move of 32 bits between memory and a register, or of a constant to memory. */
struct move {
	uint32_t length; /* of the instruction, bytes */
	uint32_t value;  /* the constant, where has_value */
	uint8_t gpr;     /* GPR_*, else */
	bool is_write;
	bool has_value;
};

/* Index in struct guest of a register as instructions encode it, 0 to 15. */
uint8_t decode_gpr(uint32_t number);

/* Reads the instruction at the guest's RIP: as many bytes as lie in its own RAM, up to INSTRUCTION_MOST. Its core. */
void instruction_fetch(const struct guest_mode *mode, struct instruction *instruction);

/*
 * Decodes MOV r32, m32 / m32, r32 / m32, imm32 / EAX, moffs32 / moffs32, EAX (AMD APM volume 3, MOV) in the mode's operand
 * and address sizes. False: any other instruction, or not all of it was read.
 */
bool decode_move(const struct instruction *instruction, const struct guest_mode *mode, struct move *move) WARN_UNUSED;

#endif
