/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the node `bulkhead` of a board: what the hypervisor needs to know beyond the hardware. Not here: the hardware
 * (read_machine.c, read_device.c).
 */
#include <string.h>

#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/property.h"
#include "planner/read_parts.h"
#include "planner/suggest.h"
#include "planner/uart.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void read_console(const struct property_reading *reading)
{
	struct model *model = reading->model;
	struct board *board = &model->board;
	const struct uart *uart;
	uint32_t phandle;
	int target;

	if (!tree_cell(model->tree, reading->node, "console", &phandle))
		return;
	target = tree_follow(model, phandle, reading->location, "console");
	if (target < 0)
		return;
	uart = uart_find(model->tree, target);
	for (size_t i = 0; i < model->device_count; i++) {
		if (model->devices[i].node == target &&
		    model->devices[i].register_count + model->devices[i].port_count > 0)
			board->console = (int)i;
	}
	if (uart != NULL && board->console >= 0)
		board->console_uart = uart_driver(uart, board->arch, &model->devices[board->console]);
	if (board->console < 0 || board->console_uart == NULL)
		property_refuse(reading, ": %s is no UART that the hypervisor has a driver for (%s)",
				tree_name(model->tree, target),
				board->arch == PLAN_ARCH_X86 ? "\"ns16550a\" at I/O ports" : "\"arm,pl011\"");
}

static void read_spare_interrupts(const struct property_reading *reading)
{
	struct tree_cells cells = property_cells(reading, 3, "numbers of SPIs, <0 FIRST COUNT>");
	uint32_t first, count;

	if (cells.count == 0)
		return;
	first = fdt32_ld(&cells.cell[1]);
	count = fdt32_ld(&cells.cell[2]);
	if (cells.count > 3)
		property_refuse(reading, " is one range, <0 FIRST COUNT>");
	else if (fdt32_ld(&cells.cell[0]) != 0 || first >= 988 || count > 988 - first)
		property_refuse(reading, ": there are SPIs <0 0> to <0 987> only");
	else {
		reading->model->board.spare_first = first + 32;
		reading->model->board.spare_count = count;
	}
}

static void read_power_off(const struct property_reading *reading)
{
	struct tree_cells cells = property_cells(reading, 2, "<PORT VALUE>");
	struct x86_board *x86 = &reading->model->board.x86;

	if (cells.count == 0)
		return;
	x86->power_off_port = fdt32_ld(&cells.cell[0]);
	x86->power_off_value = fdt32_ld(&cells.cell[1]);
	if (cells.count > 2 || x86->power_off_port == 0 || x86->power_off_port > 0xfffe ||
	    x86->power_off_value > 0xffff)
		property_refuse(reading, " is one port and 16 bits for it, <0x604 0x2000> for instance");
}

/* How many texts the property has; 0, reported, when it is made of anything else. */
static int count_texts(const struct property_reading *reading)
{
	int count = fdt_stringlist_count(reading->model->tree, reading->node, reading->property->name);

	if (count > 0)
		return count;
	property_refuse(reading, " must be made of texts: %s = \"...\", \"...\"", reading->property->name);
	return 0;
}

static void read_arguments(const struct property_reading *reading)
{
	struct qemu *qemu = reading->target;
	int count = count_texts(reading);

	for (int i = 0; i < count; i++)
		*MEMORY_APPEND(qemu->arguments, qemu->argument_count) =
			fdt_stringlist_get(reading->model->tree, reading->node, "arguments", i, NULL);
}

static void read_formats(const struct property_reading *reading)
{
	static const char *const known[] = {"image", "fit", "sdcard"};
	struct board *board = reading->target;
	int count = count_texts(reading);

	for (int i = 0; i < count; i++) {
		const char *text = fdt_stringlist_get(reading->model->tree, reading->node, "formats", i, NULL);
		size_t which = 0;

		while (which < COUNT(known) && strcmp(text, known[which]) != 0)
			which++;
		if (which == COUNT(known))
			property_refuse(reading, ": unknown value '%s'%s", text,
					suggest_text(text, known, COUNT(known)));
		else
			*MEMORY_APPEND(board->formats, board->format_count) = known[which];
	}
}

static void check_smp(const struct property_reading *reading)
{
	const struct qemu *qemu = reading->target;
	int length;

	(void)fdt_getprop(reading->model->tree, reading->node, "smp", &length);
	if (length == sizeof(fdt32_t) && qemu->smp < reading->model->core_count)
		property_refuse(reading, " is %u, but the board has %zu cores", qemu->smp, reading->model->core_count);
}

/* clang-format off */
static const struct property_choice vendors[] = {{"amd", NULL}, {"intel", NULL}, {0}};
static const struct property_choice ends[] = {{"power-off", NULL}, {"park", NULL}, {0}};

