/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of guests' trees: it has nothing to say of a tree as it was written, and notices each thing that is put
 * into one by hand. Runs in the repository's root, where the system lies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <libfdt.h>

#include "planner/guest_audit.h"
#include "planner/guest_tree.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"

#define SYSTEM "tests/image/providers.dts"
#define SERIAL "/soc/serial@9000000"
#define FRONT 1 /* the partition, by its place in the system */

static struct model model;
static void *tree;

static int system_read(void **state)
{
	(void)state;
	if (!read_description(&model, SYSTEM))
		return -1;
	tree = guest_tree_alone(&model, FRONT);
	return tree == NULL || message_errors() != 0 ? -1 : 0;
}

/* How much the audit complains of a copy of the tree in which one property is other than it was. */
static size_t complaints(const char *path, const char *property, const void *bytes, size_t size)
{
	size_t before = message_errors();
	int room = (int)fdt_totalsize(tree) + 256;
	void *copy = memory_zeroed((size_t)room, 1);

	assert_int_equal(fdt_open_into(tree, copy, room), 0);
	if (property != NULL)
		assert_int_equal(fdt_setprop(copy, fdt_path_offset(copy, path), property, bytes, (int)size), 0);
	guest_audit(&model, FRONT, copy, false);
	return message_errors() - before;
}

#define COMPLAINTS(path, property, ...)                                                                                \
	complaints(path, property, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void test_untouched(void **state)
{
	(void)state;
	assert_int_equal(complaints("/", NULL, NULL, 0), 0);
	assert_int_equal(COMPLAINTS(SERIAL, "current-speed", 0, 1, 0xc2, 0), 0);
}

static void test_registers(void **state)
{
	(void)state;
	/* another's; its own and a byte more; where its registers are on the board, but not for it */
	assert_int_equal(COMPLAINTS(SERIAL, "reg", 0, 0, 0, 0, 0xe0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x10, 0), 1);
	assert_int_equal(COMPLAINTS(SERIAL, "reg", 0, 0, 0, 0, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 1), 1);
	assert_int_equal(COMPLAINTS(SERIAL, "reg", 0, 0, 0, 0, 0xe0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x10, 0), 1);
	/* the same by a detour of its bus, which leaves the watchdog out */
	assert_int_equal(COMPLAINTS("/soc", "ranges", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xd0, 0, 0, 0, 0, 0, 0, 0,
				    0x10, 0, 0, 0),
			 2);
}

static void test_interrupts(void **state)
{
	(void)state;
	assert_int_equal(COMPLAINTS(SERIAL, "interrupts", 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4), 1);
	assert_int_equal(COMPLAINTS(SERIAL, "interrupts", 0, 0, 0, 0, 0, 0, 4, 4, 0, 0, 0, 4),
			 1); /* there is none such */
	assert_int_equal(COMPLAINTS("/soc", "interrupts", 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4), 1);
}

static void test_memory(void **state)
{
	(void)state;
	assert_int_equal(COMPLAINTS("/memory@80000000", "reg", 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0), 1);
	assert_int_equal(COMPLAINTS("/memory@80000000", "reg", 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0), 1);
}

static void test_references(void **state)
{
	(void)state;
	assert_int_equal(COMPLAINTS(SERIAL, "vdd-supply", 0, 0, 0, 0x77), 1);
	assert_int_equal(COMPLAINTS(SERIAL, "resets", 0, 0, 0, 3, 0, 0, 0, 7), 1); /* the board's clock controller */
	assert_int_equal(COMPLAINTS(SERIAL, "dmas", 0, 0, 0), 1);                  /* not made of cells */
	assert_int_equal(COMPLAINTS("/oscillator", "phandle", 0, 0, 0, 3), 3); /* ... and what named it leads nowhere */
	assert_int_equal(COMPLAINTS(SERIAL, "phandle", 0, 0, 0, 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_untouched), cmocka_unit_test(test_registers),  cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_memory),    cmocka_unit_test(test_references),
	};

	return cmocka_run_group_tests(tests, system_read, NULL);
}
