/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier's foundations: ranges, sums, and the walk of translation tables as the architecture has it. Not here: what it
 * says of whole images (tests/image).
 */
#include "plan/check/armv8/parts.h"
#include "plan/check/x86/parts.h"
#include "test.h"

#define BASE UINT64_C(0x40000000)
#define PAGES 8u
#define TABLE_FIELD UINT64_C(3)

static uint64_t memory[PAGES * 512u];
static struct plan_header plan;
static struct verify verify;

static int setup(void **state)
{
	(void)state;
	memset(memory, 0, sizeof(memory));
	memset(&verify, 0, sizeof(verify));
	plan = (struct plan_header){.image_base = BASE, .table_base = BASE, .table_size = sizeof(memory)};
	verify.plan = &plan;
	verify.image = (const uint8_t *)memory;
	verify.size = sizeof(memory);
	return 0;
}

static uint64_t page(unsigned int number)
{
	return BASE + number * VERIFY_PAGE;
}

static struct verify_tree tree_of(uint64_t entries)
{
	return (struct verify_tree){.format = &armv8_format, .root = BASE, .entries = entries, .level = 1};
}

/* A level-1 root with a 1 GiB block at 1 GiB; below it 2 MiB and 4 KiB, in tables on pages 1 and 2. */
static void tables_make(void)
{
	memory[0] = page(1) | TABLE_FIELD;
	memory[1] = UINT64_C(0x80000000) | 1u;
	memory[512 + 3] = UINT64_C(0x90000000) | 1u;
	memory[512 + 511] = page(2) | TABLE_FIELD;
	memory[1024 + 7] = UINT64_C(0xa0005000) | TABLE_FIELD;
}

/* ---- ranges ------------------------------------------------------------------------------------------------------- */

static void test_inside(void **state)
{
	(void)state;
	assert_true(verify_inside(10, 5, 10, 5));
	assert_true(verify_inside(15, 0, 10, 5));
	assert_false(verify_inside(9, 1, 10, 5));
	assert_false(verify_inside(10, 6, 10, 5));
	assert_false(verify_inside(UINT64_MAX, 2, 0, UINT64_MAX));
	assert_false(verify_inside(12, UINT64_MAX - 1u, 10, 5));
	assert_true(verify_inside(UINT64_MAX - 1u, 1, UINT64_MAX - 1u, 1));
}

static void test_overlap(void **state)
{
	(void)state;
	assert_true(verify_overlap(10, 5, 14, 1));
	assert_false(verify_overlap(10, 5, 15, 1));
	assert_true(verify_overlap(14, 1, 10, 5));
	assert_false(verify_overlap(10, 0, 5, 10));
	assert_true(verify_overlap(5, UINT64_MAX, UINT64_MAX, 1));
	assert_false(verify_overlap(0, 1, UINT64_MAX, 1));
}

/* ---- sums ---------------------------------------------------------------------------------------------------------- */

static void test_crc32(void **state)
{
	(void)state;
	assert_int_equal(verify_crc32((const uint8_t *)"123456789", 9), 0xcbf43926u);
	assert_int_equal(verify_crc32((const uint8_t *)"", 0), 0);
}

/* The digest of `text`, given in pieces of `step` bytes. */
static void digest_of(const char *text, size_t step, uint8_t digest[VERIFY_DIGEST])
{
	struct verify_sha256 hash;
	size_t size = strlen(text);

	verify_sha256_start(&hash);
	for (size_t at = 0; at < size; at += step) {
		verify_sha256_add(&hash, (const uint8_t *)text + at, size - at < step ? size - at : step);
	}
	verify_sha256_end(&hash, digest);
}

