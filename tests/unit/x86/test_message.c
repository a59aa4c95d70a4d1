/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of MSI-X: whatever a guest writes to a function's table, messages reach its own cores only. Table and remapping table
 * are memory here.
 */
#include "host.h"

#include "arch/x86/iommu.h"
#include "arch/x86/message.h"

#define ENTRIES 4u
#define ADDRESS 0u
#define UPPER 4u
#define DATA 8u
#define CONTROL 12u
#define OPEN 1u

static struct {
	uint32_t before[4]; /* registers that share the page */
	uint32_t table[ENTRIES][4];
	uint32_t behind[4];
} page __attribute__((aligned(PLAN_PAGE)));
static uint32_t others[4]; /* another function's table */
static uint32_t remap[2][PLAN_REMAP_SIZE / 4u] __attribute__((aligned(128)));
static struct plan_filter filter;
static uint32_t forgotten;

void iommu_forget_messages(const struct plan_x86 *x86, uint32_t function)
{
	assert_ptr_equal(x86, &plan.x86);
	assert_int_equal(function, 0x18);
	forgotten++;
}

static void *memory(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

uint8_t mmio_read8(uint64_t address)
{
	return *(uint8_t *)memory(address);
}

uint16_t mmio_read16(uint64_t address)
{
	return *(uint16_t *)memory(address);
}

uint32_t mmio_read32(uint64_t address)
{
	return *(uint32_t *)memory(address);
}

void mmio_write8(uint64_t address, uint8_t value)
{
	*(uint8_t *)memory(address) = value;
}

void mmio_write16(uint64_t address, uint16_t value)
{
	*(uint16_t *)memory(address) = value;
}

void mmio_write32(uint64_t address, uint32_t value)
{
	*(uint32_t *)memory(address) = value;
}

/* The second function of two: entries are at 16 in the page. */
static int make(void **state)
{
	(void)state;
	host_make();
	memset(&page, 0x55, sizeof(page));
	memset(others, 0x55, sizeof(others));
	memset(remap, 0, sizeof(remap));
	plan.x86.function_count = 2;
	plan.x86.remap = (uintptr_t)remap;
	plan.x86.functions[0] = (struct plan_x86_function){.id = 0x10, .msix_count = 1, .msix_va = (uintptr_t)others};
	plan.x86.functions[1] =
		(struct plan_x86_function){.id = 0x18, .msix_count = ENTRIES, .msix_va = (uintptr_t)page.table};
	filter = (struct plan_filter){.kind = PLAN_FILTER_MSIX, .size = PLAN_PAGE, .va = (uintptr_t)&page};
	forgotten = 0;
	message_start(&plan.x86, 1);
	return 0;
}

static uint64_t place(uint32_t entry, uint32_t word)
{
	return sizeof(page.before) + (16u * entry) + word;
}

static void put(uint32_t entry, uint32_t word, uint32_t value)
{
	message_guest_write(&filter, place(entry, word), 4, value);
}

static uint32_t get(uint32_t entry, uint32_t word)
{
	return message_guest_read(&filter, place(entry, word), 4);
}

/* What the function would send is the number of its entry, masked until a guest unmasks it; nothing beside the table changed. */
static void assert_table(const char *when)
{
	for (uint32_t i = 0; i < ENTRIES; i++) {
		if ((page.table[i][0] != 0xfee00000u) || (page.table[i][1] != 0u) || (page.table[i][2] != i)) {
			fail_msg("%s: entry %u is %#x %#x %#x", when, i, page.table[i][0], page.table[i][1],
				 page.table[i][2]);
		}
	}
	for (uint32_t i = 0; i < 4u; i++) {
		assert_int_equal(others[i], 0x55555555);
	}
}

static void a_table_starts_closed(void **state)
{
	(void)state;
	assert_table("start");
	for (uint32_t i = 0; i < ENTRIES; i++) {
		assert_int_equal(page.table[i][3], 1);
		assert_int_equal(remap[1][i], 0);
		assert_int_equal(get(i, ADDRESS), 0xfee00000u);
		assert_int_equal(get(i, DATA), 0);
	}
	assert_int_equal(page.behind[0], 0x55555555);
}

/* A driver's way: address, upper half, data, then the mask; the message is open with the last of address and data. */
static void a_message_reaches_an_own_core(void **state)
{
	(void)state;
	put(2, ADDRESS, 0xfee15000u);
	assert_int_equal(remap[1][2] & OPEN, 0);
	put(2, UPPER, 0);
	put(2, DATA, 0x4031);
	assert_int_equal(remap[1][2], 0x00311501);
	assert_int_equal(forgotten, 2);
	put(2, CONTROL, 0);
	assert_int_equal(page.table[2][3], 0);
	assert_table("programmed");
	assert_int_equal(get(2, ADDRESS), 0xfee15000u);
	assert_int_equal(get(2, UPPER), 0);
	assert_int_equal(get(2, DATA), 0x31);
	assert_int_equal(get(2, CONTROL), 0);
	put(2, ADDRESS, 0xfee05000u);
	assert_int_equal(remap[1][2], 0x00310501);
	put(2, DATA, 0x1ff);
	assert_int_equal(remap[1][2], 0x00ff0501);
	assert_int_equal(remap[1][1], 0);
	assert_int_equal(remap[0][2], 0);
}

/* Every id that is none of 4, 5 and 21; to 5, but logical, redirected, elsewhere. */
static void no_message_reaches_another_core(void **state)
{
	static const uint32_t wrong[] = {0xfee05004u, 0xfee05008u, 0xfee05010u, 0xfee05001u, 0xfed05000u, 0xfef05000u,
					 0x00005000u, 0,           0xffffffffu, 0xfee05ff0u, 0x7ee05000u};

	(void)state;
	put(0, ADDRESS, 0xfee04000u);
	put(0, DATA, 0x40);
	for (uint32_t id = 0; id < 256u; id++) {
		if ((id != 4u) && (id != 5u) && (id != 21u)) {
			put(0, ADDRESS, 0xfee00000u | (id << 12));
			assert_int_equal(remap[1][0], 0x00400401);
		}
	}
	for (uint32_t i = 0; i < (sizeof(wrong) / sizeof(wrong[0])); i++) {
		put(0, ADDRESS, wrong[i]);
		assert_int_equal(remap[1][0], 0x00400401);
	}
	put(0, UPPER, 1);
	assert_int_equal(get(0, UPPER), 0);
	assert_table("attacked");
	put(1, DATA, 0x40); /* no core yet: 0 is not its own */
	assert_int_equal(remap[1][1] & OPEN, 0);
}

/* SMI, NMI, INIT, ExtINT, what is reserved, level-triggered: nothing of it is written. A vector that is none closes the entry. */
static void only_plain_interrupts_are_sent(void **state)
{
	(void)state;
	put(3, ADDRESS, 0xfee04000u);
	put(3, DATA, 0x40);
	for (uint32_t mode = 2; mode < 8u; mode++) {
		put(3, DATA, (mode << 8) | 0x50u);
		assert_int_equal(remap[1][3], 0x00400401);
	}
	put(3, DATA, 0x8050);
	put(3, DATA, 0x10050);
	put(3, DATA, 0x850);
	assert_int_equal(remap[1][3], 0x00400401);
	put(3, DATA, 0x0f);
	assert_int_equal(remap[1][3] & OPEN, 0);
	put(3, DATA, 0x10);
	assert_int_equal(remap[1][3], 0x00100401);
	put(3, DATA, 0);
	assert_int_equal(remap[1][3] & OPEN, 0);
}

/* Parts of words, words across entries: not in the table. */
static void words_are_whole(void **state)
{
	(void)state;
	put(0, ADDRESS, 0xfee04000u);
	put(0, DATA, 0x40);
	for (uint32_t at = 0; at < 64u; at++) {
		message_guest_write(&filter, place(0, at), 1, 0xa5);
		message_guest_write(&filter, place(0, at), 2, 0xa5a5);
		assert_int_equal(message_guest_read(&filter, place(0, at), 1), UINT32_MAX);
		if ((at % 4u) != 0u) {
			message_guest_write(&filter, place(0, at), 4, 0xa5a5a5a5);
			assert_int_equal(message_guest_read(&filter, place(0, at), 4), UINT32_MAX);
		}
	}
	message_guest_write(&filter, place(0, 0) - 2u, 4, 0);
	assert_table("in parts");
	assert_int_equal(remap[1][0], 0x00400401);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		assert_int_equal(page.table[i][3], 1);
	}
}

