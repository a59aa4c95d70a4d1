/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching a guest's instruction: through its page tables of every kind, out of its own RAM and nothing else. Physical
 * memory is an array; the window shows the page that its descriptor names, once the translation was forgotten.
 */
#include "host.h"

#include "arch/x86/decode.h"

#define PAGE 0x1000u
#define WINDOW_BITS ((UINT64_C(1) << 63) | 0x21u) /* present, accessed, not writable, never executed */
#define PRESENT 0x1u
#define LARGE 0x80u

/* Guest-physical RAM in two places, whose physical addresses are elsewhere, and a device's registers. */
#define LOW_SIZE 0x10000u
#define LOW_PA 0x10000u
#define HIGH_BASE UINT64_C(0x140000000)
#define HIGH_SIZE 0x400000u
#define HIGH_PA 0x20000u
#define DEVICE_BASE 0xfed00000u
#define DEVICE_PA 0x8000u
#define PHYSICAL_SIZE (HIGH_PA + HIGH_SIZE)

static uint8_t physical[PHYSICAL_SIZE];
static _Alignas(PAGE) uint8_t window[PAGE];
static uint64_t descriptor;
static struct plan_core core_row;
static struct guest_mode mode;
static struct instruction fetched;
static uint32_t opened;

void page_forget(uint64_t address)
{
	uint64_t pa = descriptor & ~WINDOW_BITS;

	assert_int_equal(address, core_row.window);
	memset(window, 0xcc, sizeof(window));
	if (descriptor != 0u) {
		assert_int_equal(descriptor & WINDOW_BITS, WINDOW_BITS);
		assert_int_equal(pa % PAGE, 0);
		assert_in_range(pa, LOW_PA, PHYSICAL_SIZE - PAGE); /* both RAM windows, one behind the other */
		memcpy(window, &physical[pa], PAGE);
		opened++;
	}
}

static int make(void **state)
{
	(void)state;
	host_make();
	plan.windows[0] = (struct plan_window){0, LOW_PA, LOW_SIZE, 1, PLAN_WINDOW_RAM, 0};
	plan.windows[1] = (struct plan_window){DEVICE_BASE, DEVICE_PA, PAGE, 1, PLAN_WINDOW_DEVICE, 0};
	plan.windows[2] = (struct plan_window){HIGH_BASE, HIGH_PA, HIGH_SIZE, 1, PLAN_WINDOW_RAM, 0};
	partition.window_count = HOST_WINDOWS;
	core_row = (struct plan_core){.window = (uintptr_t)window, .window_descriptor = (uintptr_t)&descriptor};
	core.core = &core_row;
	memset(physical, 0xee, sizeof(physical));
	memset(&physical[LOW_PA], 0, LOW_SIZE);
	memset(&mode, 0, sizeof(mode));
	opened = 0;
	return 0;
}

static uint8_t *at(uint64_t address)
{
	return (address >= HIGH_BASE) ? &physical[HIGH_PA + (address - HIGH_BASE)] : &physical[LOW_PA + address];
}

static void entry_put(uint64_t table, uint64_t index, uint64_t value, uint32_t bytes)
{
	memcpy(at(table + (index * bytes)), &value, bytes);
}

/* 15 bytes that say where they lie. */
static void code_put(uint64_t address)
{
	for (uint32_t i = 0; i < INSTRUCTION_MOST; i++) {
		*at(address + i) = (uint8_t)(address + i);
	}
}

static void fetch(void)
{
	memset(&fetched, 0x55, sizeof(fetched));
	instruction_fetch(&mode, &fetched);
	assert_int_equal(descriptor, 0); /* nothing stays mapped */
	assert_int_equal(window[0], 0xcc);
}

static void assert_fetched(uint64_t address, uint32_t count)
{
	fetch();
	assert_int_equal(fetched.count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(fetched.bytes[i], (uint8_t)(address + i));
	}
}

static void assert_nothing(void)
{
	fetch();
	assert_int_equal(fetched.count, 0);
}

/* ---- without paging ---- */