/* FIPS 180-4's examples, and every length around the block's borders in all pieces: the same sum. */
static void test_sha256(void **state)
{
	static const uint8_t abc[VERIFY_DIGEST] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
						   0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
						   0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	static const uint8_t two_blocks[VERIFY_DIGEST] = {
		0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26, 0x93, 0x0c, 0x3e, 0x60, 0x39,
		0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff, 0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1};
	uint8_t digest[VERIFY_DIGEST];
	uint8_t other[VERIFY_DIGEST];
	char text[200] = "";

	(void)state;
	digest_of("abc", 3, digest);
	assert_memory_equal(digest, abc, sizeof(abc));
	digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, digest);
	assert_memory_equal(digest, two_blocks, sizeof(two_blocks));
	for (size_t length = 1; length < sizeof(text); length++) {
		text[length - 1] = (char)('a' + length % 26);
		digest_of(text, sizeof(text), digest);
		for (size_t step = 1; step < 70; step++) {
			digest_of(text, step, other);
			assert_memory_equal(digest, other, sizeof(other));
		}
	}
}

/* ---- walks --------------------------------------------------------------------------------------------------------- */

static void expect_step(struct verify_cursor *cursor, struct verify_step wanted)
{
	struct verify_step step = verify_walk_next(&verify, cursor);

	assert_int_equal(step.kind, wanted.kind);
	assert_int_equal(step.level, wanted.level);
	assert_int_equal(step.va, wanted.va);
	assert_int_equal(step.pa, wanted.pa);
	assert_int_equal(step.size, wanted.size);
}

static void test_walk(void **state)
{
	struct verify_tree tree = tree_of(2);
	struct verify_cursor cursor;

	(void)state;
	tables_make();
	verify_walk_start(&verify, &tree, &cursor);
	expect_step(&cursor, (struct verify_step){VERIFY_STEP_TABLE, 2, 0, page(1), 1u << 30, 0});
	expect_step(&cursor, (struct verify_step){VERIFY_STEP_LEAF, 2, 3u << 21, 0x90000000, 1u << 21, 0});
	expect_step(&cursor, (struct verify_step){VERIFY_STEP_TABLE, 3, 511u << 21, page(2), 1u << 21, 0});
	expect_step(&cursor,
		    (struct verify_step){VERIFY_STEP_LEAF, 3, (511u << 21) + 0x7000, 0xa0005000, VERIFY_PAGE, 0});
	expect_step(&cursor, (struct verify_step){VERIFY_STEP_LEAF, 1, 1u << 30, 0x80000000, 1u << 30, 0});
	assert_int_equal(verify_walk_next(&verify, &cursor).kind, VERIFY_STEP_END);
}

/* A block at level 3 and bits 1:0 = 2 anywhere are invalid to the hardware (D8.3.1). */
static void test_reserved(void **state)
{
	struct verify_tree tree = tree_of(2);
	struct verify_cursor cursor;

	(void)state;
	tables_make();
	memory[1] = UINT64_C(0x80000000) | 2u;
	memory[512 + 3] = UINT64_C(0x90000000) | 2u;
	memory[1024 + 7] = UINT64_C(0xa0005000) | 1u;
	verify_walk_start(&verify, &tree, &cursor);
	expect_step(&cursor, (struct verify_step){VERIFY_STEP_TABLE, 2, 0, page(1), 1u << 30, 0});
	expect_step(&cursor, (struct verify_step){VERIFY_STEP_TABLE, 3, 511u << 21, page(2), 1u << 21, 0});
	assert_int_equal(verify_walk_next(&verify, &cursor).kind, VERIFY_STEP_END);
}

/* All bits of a leaf but its address are for the caller to judge; address bits below its size are such bits too. */
static void test_bits(void **state)
{
	struct verify_tree tree = tree_of(2);
	uint64_t table;
	struct verify_step step;

	(void)state;
	tables_make();
	memory[512 + 3] = UINT64_C(0x0040000090003745);
	step = verify_lookup(&verify, &tree, 3u << 21, &table);
	assert_int_equal(step.pa, 0x90000000);
	assert_int_equal(step.bits, UINT64_C(0x0040000000003745));
	assert_int_equal(armv8_format.leaf_bits(VERIFY_GUEST_RAM, 2), 0x7fd);
	assert_int_equal(armv8_format.leaf_bits(VERIFY_GUEST_RAM, 3), 0x7ff);
}