/* Registers before and behind are the function's, of any size. */
static void the_rest_of_the_page_is_let_through(void **state)
{
	(void)state;
	message_guest_write(&filter, 1, 1, 0x11);
	message_guest_write(&filter, 6, 2, 0x2222);
	message_guest_write(&filter, place(ENTRIES, 0), 4, 0x33333333);
	assert_int_equal(page.before[0], 0x55551155);
	assert_int_equal(page.before[1], 0x22225555);
	assert_int_equal(page.behind[0], 0x33333333);
	assert_int_equal(message_guest_read(&filter, 1, 1), 0x11);
	assert_int_equal(message_guest_read(&filter, 6, 2), 0x2222);
	assert_int_equal(message_guest_read(&filter, place(ENTRIES, 0), 4), 0x33333333);
	assert_int_equal(forgotten, 0);
}

static void an_ended_partition_has_no_messages(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ENTRIES; i++) {
		put(i, ADDRESS, 0xfee04000u);
		put(i, DATA, 0x40u + i);
	}
	forgotten = 0;
	message_close(&plan.x86, 1);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		assert_int_equal(remap[1][i], 0);
	}
	assert_int_equal(forgotten, 1);
	plan.x86.functions[1].msix_count = 0;
	message_close(&plan.x86, 1);
	assert_int_equal(forgotten, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_table_starts_closed, make),
		cmocka_unit_test_setup(a_message_reaches_an_own_core, make),
		cmocka_unit_test_setup(no_message_reaches_another_core, make),
		cmocka_unit_test_setup(only_plain_interrupts_are_sent, make),
		cmocka_unit_test_setup(words_are_whole, make),
		cmocka_unit_test_setup(the_rest_of_the_page_is_let_through, make),
		cmocka_unit_test_setup(an_ended_partition_has_no_messages, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
