/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A64 loads and stores that fault without a syndrome: single register with writeback, and pairs (Arm ARM C4.1.94). Pure
 * functions, tested on the host against an assembler.
 */
#include "arch/armv8/access.h"

static uint32_t bits(uint32_t value, uint32_t high, uint32_t low)
{
	return (value >> low) & ((UINT32_C(2) << (high - low)) - 1u);
}

static int16_t sign_extend(uint32_t value, uint32_t width)
{
	uint32_t sign = UINT32_C(1) << (width - 1u);
	uint32_t extended = (value ^ sign) - sign;

	return (int16_t)extended;
}

/* Load/store register, immediate post- and pre-indexed: size 111 V=0 00 opc 0 imm9 {01,11} Rn Rt */
static bool decode_single(uint32_t instruction, struct decoded *decoded)
{
	uint32_t size = bits(instruction, 31, 30);
	uint32_t opc = bits(instruction, 23, 22);

	if ((size == 3u) && (opc > 1u)) {
		return false; /* prefetch, unallocated */
	}
	if ((size == 2u) && (opc == 3u)) {
		return false;
	}
	decoded->register_count = 1;
	decoded->registers[0] = (uint8_t)bits(instruction, 4, 0);
	decoded->size_log2 = (uint8_t)size;
	decoded->write = opc == 0u;
	decoded->sign_extend = opc >= 2u;
	decoded->wide = (opc == 2u) || (size == 3u);
	decoded->writeback = true;
	decoded->post_index = bits(instruction, 11, 10) == 1u;
	decoded->offset = sign_extend(bits(instruction, 20, 12), 9);
	return true;
}

/* Load/store pair: opc 101 V=0 {000 no-allocate, 001 post, 010 offset, 011 pre} L imm7 Rt2 Rn Rt */
static bool decode_pair(uint32_t instruction, struct decoded *decoded)
{
	uint32_t opc = bits(instruction, 31, 30);
	uint32_t mode = bits(instruction, 24, 23);
	bool load = bits(instruction, 22, 22) != 0u;

	if ((opc == 3u) || ((opc == 1u) && (!load || (mode == 0u)))) {
		return false; /* unallocated, STGP */
	}
	decoded->register_count = 2;
	decoded->registers[0] = (uint8_t)bits(instruction, 4, 0);
	decoded->registers[1] = (uint8_t)bits(instruction, 14, 10);
	decoded->size_log2 = (opc == 2u) ? 3u : 2u;
	decoded->write = !load;
	decoded->sign_extend = opc == 1u;
	decoded->wide = opc != 0u;
	decoded->writeback = (mode == 1u) || (mode == 3u);
	decoded->post_index = mode == 1u;
	decoded->offset = sign_extend(bits(instruction, 21, 15) << decoded->size_log2, 7u + decoded->size_log2);
	return true;
}

bool decode_load_store(uint32_t instruction, struct decoded *decoded)
{
	bool known = false;

	decoded->base = (uint8_t)bits(instruction, 9, 5);
	if (((instruction & 0x3f200400u) == 0x38000400u)) {
		known = decode_single(instruction, decoded);
	} else if ((instruction & 0x3e000000u) == 0x28000000u) {
		known = decode_pair(instruction, decoded);
	} else {
		/* not one of ours */
	}
	return known;
}