static void test_lookup(void **state)
{
	struct verify_tree tree = tree_of(2);
	uint64_t table;
	struct verify_step step;

	(void)state;
	tables_make();
	step = verify_lookup(&verify, &tree, (511u << 21) + 0x7123, &table);
	assert_int_equal(step.kind, VERIFY_STEP_LEAF);
	assert_int_equal(step.pa, 0xa0005123);
	assert_int_equal(table, page(2));
	step = verify_lookup(&verify, &tree, (511u << 21) + 0x8000, &table);
	assert_int_equal(step.kind, VERIFY_STEP_END);
	assert_int_equal(table, page(2));
	step = verify_lookup(&verify, &tree, (1u << 30) + 0x12345678, &table);
	assert_int_equal(step.pa, 0x92345678);
	assert_int_equal(table, 0);
	assert_int_equal(verify_lookup(&verify, &tree, UINT64_C(2) << 30, &table).kind, VERIFY_STEP_END);
	assert_int_equal(verify_lookup(&verify, &tree, UINT64_MAX, &table).kind, VERIFY_STEP_END);
}

static void test_outside(void **state)
{
	struct verify_tree tree = tree_of(1);
	struct verify_cursor cursor;

	(void)state;
	memory[0] = (page(PAGES) & ~UINT64_C(0xfff)) | TABLE_FIELD;
	verify_walk_start(&verify, &tree, &cursor);
	assert_int_equal(verify_walk_next(&verify, &cursor).kind, VERIFY_STEP_OUTSIDE);
	assert_int_equal(verify_walk_next(&verify, &cursor).kind, VERIFY_STEP_END);
}

/* Tables that lead to one another: a walk ends, after no more tables than there are. */
static void test_endless(void **state)
{
	struct verify_tree tree = tree_of(512);
	struct verify_cursor cursor;
	struct verify_step step;
	unsigned int tables = 0;

	(void)state;
	for (unsigned int i = 0; i < 512; i++) {
		memory[i] = BASE | TABLE_FIELD;
	}
	verify_walk_start(&verify, &tree, &cursor);
	do {
		step = verify_walk_next(&verify, &cursor);
		tables += step.kind == VERIFY_STEP_TABLE ? 1u : 0u;
	} while (step.kind != VERIFY_STEP_ENDLESS);
	assert_in_range(tables, 1, PAGES + 1);
	assert_int_equal(verify_walk_next(&verify, &cursor).kind, VERIFY_STEP_END);
}

/* ---- x86's tables: AMD APM volume 2, 5.3 ----------------------------------------------------------------------------- */

static struct verify_tree tree_of_x86(void)
{
	return (struct verify_tree){.format = &x86_long_mode, .root = BASE, .entries = 512, .alignment = VERIFY_PAGE};
}

