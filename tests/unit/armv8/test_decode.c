/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of loads and stores against the assembler: loads.S, assembled for the target and linked in as data. */
#include "test.h"

#include "arch/armv8/access.h"

#define FLAG_WRITE 1u
#define FLAG_SIGN 2u
#define FLAG_WIDE 4u
#define FLAG_WRITEBACK 8u
#define FLAG_POST 16u

struct record {
	uint32_t instruction;
	uint8_t known, count, registers[2], size, flags, base, reserved;
	int16_t offset, reserved2;
};

__asm__(".section .rodata\n\t.balign 16\nloads:\n\t.incbin \"" UNIT_BUILD "/armv8/loads.bin\"\nloads_end:\n\t.text");
extern const struct record loads[];
extern const struct record loads_end[];

static uint32_t flags_of(const struct decoded *decoded)
{
	return (decoded->write ? FLAG_WRITE : 0u) | (decoded->sign_extend ? FLAG_SIGN : 0u) |
	       (decoded->wide ? FLAG_WIDE : 0u) | (decoded->writeback ? FLAG_WRITEBACK : 0u) |
	       (decoded->post_index ? FLAG_POST : 0u);
}

static void assert_decodes(const struct record *record)
{
	struct decoded decoded = {0};
	uint32_t flags = record->flags;

	assert_true(decode_load_store(record->instruction, &decoded));
	assert_int_equal(decoded.register_count, record->count);
	for (uint32_t i = 0; i < record->count; i++) {
		assert_int_equal(decoded.registers[i], record->registers[i]);
	}
	assert_int_equal(1u << decoded.size_log2, record->size);
	assert_int_equal(flags_of(&decoded), flags);
	assert_int_equal(decoded.base, record->base);
	assert_int_equal(decoded.offset, record->offset);
}

static void the_assembler_agrees(void **state)
{
	uint32_t known = 0;
	uint32_t refused = 0;

	(void)state;
	for (const struct record *record = loads; record < loads_end; record++) {
		struct decoded decoded;

		if (record->known != 0u) {
			assert_decodes(record);
			known++;
		} else {
			if (decode_load_store(record->instruction, &decoded)) {
				fail_msg("0x%08x is not refused", record->instruction);
			}
			refused++;
		}
	}
	assert_true(known > 1500u);
	assert_true(refused > 60u);
}

/*
 * Every form that there is, from the Arm ARM's tables (C4.1.94): an instruction is decoded exactly if it is one of
 * them. Lower bits are registers and offsets and sampled; the upper half is swept whole.
 */
static bool is_a_form(uint32_t instruction)
{
	static const struct {
		uint32_t mask, value;
	} forms[] = {
		/* STR, LDR, LDRS<x> (bits 23:22) of B, H, W, X (31:30) with writeback: bits 29:24, 21, 10 */
		{0xffe00400, 0x38000400},
		{0xffe00400, 0x38400400},
		{0xffe00400, 0x38800400},
		{0xffe00400, 0x38c00400},
		{0xffe00400, 0x78000400},
		{0xffe00400, 0x78400400},
		{0xffe00400, 0x78800400},
		{0xffe00400, 0x78c00400},
		{0xffe00400, 0xb8000400},
		{0xffe00400, 0xb8400400},
		{0xffe00400, 0xb8800400},
		{0xffe00400, 0xf8000400},
		{0xffe00400, 0xf8400400},
		/* STP, LDP of W and X, LDPSW: post, offset, pre; STNP, LDNP */
		{0xffc00000, 0x28000000},
		{0xffc00000, 0x28400000},
		{0xffc00000, 0x28800000},
		{0xffc00000, 0x28c00000},
		{0xffc00000, 0x29000000},
		{0xffc00000, 0x29400000},
		{0xffc00000, 0x29800000},
		{0xffc00000, 0x29c00000},
		{0xffc00000, 0xa8000000},
		{0xffc00000, 0xa8400000},
		{0xffc00000, 0xa8800000},
		{0xffc00000, 0xa8c00000},
		{0xffc00000, 0xa9000000},
		{0xffc00000, 0xa9400000},
		{0xffc00000, 0xa9800000},
		{0xffc00000, 0xa9c00000},
		{0xffc00000, 0x68c00000},
		{0xffc00000, 0x69400000},
		{0xffc00000, 0x69c00000},
	};
	bool is = false;

	for (size_t i = 0; i < COUNT(forms); i++) {
		is = is || ((instruction & forms[i].mask) == forms[i].value);
	}
	return is;
}

static void nothing_else_is_decoded(void **state)
{
	static const uint32_t lower[] = {0x0000, 0x0400, 0x0800, 0x0c00, 0x07ff, 0x0bff, 0xffff, 0x5a5a};

	(void)state;
	for (uint32_t upper = 0; upper < 0x10000u; upper++) {
		for (size_t i = 0; i < COUNT(lower); i++) {
			uint32_t instruction = (upper << 16) | lower[i];
			struct decoded decoded = {0};

			if (decode_load_store(instruction, &decoded) != is_a_form(instruction)) {
				fail_msg("0x%08x", instruction);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_assembler_agrees),
		cmocka_unit_test(nothing_else_is_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