static void code_is_at_its_segment(void **state)
{
	(void)state;
	window[0] = 0xcc;
	mode.code_base = 0x3000;
	mode.rip = 0x210;
	code_put(0x3210);
	assert_fetched(0x3210, INSTRUCTION_MOST);
	mode.rip = 0xffd; /* over a page's end */
	code_put(0x3ffd);
	assert_fetched(0x3ffd, INSTRUCTION_MOST);
	mode.code_base = 0xfffff000; /* 32 bits of address, and no more */
	mode.rip = 0x2004;
	code_put(0x1004);
	assert_fetched(0x1004, INSTRUCTION_MOST);
}

/* What lies behind its RAM, in a device, or nowhere, is not read, and what lies before that is. */
static void only_own_ram_is_read(void **state)
{
	static const uint32_t nowhere[] = {LOW_SIZE, 0x80000u, DEVICE_BASE, DEVICE_BASE + PAGE, 0xffffff00u};

	(void)state;
	for (uint32_t i = 0; i < COUNT(nowhere); i++) {
		mode.rip = nowhere[i];
		assert_nothing();
	}
	assert_int_equal(opened, 0);
	mode.rip = LOW_SIZE - 5u;
	code_put(LOW_SIZE - INSTRUCTION_MOST);
	assert_fetched(LOW_SIZE - 5u, 5);
	assert_int_equal(opened, 1);
}

/* ---- through page tables ---- */

/* Entries of so many bytes, so many bits of index, levels, and the lowest of them at which pages may be. */
struct kind {
	const char *name;
	uint64_t cr4;
	uint64_t efer;
	uint32_t bytes, bits, levels, page_levels;
	uint64_t linear;
};

static const struct kind kinds[] = {
	{"4 levels", CR4_PAE, EFER_LME | EFER_LMA, 8, 9, 4, 3, UINT64_C(0xffff923456789abc)},
	{"5 levels", CR4_PAE | CR4_LA57, EFER_LME | EFER_LMA, 8, 9, 5, 3, UINT64_C(0xff12923456789abc)},
	{"PAE", CR4_PAE, 0, 8, 9, 3, 2, 0xd6789abcu},
	{"32-bit", 0, 0, 4, 10, 2, 1, 0xd6789abcu},
	{"32-bit with 4 MiB", CR4_PSE, 0, 4, 10, 2, 2, 0xd6789abcu},
};

#define TABLE(level) (0x2000u + (0x1000u * (level)))
#define CODE_PAGE 0xb000u

static uint64_t index_of(const struct kind *kind, uint32_t level)
{
	return (kind->linear >> (12u + ((level - 1u) * kind->bits))) & ((1u << kind->bits) - 1u);
}

/* Tables down to the page at `leaf`, which is at `address`. */
static void tables_put(const struct kind *kind, uint32_t leaf, uint64_t address)
{
	memset(at(0), 0, LOW_SIZE);
	mode = (struct guest_mode){.rip = kind->linear,
				   .cr0 = CR0_PG,
				   .cr3 = TABLE(kind->levels) | 0x18u, /* its attributes */
				   .cr4 = kind->cr4,
				   .efer = kind->efer,
				   .is_code64 = kind->efer != 0u,
				   .is_code32 = kind->efer == 0u};
	for (uint32_t level = kind->levels; level > leaf; level--) {
		entry_put(TABLE(level), index_of(kind, level), TABLE(level - 1u) | 0x67u, kind->bytes);
	}
	entry_put(TABLE(leaf), index_of(kind, leaf), address | 0x67u | ((leaf > 1u) ? LARGE : 0u), kind->bytes);
}

static uint64_t inside(const struct kind *kind, uint32_t leaf)
{
	return kind->linear & ((UINT64_C(1) << (12u + ((leaf - 1u) * kind->bits))) - 1u);
}

static void tables_of_each_kind_are_walked(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < COUNT(kinds); i++) {
		tables_put(&kinds[i], 1, CODE_PAGE);
		code_put(CODE_PAGE + inside(&kinds[i], 1));
		assert_fetched(CODE_PAGE + inside(&kinds[i], 1), INSTRUCTION_MOST);
	}
}