/* Four levels: 1 GiB, 2 MiB and 4 KiB, in tables on pages 1 to 3. At level 0 no entry is a leaf, at level 3 all are. */
static void test_walk_x86(void **state)
{
	struct verify_tree tree = tree_of_x86();
	struct verify_cursor cursor;

	(void)state;
	memory[1] = page(1) | 0x81u;
	memory[512 + 2] = UINT64_C(0x80000000) | 0x81u;
	memory[512 + 3] = page(2) | 0x1u;
	memory[512 + 4] = page(2) | 0x82u; /* not present */
	memory[1024 + 5] = UINT64_C(0x90000000) | 0x81u;
	memory[1024 + 6] = page(3) | 0x1u;
	memory[1536 + 7] = UINT64_C(0xa0005000) | 0x81u;
	verify_walk_start(&verify, &tree, &cursor);
	expect_step(&cursor,
		    (struct verify_step){VERIFY_STEP_TABLE, 1, UINT64_C(1) << 39, page(1), UINT64_C(1) << 39, 0});
	expect_step(&cursor,
		    (struct verify_step){VERIFY_STEP_LEAF, 1, UINT64_C(0x8080000000), 0x80000000, 1u << 30, 0});
	expect_step(&cursor, (struct verify_step){VERIFY_STEP_TABLE, 2, UINT64_C(0x80c0000000), page(2), 1u << 30, 0});
	expect_step(&cursor,
		    (struct verify_step){VERIFY_STEP_LEAF, 2, UINT64_C(0x80c0a00000), 0x90000000, 1u << 21, 0});
	expect_step(&cursor, (struct verify_step){VERIFY_STEP_TABLE, 3, UINT64_C(0x80c0c00000), page(3), 1u << 21, 0});
	expect_step(&cursor,
		    (struct verify_step){VERIFY_STEP_LEAF, 3, UINT64_C(0x80c0c07000), 0xa0005000, VERIFY_PAGE, 0});
	assert_int_equal(verify_walk_next(&verify, &cursor).kind, VERIFY_STEP_END);
}

/* All of an entry but its address, bits 51:12 and in leaves those that its size leaves of them. */
static void test_bits_x86(void **state)
{
	struct verify_tree tree = tree_of_x86();
	uint64_t table;
	struct verify_step step;

	(void)state;
	memory[0] = page(1) | 0x1u;
	memory[512] = page(2) | 0x1u;
	memory[1024 + 5] = UINT64_C(0xfff8123490003fff);
	step = verify_lookup(&verify, &tree, (5u << 21) + 0x1234u, &table);
	assert_int_equal(step.pa, UINT64_C(0x0008123490001234));
	assert_int_equal(step.bits, UINT64_C(0xfff0000000003fff));
	assert_int_equal(table, 0);
}

/* 5.4.1, 15.25.5: present, writable, user, write-through, cache disable, accessed, dirty, page size, no-execute. */
static void test_rights_x86(void **state)
{
	(void)state;
	assert_int_equal(x86_nested.leaf_bits(VERIFY_GUEST_RAM, 2), UINT64_C(0x60000000000000e7));
	assert_int_equal(x86_nested.leaf_bits(VERIFY_GUEST_RAM, 3), UINT64_C(0x6000000000000067));
	assert_int_equal(x86_nested.leaf_bits(VERIFY_GUEST_DEVICE, 3), UINT64_C(0xe00000000000007f));
	assert_int_equal(x86_long_mode.leaf_bits(VERIFY_TEXT, 3), 0x61);
	assert_int_equal(x86_long_mode.leaf_bits(VERIFY_CONSTANT, 2), UINT64_C(0x80000000000000e1));
	assert_int_equal(x86_long_mode.leaf_bits(VERIFY_DATA, 3), UINT64_C(0x8000000000000063));
	assert_int_equal(x86_long_mode.leaf_bits(VERIFY_REGISTER, 3), UINT64_C(0x800000000000007b));
	assert_int_equal(x86_nested.leaf_bits(VERIFY_GUEST_RAM, 1), 0); /* nothing that is mapped */
	assert_int_equal(x86_long_mode.branch_bits(1), 0x23);
	assert_int_equal(x86_nested.branch_bits(1), UINT64_C(0x6000000000000627));
	assert_int_equal(x86_nested.branch_bits(3), UINT64_C(0x6000000000000227));
}

/* ---- Intel's extended tables: SDM volume 3, 29.3.2 ------------------------------------------------------------------- */

