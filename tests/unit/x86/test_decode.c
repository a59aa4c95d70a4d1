/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of moves against the assembler (moves.S): lengths, registers, constants; and what it must leave alone. */
#include "test.h"

#include "arch/x86/decode.h"

#define FLAG_WRITE 1u
#define FLAG_VALUE 2u
#define WITH_REX 16u /* added to the number of a register of 8 bits that has REX */

struct record {
	uint8_t bytes[16];
	uint8_t length, mode, number, flags;
	uint32_t value, known, size;
};

extern const struct record moves[];
extern const struct record moves_end[];

/* Encoded numbers in struct guest's order, by this file's own table. */
static const uint8_t gprs[16] = {GPR_RAX, GPR_RCX, GPR_RDX, GPR_RBX, GPR_RSP, GPR_RBP, GPR_RSI, GPR_RDI,
				 8,       9,       10,      11,      12,      13,      14,      15};

static bool decode(const struct record *record, uint32_t count, struct move *move)
{
	struct guest_mode mode = {.is_code64 = record->mode == 64u, .is_code32 = record->mode == 32u};
	struct instruction instruction = {.count = count};

	memcpy(instruction.bytes, record->bytes, count);
	return decode_move(&instruction, &mode, move);
}

static void assert_record(const struct record *record)
{
	struct move move = {0};

	if (!decode(record, INSTRUCTION_MOST, &move)) {
		fail_msg("record %td is not decoded", record - moves);
	}
	assert_int_equal(move.length, record->length);
	assert_int_equal(move.is_write, (record->flags & FLAG_WRITE) != 0u);
	assert_int_equal(move.has_value, (record->flags & FLAG_VALUE) != 0u);
	assert_int_equal(move.size, record->size);
	if (move.has_value) {
		assert_int_equal(move.value, record->value);
	} else if ((record->size == 1u) && (record->number >= 4u) && (record->number < 8u)) {
		assert_int_equal(move.gpr, gprs[record->number - 4u]);
		assert_int_equal(move.shift, 8);
	} else {
		assert_int_equal(move.gpr, gprs[record->number % WITH_REX]);
		assert_int_equal(move.shift, 0);
	}
}

static void the_assembler_agrees(void **state)
{
	uint32_t known = 0;
	uint32_t refused = 0;

	(void)state;
	for (const struct record *record = moves; record < moves_end; record++) {
		struct move move;

		if (record->known != 0u) {
			assert_record(record);
			known++;
		} else if (decode(record, INSTRUCTION_MOST, &move)) {
			fail_msg("record %td is not refused", record - moves);
		} else {
			refused++;
		}
	}
	assert_true(known > 300u);
	assert_true(refused > 40u);
}

/* One whose end lies outside the guest's memory is none, wherever it is cut. */
static void a_part_is_refused(void **state)
{
	(void)state;
	for (const struct record *record = moves; record < moves_end; record++) {
		for (uint32_t count = 0; (record->known != 0u) && (count < record->length); count++) {
			struct move move;

			assert_false(decode(record, count, &move));
		}
	}
}

/* Nothing that a guest writes there makes the decoder read, or say, more than 15 bytes. */
static void any_bytes_end(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (uint32_t i = 0; i < 2000000u; i++) {
		struct record record = {.mode = (uint8_t)(16u << (i % 3u))};
		struct move move;

		for (uint32_t j = 0; j < sizeof(record.bytes); j++) {
			seed = (seed * 1664525u) + 1013904223u;
			record.bytes[j] = (j < (i % 15u)) ? 0x66u : (uint8_t)(seed >> 24);
		}
		if (decode(&record, INSTRUCTION_MOST, &move)) {
			assert_in_range(move.length, 2, INSTRUCTION_MOST);
			assert_true((move.size == 1u) || (move.size == 2u) || (move.size == 4u));
			assert_true((move.shift == 0u) || ((move.size == 1u) && (move.gpr <= GPR_RDX)));
			assert_true(move.gpr < GPR_COUNT);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_assembler_agrees),
		cmocka_unit_test(a_part_is_refused),
		cmocka_unit_test(any_bytes_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
