/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MOV of 8, 16 or 32 bits between memory and a register, or of a constant to memory (AMD APM volume 3, 1.2 to 1.5, MOV). Where the
 * processor says which address was accessed, only the length of an operand's address matters. Pure functions.
 */
#include "arch/x86/decode.h"

#define PREFIX_OPERAND_SIZE 0x66u
#define PREFIX_ADDRESS_SIZE 0x67u
#define REX_FIRST 0x40u
#define REX_LAST 0x4fu
#define REX_W 0x08u
#define REX_R 0x04u

/* Bit 0: operands of the mode's size, not of 8 bits */
#define OPCODE_WIDE 0x01u
#define OPCODE_STORE 0x88u
#define OPCODE_LOAD 0x8au
#define OPCODE_LOAD_OFFSET 0xa0u
#define OPCODE_STORE_OFFSET 0xa2u
#define OPCODE_STORE_CONSTANT 0xc6u

#define MODRM_MODE(modrm) ((modrm) >> 6)
#define MODRM_REGISTER(modrm) (((modrm) >> 3) & 7u)
#define MODRM_MEMORY(modrm) ((modrm)&7u)
#define MODE_REGISTER 3u
#define MEMORY_SIB 4u

/* The instruction as far as it was read: bytes behind its end read zero, and the end is noticed last. */
struct cursor {
	const struct instruction *instruction;
	uint32_t at;
};

/* What prefixes change. */
struct sizes {
	bool is_operand32;
	uint32_t address_bytes; /* 2, 4 or 8 */
	uint8_t rex;
};

static uint8_t peek(const struct cursor *cursor)
{
	return (cursor->at < cursor->instruction->count) ? cursor->instruction->bytes[cursor->at] : 0u;
}

static uint8_t take(struct cursor *cursor)
{
	uint8_t byte = peek(cursor);

	cursor->at++;
	return byte;
}

static uint32_t take_constant(struct cursor *cursor, uint32_t size)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < size; i++) {
		value |= (uint32_t)take(cursor) << (8u * i);
	}
	return value;
}

/* ES, CS, SS and DS; FS and GS; sizes of operands and addresses. */
static bool is_prefix(uint8_t byte)
{
	return ((byte & 0xe7u) == 0x26u) || ((byte & 0xfcu) == 0x64u);
}

/* LOCK and REP are none of MOV's. */
static struct sizes take_prefixes(struct cursor *cursor, const struct guest_mode *mode)
{
	struct sizes sizes = {mode->is_code64 || mode->is_code32, mode->is_code64 ? 8u : (mode->is_code32 ? 4u : 2u),
			      0u};
	bool swaps_operand = false;
	bool swaps_address = false;
	uint8_t byte = peek(cursor);

	while (is_prefix(byte) && (cursor->at < INSTRUCTION_MOST)) {
		swaps_operand = swaps_operand || (byte == PREFIX_OPERAND_SIZE);
		swaps_address = swaps_address || (byte == PREFIX_ADDRESS_SIZE);
		cursor->at++;
		byte = peek(cursor);
	}
	sizes.is_operand32 = sizes.is_operand32 != swaps_operand;
	if (swaps_address) {
		sizes.address_bytes = (sizes.address_bytes == 4u) ? 2u : 4u;
	}
	if (mode->is_code64 && (byte >= REX_FIRST) && (byte <= REX_LAST)) {
		sizes.rex = byte;
		cursor->at++;
	}
	return sizes;
}

/* Bytes of displacement that follow ModRM, in 16-bit addressing. */
static uint32_t displacement16(uint32_t modrm)
{
	uint32_t mode = MODRM_MODE(modrm);

	return ((mode == 0u) && (MODRM_MEMORY(modrm) == 6u)) ? 2u : mode;
}

/* The same with SIB, which is taken, in 32-bit and 64-bit addressing: 5 as a base without displacement means none of both. */
static uint32_t displacement32(struct cursor *cursor, uint32_t modrm)
{
	uint32_t mode = MODRM_MODE(modrm);
	uint32_t base = MODRM_MEMORY(modrm);
	uint32_t bytes = (mode == 2u) ? 4u : mode;

	if (base == MEMORY_SIB) {
		base = take(cursor) & 7u;
	}
	return ((mode == 0u) && (base == 5u)) ? 4u : bytes;
}

/* Encoded registers in the order of struct guest. */
uint8_t decode_gpr(uint32_t number)
{
	static const uint8_t order[8] = {GPR_RAX, GPR_RCX, GPR_RDX, GPR_RBX, GPR_RSP, GPR_RBP, GPR_RSI, GPR_RDI};

	return (number < 8u) ? order[number] : (uint8_t)number;
}

/* An operand in memory with the register beside it; false: it is no memory. */
static bool take_operands(struct cursor *cursor, const struct sizes *sizes, uint32_t *number)
{
	uint32_t modrm = take(cursor);

	*number = MODRM_REGISTER(modrm) | (((sizes->rex & REX_R) != 0u) ? 8u : 0u);
	cursor->at += (sizes->address_bytes == 2u) ? displacement16(modrm) : displacement32(cursor, modrm);
	return MODRM_MODE(modrm) != MODE_REGISTER;
}

/* Without REX, registers 4 to 7 of 8 bits are the second bytes of the first four. */
static void place_register(const struct sizes *sizes, uint32_t number, struct move *move)
{
	bool second = (move->size == 1u) && (sizes->rex == 0u) && (number >= 4u);

	move->gpr = decode_gpr(number - (second ? 4u : 0u));
	move->shift = second ? 8u : 0u;
}

static bool take_move(struct cursor *cursor, const struct sizes *sizes, struct move *move)
{
	uint8_t opcode = take(cursor);
	uint8_t kind = (uint8_t)(opcode & ~OPCODE_WIDE);
	uint32_t number = 0;
	bool known = true;

	move->size = 1u;
	if ((opcode & OPCODE_WIDE) != 0u) {
		move->size = sizes->is_operand32 ? 4u : 2u;
	}
	switch (kind) {
	case OPCODE_LOAD:
	case OPCODE_STORE:
		known = take_operands(cursor, sizes, &number);
		break;
	case OPCODE_LOAD_OFFSET:
	case OPCODE_STORE_OFFSET:
		cursor->at += sizes->address_bytes;
		break;
	case OPCODE_STORE_CONSTANT:
		known = take_operands(cursor, sizes, &number) && ((number & 7u) == 0u);
		move->value = take_constant(cursor, move->size);
		break;
	default:
		known = false;
		break;
	}
	place_register(sizes, number, move);
	move->has_value = kind == OPCODE_STORE_CONSTANT;
	move->is_write = (kind != OPCODE_LOAD) && (kind != OPCODE_LOAD_OFFSET);
	return known;
}

bool decode_move(const struct instruction *instruction, const struct guest_mode *mode, struct move *move)
{
	struct cursor cursor = {instruction, 0};
	struct sizes sizes = take_prefixes(&cursor, mode);
	bool known = ((sizes.rex & REX_W) == 0u) && take_move(&cursor, &sizes, move);

	move->length = cursor.at;
	return known && (cursor.at <= instruction->count);
}
