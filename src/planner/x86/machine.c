/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads cores and APICs of an x86 board, by the bindings of Linux's arch/x86 (intel,ce4100). Not here: the node
 * `bulkhead` (read_board.c).
 */
#include "planner/x86/machine.h"

#include <inttypes.h>

#include "planner/align.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/property.h"
#include "planner/read_parts.h"
#include "planner/x86/pci.h"

#define CORE_MOST 254u /* xAPIC ids; beyond, ACPI and interrupts would need what no board here has */
#define SENSE_EDGE_RISING 0u
#define SENSE_EDGE_FALLING 3u

static const char *const io_apics[] = {"intel,ce4100-ioapic", NULL};
static const char *const local_apics[] = {"intel,ce4100-lapic", NULL};

bool x86_machine_is(const void *tree)
{
	return tree_find_compatible(tree, io_apics) >= 0;
}

bool x86_machine_is_intel(const struct model *model)
{
	return property_is(model->board.x86.vendor, "intel");
}

void x86_machine_core(struct model *model, const struct core *core)
{
	if (core->mpidr > CORE_MOST)
		read_shortfall(&model->board, locate_property(model->tree, core->node, "reg"),
			       "%s: APIC id %" PRIu64 " is not available yet, only 0 to %u", core->name, core->mpidr,
			       CORE_MOST);
}

static void use_io_apic(struct board *board, uint64_t base, uint64_t size)
{
	board->gic.distributor = (struct range){base, size};
}

static void use_local_apic(struct board *board, uint64_t base, uint64_t size)
{
	board->gic.cpu_interface = (struct range){base, size};
}

static void check_page(struct model *model, int node, const struct range *range)
{
	if (range->size != PAGE_SIZE || range->base % PAGE_SIZE != 0)
		read_shortfall(&model->board, locate_property(model->tree, node, "reg"),
			       "%s: reg must be one page of 4 KiB", tree_path(model->tree, node));
}

/* Whoever writes another's registers sends any interrupt, an INIT or an SMI, to any core. */
static void refuse_second(struct model *model, int first)
{
	int node = fdt_node_offset_by_compatible(model->tree, first, io_apics[0]);

	for (; node >= 0; node = fdt_node_offset_by_compatible(model->tree, node, io_apics[0])) {
		if (tree_is_enabled(model->tree, node))
			read_shortfall(&model->board, locate_node(model->tree, node),
				       "%s: a second I/O APIC is not available yet; say status = \"disabled\"",
				       tree_path(model->tree, node));
	}
}

void x86_machine_read(struct model *model)
{
	struct board *board = &model->board;
	uint32_t cells = 0;

	board->psci_node = -1;
	board->gic.node = tree_find_compatible(model->tree, io_apics);
	board->gic.path = tree_path(model->tree, board->gic.node);
	read_ranges(board, model->tree, board->gic.node, use_io_apic);
	check_page(model, board->gic.node, &board->gic.distributor);
	if (!tree_cell(model->tree, board->gic.node, "#interrupt-cells", &cells) || cells != 2)
		read_shortfall(board, locate_property(model->tree, board->gic.node, "#interrupt-cells"),
			       "%s: #interrupt-cells must be 2", board->gic.path);
	refuse_second(model, board->gic.node);
	board->timer_node = tree_find_compatible(model->tree, local_apics);
	if (board->timer_node < 0) {
		read_shortfall(board, locate_whole(), "the board has no local APIC (\"intel,ce4100-lapic\")");
		return;
	}
	read_ranges(board, model->tree, board->timer_node, use_local_apic);
	check_page(model, board->timer_node, &board->gic.cpu_interface);
	x86_pci_read(model);
}

bool x86_machine_interrupt(const struct tree_cells *cells, struct interrupt *interrupt, const char **why)
{
	uint32_t pin = cells->count > 0 ? fdt32_ld(&cells->cell[0]) : 0;
	uint32_t sense = cells->count > 1 ? fdt32_ld(&cells->cell[1]) : 0;

	*interrupt = (struct interrupt){.id = (uint16_t)(32 + pin),
					.edge = sense == SENSE_EDGE_RISING || sense == SENSE_EDGE_FALLING,
					.flags = sense};
	*why = memory_text("has interrupt <%u %u>, which does not exist: it is a pin, 0 to %u, and a sense, 0 to 3",
			   pin, sense, X86_PINS - 1);
	return cells->count == 2 && pin < X86_PINS && sense <= SENSE_EDGE_FALLING;
}