/* Any of read, write, execute makes an entry present; bit 7 makes a leaf of it, but not at the first level. */
static void test_decode_extended(void **state)
{
	(void)state;
	for (uint64_t rights = 0; rights < 8u; rights++) {
		struct verify_step branch = x86_extended.decode(UINT64_C(0x1000) | rights, 2, 0);
		struct verify_step block = x86_extended.decode(UINT64_C(0x200080) | rights, 2, 0);
		struct verify_step page = x86_extended.decode(UINT64_C(0x3000) | rights, 3, 0x5000);

		assert_int_equal(branch.kind, (rights == 0u) ? VERIFY_STEP_END : VERIFY_STEP_TABLE);
		assert_int_equal(block.kind, (rights == 0u) ? VERIFY_STEP_END : VERIFY_STEP_LEAF);
		assert_int_equal(page.kind, (rights == 0u) ? VERIFY_STEP_END : VERIFY_STEP_LEAF);
		if (rights != 0u) {
			assert_int_equal(branch.bits, rights);
			assert_int_equal(block.bits, 0x80u | rights);
			assert_int_equal(page.bits, rights);
			assert_int_equal(page.pa, 0x3000);
			assert_int_equal(page.va, 0x5000);
		}
	}
	assert_int_equal(x86_extended.decode(UINT64_C(0x1087), 0, 0).kind, VERIFY_STEP_TABLE);
	assert_int_equal(x86_extended.decode(UINT64_C(0xfff8000000000ff8), 2, 0).kind, VERIFY_STEP_END);
}

/* Read, write, execute, memory type, page size. */
static void test_rights_extended(void **state)
{
	(void)state;
	assert_int_equal(x86_extended.leaf_bits(VERIFY_GUEST_RAM, 2), 0xb7);
	assert_int_equal(x86_extended.leaf_bits(VERIFY_GUEST_RAM, 3), 0x37);
	assert_int_equal(x86_extended.leaf_bits(VERIFY_GUEST_DEVICE, 2), 0x83);
	assert_int_equal(x86_extended.leaf_bits(VERIFY_GUEST_DEVICE, 3), 0x03);
	assert_int_equal(x86_extended.leaf_bits(VERIFY_GUEST_RAM, 1), 0);
	assert_int_equal(x86_extended.branch_bits(1), 0x07);
	assert_int_equal(x86_extended.branch_bits(3), 0x07);
}

/* ---- findings ------------------------------------------------------------------------------------------------------ */

/* What goes on where the last one ended is one finding, what was said is not said again, and the list is bounded. */
static void test_report(void **state)
{
	struct verify_violation violation = {.rule = VERIFY_REACH, .address = 0x1000, .at = 0x5000, .size = 0x1000};

	(void)state;
	verify_report(&verify, violation);
	violation.address += 0x1000;
	violation.at += 0x1000;
	verify_report(&verify, violation);
	assert_int_equal(verify.violation_count, 1);
	assert_int_equal(verify.violations[0].size, 0x2000);
	for (unsigned int i = 0; i < 2; i++) {
		verify_report_number(&verify, VERIFY_VMID, verify_owner(VERIFY_PARTITION, 1), 7, 0);
	}
	assert_int_equal(verify.violation_count, 2);
	for (unsigned int i = 0; i < 2 * VERIFY_VIOLATIONS; i++) {
		verify_report_number(&verify, VERIFY_VMID, verify_owner(VERIFY_PARTITION, 1), i, 0);
	}
	assert_int_equal(verify.violation_count, 2 * VERIFY_VIOLATIONS + 2);
	assert_int_equal(verify.kept, VERIFY_VIOLATIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_crc32),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test_setup(test_walk, setup),
		cmocka_unit_test_setup(test_reserved, setup),
		cmocka_unit_test_setup(test_bits, setup),
		cmocka_unit_test_setup(test_lookup, setup),
		cmocka_unit_test_setup(test_outside, setup),
		cmocka_unit_test_setup(test_endless, setup),
		cmocka_unit_test_setup(test_walk_x86, setup),
		cmocka_unit_test_setup(test_bits_x86, setup),
		cmocka_unit_test(test_rights_x86),
		cmocka_unit_test(test_decode_extended),
		cmocka_unit_test(test_rights_extended),
		cmocka_unit_test_setup(test_report, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