/* Of 2 MiB, high in its RAM; those of other sizes are larger than it is, and begin at 0. */
static void large_pages_are_pages(void **state)
{
	struct kind kind = kinds[0];

	(void)state;
	kind.linear = UINT64_C(0xffff923456723000);
	tables_put(&kind, 2, HIGH_BASE);
	code_put(HIGH_BASE + inside(&kind, 2));
	assert_fetched(HIGH_BASE + inside(&kind, 2), INSTRUCTION_MOST);
	kind.linear = UINT64_C(0xffff92344000b010); /* 1 GiB */
	tables_put(&kind, 3, 0);
	code_put(0xb010);
	assert_fetched(0xb010, INSTRUCTION_MOST);
	kind = kinds[4];
	kind.linear = 0xd640b010u;
	tables_put(&kind, 2, 0x001fe000u); /* 4 MiB; bits 20 to 13 are none of its place */
	code_put(0xb010);
	assert_fetched(0xb010, INSTRUCTION_MOST);
}

/* At levels, and in modes, that have no large pages the bit says nothing: a table follows. */
static void elsewhere_the_bit_says_nothing(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < COUNT(kinds); i++) {
		const struct kind *kind = &kinds[i];

		for (uint32_t level = kind->page_levels + 1u; level <= kind->levels; level++) {
			tables_put(kind, 1, CODE_PAGE);
			entry_put(TABLE(level), index_of(kind, level), TABLE(level - 1u) | 0xe7u, kind->bytes);
			code_put(CODE_PAGE + inside(kind, 1));
			assert_fetched(CODE_PAGE + inside(kind, 1), INSTRUCTION_MOST);
		}
	}
}

/* A table, or the page, that is not there or not the guest's: nothing is read of it. */
static void a_walk_stays_in_own_ram(void **state)
{
	static const uint64_t outside[] = {LOW_SIZE, DEVICE_BASE & ~UINT64_C(0xfff), 0x7ffff000u};

	(void)state;
	for (uint32_t i = 0; i < COUNT(kinds); i++) {
		const struct kind *kind = &kinds[i];

		for (uint32_t level = 1; level <= kind->levels; level++) {
			for (uint32_t j = 0; j < COUNT(outside); j++) {
				tables_put(kind, 1, CODE_PAGE);
				entry_put(TABLE(level), index_of(kind, level), outside[j] | 0x67u, kind->bytes);
				opened = 0;
				assert_nothing();
				assert_int_equal(opened, kind->levels - level + 1u);
			}
			tables_put(kind, 1, CODE_PAGE);
			entry_put(TABLE(level), index_of(kind, level), CODE_PAGE | 0x66u, kind->bytes);
			assert_nothing();
		}
		tables_put(kind, 1, CODE_PAGE);
		mode.cr3 = DEVICE_BASE;
		opened = 0;
		assert_nothing();
		assert_int_equal(opened, 0);
	}
}

/* Each page is looked up by itself. */
static void an_instruction_may_lie_in_two_pages(void **state)
{
	struct kind kind = kinds[0];

	(void)state;
	kind.linear = UINT64_C(0xffff923456700ff9);
	tables_put(&kind, 1, CODE_PAGE);
	code_put(CODE_PAGE + 0xff9u);
	assert_fetched(CODE_PAGE + 0xff9u, 7);
	entry_put(TABLE(1u), index_of(&kind, 1) + 1u, 0x9000u | PRESENT, 8);
	for (uint32_t i = 0; i < 8u; i++) {
		*at(0x9000u + i) = (uint8_t)(i);
	}
	assert_fetched(0xff9u, INSTRUCTION_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(code_is_at_its_segment, make),
		cmocka_unit_test_setup(only_own_ram_is_read, make),
		cmocka_unit_test_setup(tables_of_each_kind_are_walked, make),
		cmocka_unit_test_setup(large_pages_are_pages, make),
		cmocka_unit_test_setup(elsewhere_the_bit_says_nothing, make),
		cmocka_unit_test_setup(a_walk_stays_in_own_ram, make),
		cmocka_unit_test_setup(an_instruction_may_lie_in_two_pages, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
