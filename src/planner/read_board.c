/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the node `bulkhead` of a board: what the hypervisor needs to know beyond the hardware. Not here: the hardware
 * (read_machine.c, read_device.c).
 */
#include <string.h>

#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read_parts.h"
#include "planner/suggest.h"
#include "planner/uart.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void refuse_missing(struct location location, const char *property, const char *example)
{
	message_error(location, "bulkhead: '%s' is missing; for example: %s", property, example);
}

static void read_console(struct model *model, int node)
{
	struct board *board = &model->board;
	struct location location = locate_property(model->tree, node, "console");
	const struct uart *uart;
	uint32_t phandle;
	int target;

	if (!tree_cell(model->tree, node, "console", &phandle))
		return;
	target = tree_follow(model->tree, phandle, location, "console");
	if (target < 0)
		return;
	uart = uart_find(model->tree, target);
	for (size_t i = 0; i < model->device_count; i++) {
		if (model->devices[i].node == target && model->devices[i].register_count > 0)
			board->console = (int)i;
	}
	board->console_uart = uart == NULL ? NULL : uart->driver;
	if (board->console < 0 || board->console_uart == NULL)
		message_error(location, "console: %s is no UART that the hypervisor has a driver for (\"arm,pl011\")",
			      tree_name(model->tree, target));
}

static void read_spare_interrupts(struct model *model, int node)
{
	const char *name = "spare-interrupts";
	struct tree_cells cells;
	uint32_t first, count;

	if (!tree_cells(model->tree, node, name, &cells))
		return;
	if (cells.count != 3) {
		message_error(locate_property(model->tree, node, name), "%s must be <0 FIRST COUNT>, numbers of SPIs",
			      name);
		return;
	}
	first = fdt32_ld(&cells.cell[1]);
	count = fdt32_ld(&cells.cell[2]);
	if (fdt32_ld(&cells.cell[0]) != 0 || first >= 988 || count > 988 - first) {
		message_error(locate_property(model->tree, node, name), "%s: there are SPIs <0 0> to <0 987> only",
			      name);
		return;
	}
	model->board.spare_first = first + 32;
	model->board.spare_count = count;
}

static void read_when_all_off(struct model *model, int node, bool under_qemu)
{
	static const char *const values[] = {"power-off", "park"};
	const char *value = tree_text(model->tree, node, "when-all-off");

	model->board.when_all_off = under_qemu ? PLAN_ALL_OFF_POWER_OFF : PLAN_ALL_OFF_PARK;
	if (value == NULL)
		return;
	if (strcmp(value, "power-off") == 0)
		model->board.when_all_off = PLAN_ALL_OFF_POWER_OFF;
	else if (strcmp(value, "park") == 0)
		model->board.when_all_off = PLAN_ALL_OFF_PARK;
	else
		message_error(locate_property(model->tree, node, "when-all-off"), "when-all-off: unknown value '%s'%s",
			      value, suggest_text(value, values, COUNT(values)));
}

static void read_qemu(struct model *model, int node)
{
	static const char *const names[] = {"machine", "cpu", "smp", "ram", "arguments"};
	struct qemu *qemu = &model->board.qemu;
	const char *argument;

	tree_refuse_unknown(model->tree, node, "qemu", names, COUNT(names));
	tree_refuse_unknown_nodes(model->tree, node, "qemu", NULL, 0);
	qemu->machine = tree_text(model->tree, node, "machine");
	qemu->cpu = tree_text(model->tree, node, "cpu");
	qemu->ram = tree_text(model->tree, node, "ram");
	tree_cell(model->tree, node, "smp", &qemu->smp);
	for (int i = 0; (argument = fdt_stringlist_get(model->tree, node, "arguments", i, NULL)) != NULL; i++) {
		qemu->arguments = memory_append(qemu->arguments, &qemu->argument_count, sizeof(*qemu->arguments));
		qemu->arguments[qemu->argument_count - 1] = argument;
	}
	if (qemu->machine == NULL || qemu->cpu == NULL || qemu->ram == NULL || qemu->smp == 0)
		message_error(locate_node(model->tree, node),
			      "qemu: machine, cpu, smp and ram are needed, all of them");
	else if (qemu->smp != model->core_count)
		message_error(locate_property(model->tree, node, "smp"), "qemu: smp is %u, but the board has %zu cores",
			      qemu->smp, model->core_count);
}

/* The name of the file that opens the node; a flattened tree has lost it and says it in `board`. */
static const char *board_name(const struct model *model, int node)
{
	const char *given = tree_text(model->tree, node, "board"), *where = model->board.location.where;
	size_t length = strcspn(where, ":");

	if (given != NULL)
		return given;
	if (length >= 6 && strncmp(where + length - 5, ".dtsi", 5) == 0)
		return memory_text("%.*s", (int)(length - 5), where);
	message_error(model->board.location, "bulkhead: the name of the board is not known: write this node in a file "
					     "NAME.dtsi, or add `board = \"NAME\"`");
	return "";
}

static void read_bulkhead(struct model *model, int node)
{
	static const char *const names[] = {"compatible",       "board",       "load-address", "pa-bits", "console",
					    "spare-interrupts", "when-all-off"};
	static const char *const nodes[] = {"qemu", "flash"};
	struct board *board = &model->board;
	int qemu = fdt_subnode_offset(model->tree, node, "qemu"),
	    flash = fdt_subnode_offset(model->tree, node, "flash");

	tree_refuse_unknown(model->tree, node, "bulkhead", names, COUNT(names));
	tree_refuse_unknown_nodes(model->tree, node, "bulkhead", nodes, COUNT(nodes));
	if (fdt_node_check_compatible(model->tree, node, "bulkhead,board-v1") != 0)
		message_error(board->location, "bulkhead: compatible must be \"bulkhead,board-v1\"");
	board->name = board_name(model, node);
	if (strlen(board->name) >= PLAN_NAME)
		message_error(board->location, "the board's name '%s' is longer than %u characters", board->name,
			      PLAN_NAME - 1);
	if (!tree_pair(model->tree, node, "load-address", &board->load_address) &&
	    !tree_has(model->tree, node, "load-address"))
		refuse_missing(board->location, "load-address", "load-address = <0x0 0x40200000>");
	if (!tree_cell(model->tree, node, "pa-bits", &board->pa_bits) && !tree_has(model->tree, node, "pa-bits"))
		refuse_missing(board->location, "pa-bits", "pa-bits = <40>");
	read_console(model, node);
	read_spare_interrupts(model, node);
	read_when_all_off(model, node, qemu >= 0);
	if (qemu >= 0)
		read_qemu(model, qemu);
	if (flash >= 0)
		message_error(locate_node(model->tree, flash), "bulkhead: 'flash' is not available yet; remove it");
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
