/* SPDX-License-Identifier: Apache-2.0 */
/* Thin layer over libfdt's sequential write. Not here: nodes. */
#include "planner/guest_writer.h"

#include <libfdt.h>
#include <string.h>

#include "planner/memory.h"
#include "planner/tree.h"

static void keep_error(struct guest_writer *writer, int error)
{
	if (writer->error == 0)
		writer->error = error;
}

void guest_node(struct guest_writer *writer, const char *name)
{
	keep_error(writer, fdt_begin_node(writer->tree, name));
}

void guest_end(struct guest_writer *writer)
{
	keep_error(writer, fdt_end_node(writer->tree));
}

void guest_bytes(struct guest_writer *writer, const char *name, const void *bytes, size_t size)
{
	keep_error(writer, fdt_property(writer->tree, name, bytes, (int)size));
}

void guest_flag(struct guest_writer *writer, const char *name)
{
	guest_bytes(writer, name, "", 0);
}

void guest_text(struct guest_writer *writer, const char *name, const char *text)
{
	guest_bytes(writer, name, text, strlen(text) + 1);
}

void guest_cells(struct guest_writer *writer, const char *name, const uint32_t *values, size_t count)
{
	fdt32_t *cells = memory_zeroed(count, sizeof(*cells));

	for (size_t i = 0; i < count; i++)
		cells[i] = cpu_to_fdt32(values[i]);
	guest_bytes(writer, name, cells, count * sizeof(*cells));
}

void guest_cell(struct guest_writer *writer, const char *name, uint32_t value)
{
	guest_cells(writer, name, &value, 1);
}

void guest_number(struct guest_writer *writer, const char *name, uint64_t value)
{
	fdt64_t pair = cpu_to_fdt64(value);

	guest_bytes(writer, name, &pair, sizeof(pair));
}

void guest_ranges(struct guest_writer *writer, const char *name, const struct range *ranges, size_t count)
{
	fdt64_t *pairs = memory_zeroed(2 * count, sizeof(*pairs));

	for (size_t i = 0; i < count; i++) {
		pairs[2 * i] = cpu_to_fdt64(ranges[i].base);
		pairs[2 * i + 1] = cpu_to_fdt64(ranges[i].size);
	}
	guest_bytes(writer, name, pairs, 2 * count * sizeof(*pairs));
}

void guest_copy(struct guest_writer *writer, int node, const char *name)
{
	int size;
	const void *bytes = fdt_getprop(writer->model->tree, node, name, &size);

	if (bytes)
		guest_bytes(writer, name, bytes, (size_t)size);
}

uint32_t guest_interrupt_cells(const struct model *model)
{
	uint32_t cells = 3;

	tree_cell(model->tree, model->board.gic.node, "#interrupt-cells", &cells);
	return cells;
}

void guest_interrupts(struct guest_writer *writer, const struct interrupt *interrupts, size_t count)
{
	uint32_t width = guest_interrupt_cells(writer->model);
	uint32_t *cells = memory_zeroed(count * width, sizeof(*cells));

	for (size_t i = 0; i < count; i++) {
		bool is_private = interrupts[i].id < 32;

		cells[i * width] = is_private ? 1 : 0;
		cells[i * width + 1] = interrupts[i].id - (is_private ? 16u : 32u);
		cells[i * width + 2] = interrupts[i].flags;
	}
	guest_cells(writer, "interrupts", cells, count * width);
}
