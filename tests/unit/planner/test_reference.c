/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker along references: each kind of entry, holes, and properties that are not what they should be. What it
 * finds is written as one text: "INDEX:TARGET(ARGUMENTS)", with '!' for an entry that leads to nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "planner/memory.h"
#include "planner/nodes.h"
#include "planner/reference.h"

#define ONE 1  /* phandle of a node with one cell of each kind */
#define NONE 2 /* of one with no cells */
#define BARE 3 /* of one that does not say */

static const char *const cells[] = {"#clock-cells", "#gpio-cells", "#interrupt-cells", "#address-cells"};

static void add_target(void *tree, const char *name, uint32_t phandle, const uint32_t *count)
{
	fdt_begin_node(tree, name);
	fdt_property_u32(tree, "phandle", phandle);
	for (size_t i = 0; count != NULL && i < 4; i++)
		fdt_property_u32(tree, cells[i], *count);
	fdt_end_node(tree);
}

/* A model of the three targets and of a node /user, to which the caller adds properties until tree_end. */
static void tree_begin(struct model *model)
{
	static const uint32_t one = 1, none = 0;

	*model = (struct model){.tree = memory_zeroed(4096, 1)};
	model->board.gic.node = model->board.timer_node = model->board.psci_node = -1;
	fdt_create(model->tree, 4096);
	fdt_finish_reservemap(model->tree);
	fdt_begin_node(model->tree, "");
	add_target(model->tree, "one", ONE, &one);
	add_target(model->tree, "none", NONE, &none);
	add_target(model->tree, "bare", BARE, NULL);
	fdt_begin_node(model->tree, "user");
}

static void tree_end(struct model *model)
{
	fdt_end_node(model->tree);
	fdt_end_node(model->tree);
	assert_int_equal(fdt_finish(model->tree), 0);
	nodes_read(model);
}

static void add_property(struct model *model, const char *name, const uint32_t *values, size_t size)
{
	fdt32_t *out = memory_zeroed(size + 4, 1);

	for (size_t i = 0; i < (size + 3) / 4; i++)
		out[i] = cpu_to_fdt32(values[i]);
	assert_int_equal(fdt_property(model->tree, name, out, (int)size), 0);
}

static const char *walk(const struct model *model, const char *property)
{
	const char *text = "";
	struct reference reference;
	int user = fdt_path_offset(model->tree, "/user");

	for (reference_begin(&reference, model, user, property); reference_next(&reference);) {
		bool leads = reference.target != NODES_NONE;
		const char *name = leads ? tree_name(model->tree, model->nodes[reference.target].offset) : "!";

		text = memory_text("%s%s%zu:%s(", text, *text == '\0' ? "" : " ", reference.index, name);
		for (size_t i = 0; leads && i < reference.argument_count; i++)
			text = memory_text("%s%s%x", text, i == 0 ? "" : " ", fdt32_ld(&reference.arguments[i]));
		text = memory_text("%s)", text);
	}
	return text;
}

/* The walk along one property that holds `values`, the last of which may be cut short. */
static const char *walk_cells(const char *property, const uint32_t *values, size_t size)
{
	struct model model;

	tree_begin(&model);
	add_property(&model, property, values, size);
	tree_end(&model);
	return walk(&model, property);
}

#define WALK(property, ...)                                                                                            \
	walk_cells(property, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}))

static void test_entries(void **state)
{
	(void)state;
	assert_string_equal(WALK("clocks", ONE, 7, NONE, ONE, 8), "0:one(7) 1:none() 2:one(8)");
	assert_string_equal(WALK("cs-gpios", 0, ONE, 7, 0), "1:one(7)");
	assert_string_equal(WALK("pinctrl-0", BARE, ONE), "0:bare() 1:one()");
	assert_string_equal(WALK("gpio-ranges", ONE, 0, 10, 20), "0:one(0 a 14)");
	assert_string_equal(WALK("fsl,syscon", BARE, 5, 6), "0:bare(5 6)");
	assert_string_equal(WALK("iommu-map", 0, ONE, 5, 1, 8, NONE, 6, 1), "0:one(5 1) 1:none(6 1)");
	assert_string_equal(WALK("msi-parent", BARE), "0:bare()");
	/* child's address (2 cells by default) and specifier (1), then the parent's */
	assert_string_equal(WALK("interrupt-map", 0, 0, 1, ONE, 7, 8, 0, 0, 2, NONE), "0:one(7 8) 1:none()");
}

static void test_broken(void **state)
{
	(void)state;
	assert_string_equal(WALK("clocks", ONE), "0:!()");
	assert_string_equal(WALK("clocks", NONE, 99, ONE, 7), "0:none() 1:!()");
	assert_string_equal(WALK("clocks", BARE, 7), "0:!()");
	assert_string_equal(WALK("clocks", 0xffffffff), "0:!()");
	assert_string_equal(walk_cells("clocks", (const uint32_t[]){NONE, NONE}, 7), "0:!()");
	assert_string_equal(WALK("interrupt-map", 0, 0, 1), "0:!()");
	assert_string_equal(walk_cells("clocks", NULL, 0), "");
}

static void test_names(void **state)
{
	(void)state;
	assert_null(reference_find("snps,nr-gpios"));
	assert_null(reference_find("ngpios"));
	assert_null(reference_find("clock-names"));
	assert_null(reference_find("pinctrl-names"));
	assert_non_null(reference_find("pinctrl-12"));
	assert_non_null(reference_find("vdd-1v8-supply"));
	assert_non_null(reference_find("rockchip,grf"));
}

/* All properties of a node, those that refer to nothing passed over, and how many entries the last one had. */
static void test_all(void **state)
{
	static const uint32_t clocks[] = {ONE, 7, NONE}, plain[] = {ONE}, reset[] = {BARE};
	struct reference reference;
	struct model model;
	int user;

	(void)state;
	tree_begin(&model);
	add_property(&model, "reg", plain, sizeof(plain));
	add_property(&model, "clocks", clocks, sizeof(clocks));
	add_property(&model, "status", plain, sizeof(plain));
	add_property(&model, "reset-gpios", reset, sizeof(reset));
	add_property(&model, "vcc-supply", plain, sizeof(plain));
	tree_end(&model);
	assert_string_equal(walk(&model, NULL), "0:one(7) 1:none() 0:!() 0:one()");
	user = fdt_path_offset(model.tree, "/user");
	assert_false(reference_begin(&reference, &model, user, "resets"));
	assert_false(reference_next(&reference));
	assert_true(reference_begin(&reference, &model, user, "clocks"));
	while (reference_next(&reference))
		;
	assert_int_equal(reference.index, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
