/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a board as Makefile assignments. Not here: reading it (read.h). */
#include "planner/board.h"

#include <inttypes.h>
#include <stdio.h>

#include "planner/check_parts.h"
#include "planner/file.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"

/* A bare name is one of config/boards, where systems find it too. */
static const char *board_file(const char *name)
{
	const char *file;

	if (file_exists(name))
		return name;
	file = memory_text("%s/%s.dtsi", read_boards_folder(), name);
	return file_exists(file) ? file : name;
}

static void board_print(const struct model *model)
{
	const struct board *board = &model->board;

	printf("BOARD_LOAD_ADDRESS := 0x%" PRIx64 "\n", board->load_address);
	if (board->console >= 0) {
		const struct device *console = &model->devices[board->console];

		printf("BOARD_CONSOLE_PA := 0x%" PRIx64 "\n",
		       console->port_count > 0 ? console->ports[0].base : console->registers[0].base);
		printf("BOARD_UART := %s\n", board->console_uart);
	} else {
		puts("BOARD_CONSOLE_PA := 0\nBOARD_UART := none");
	}
	if (board->arch == PLAN_ARCH_X86)
		puts("BOARD_GIC := none\nBOARD_ARCH := x86");
	else
		printf("BOARD_GIC := gicv%d\nBOARD_ARCH := armv8\n", (int)board->gic.version);
	fputs("BOARD_FORMATS :=", stdout);
	for (size_t i = 0; i < board->format_count; i++)
		printf(" %s", board->formats[i]);
	putchar('\n');
}

int board_command(int argc, char **argv)
{
	static struct model model;

	if (argc != 2 || argv[1][0] == '-') {
		message_error((struct location){0},
			      "board takes one board, a NAME or a FILE.dtsi; see bulkhead --help");
		return 2;
	}
	if (!read_board_alone(&model, board_file(argv[1])))
		return 1;
	check_board(&model);
	if (message_errors() != 0)
		return 1;
	board_print(&model);
	return 0;
}