#define FIELD(name) offsetof(struct board, name)
static const struct property board_rows[] = {
	{.name = "compatible"},
	{"board", PROPERTY_TEXT, .field = FIELD(name)},
	{"load-address", PROPERTY_PAIR, .field = FIELD(load_address), .example = "load-address = <0x0 0x40200000>"},
	{"pa-bits", PROPERTY_CELL, .field = FIELD(pa_bits), .example = "pa-bits = <40>"},
	{"console", PROPERTY_OWN, .read = read_console},
	{"spare-interrupts", PROPERTY_OWN, .read = read_spare_interrupts, .arch = PLAN_ARCH_ARMV8},
	{"vendor", PROPERTY_CHOICE, .field = FIELD(x86.vendor), .choices = vendors, .example = "vendor = \"amd\"", .arch = PLAN_ARCH_X86},
	{"trampoline", PROPERTY_CELL, .field = FIELD(x86.trampoline), .example = "trampoline = <0x8000>", .arch = PLAN_ARCH_X86},
	{"apic-frequency", PROPERTY_CELL, .field = FIELD(x86.apic_frequency), .example = "apic-frequency = <1000000000>", .arch = PLAN_ARCH_X86},
	{"tsc-frequency", PROPERTY_PAIR, .field = FIELD(x86.tsc_frequency), .arch = PLAN_ARCH_X86},
	{"power-off", PROPERTY_OWN, .read = read_power_off, .arch = PLAN_ARCH_X86},
	{"when-all-off", PROPERTY_CHOICE, .field = FIELD(when_all_off), .choices = ends},
};
#undef FIELD
#define FIELD(name) offsetof(struct qemu, name)
static const struct property qemu_rows[] = {
	{"machine", PROPERTY_TEXT, .field = FIELD(machine), .example = "machine = \"virt,virtualization=on,gic-version=3\""},
	{"cpu", PROPERTY_TEXT, .field = FIELD(cpu), .example = "cpu = \"cortex-a53\""},
	{"smp", PROPERTY_CELL, .field = FIELD(smp), .read = check_smp, .example = "smp = <4>"},
	{"ram", PROPERTY_TEXT, .field = FIELD(ram), .example = "ram = \"2G\""},
	{"arguments", PROPERTY_OWN, .read = read_arguments},
};
static const struct property flash_rows[] = {
	{"formats", PROPERTY_OWN, .read = read_formats, .example = "formats = \"image\""},
};
/* clang-format on */

/* The name of the file that opens the node; a flattened tree has lost it and must say it in `board`. */
static const char *board_name(const struct model *model)
{
	const char *where = model->board.location.where;
	size_t length = strcspn(where, ":");

	if (length >= 6 && strncmp(where + length - 5, ".dtsi", 5) == 0)
		return memory_text("%.*s", (int)(length - 5), where);
	message_error(model->board.location, "bulkhead: the name of the board is not known: write this node in a file "
					     "NAME.dtsi, or add `board = \"NAME\"`");
	return "";
}

/* What the board switches itself off by; without it, the last partition that ends leaves the cores parked. */
static void check_end(const struct model *model, int node, bool can_power_off)
{
	if (can_power_off || !property_is(model->board.when_all_off, "power-off"))
		return;
	if (model->board.arch == PLAN_ARCH_X86)
		message_error(locate_property(model->tree, node, "when-all-off"),
			      "bulkhead: when-all-off = \"power-off\" needs `power-off = <PORT VALUE>`, which this "
			      "board does not say; use \"park\"");
	else
		message_error(
			locate_property(model->tree, node, "when-all-off"),
			"bulkhead: when-all-off = \"power-off\" is done by PSCI firmware, which this board has not "
			"(its cores wait in spin tables); use \"park\"");
}

static void read_bulkhead(struct model *model, int node)
{
	static const char *const nodes[] = {"qemu", "flash"};
	struct board *board = &model->board;
	int qemu = fdt_subnode_offset(model->tree, node, nodes[0]);
	int flash = fdt_subnode_offset(model->tree, node, nodes[1]);

	bool can_power_off = model->core_count == 0 || model->cores[0].release == 0;

	if (board->arch == PLAN_ARCH_X86)
		can_power_off = tree_has(model->tree, node, "power-off");
	board->when_all_off = qemu < 0 || !can_power_off ? "park" : "power-off";
	property_read(model, node, "bulkhead", board, board_rows, COUNT(board_rows));
	tree_refuse_unknown_nodes(model->tree, node, "bulkhead", nodes, COUNT(nodes));
	check_end(model, node, can_power_off);
	if (fdt_node_check_compatible(model->tree, node, "bulkhead,board-v1") != 0)
		message_error(board->location, "bulkhead: compatible must be \"bulkhead,board-v1\"");
	if (*board->name == '\0')
		board->name = board_name(model);
	if (strlen(board->name) >= PLAN_NAME)
		message_error(board->location, "the board's name '%s' is longer than %u characters", board->name,
			      PLAN_NAME - 1);
	if (qemu >= 0) {
		property_read(model, qemu, "qemu", &board->qemu, qemu_rows, COUNT(qemu_rows));
		tree_refuse_unknown_nodes(model->tree, qemu, "qemu", NULL, 0);
	}
	if (flash >= 0) {
		property_read(model, flash, "flash", board, flash_rows, COUNT(flash_rows));
		tree_refuse_unknown_nodes(model->tree, flash, "flash", NULL, 0);
	} else {
		*MEMORY_APPEND(board->formats, board->format_count) = "image";
	}
}

void read_board(struct model *model)
{
	int node = fdt_path_offset(model->tree, "/bulkhead");

	model->board.console = -1;
	model->board.node = node < 0 ? -1 : node;
	model->board.name = "";
	if (node < 0) {
		message_error(locate_whole(),
			      "the board has no node /bulkhead (\"bulkhead,board-v1\"); include a file of "
			      "config/boards");
		return;
	}
	model->board.location = locate_node(model->tree, node);
	read_bulkhead(model, node);
}
