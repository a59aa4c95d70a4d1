/* SPDX-License-Identifier: Apache-2.0 */
/* Thin layer over libfdt's sequential write. Not here: nodes. */
#include "planner/guest_writer.h"

#include <libfdt.h>
#include <string.h>

#include "planner/memory.h"
#include "planner/read_parts.h"
#include "planner/tree.h"

static void keep_error(struct guest *guest, int error)
{
	if (guest->error == 0)
		guest->error = error;
}

void guest_node(struct guest *guest, const char *name)
{
	keep_error(guest, fdt_begin_node(guest->tree, name));
}

void guest_end(struct guest *guest)
{
	keep_error(guest, fdt_end_node(guest->tree));
}

void guest_bytes(struct guest *guest, const char *name, const void *bytes, size_t size)
{
	keep_error(guest, fdt_property(guest->tree, name, size == 0 ? "" : bytes, (int)size));
}

void guest_flag(struct guest *guest, const char *name)
{
	guest_bytes(guest, name, "", 0);
}

void guest_text(struct guest *guest, const char *name, const char *text)
{
	guest_bytes(guest, name, text, strlen(text) + 1);
}

void guest_cell(struct guest *guest, const char *name, uint32_t value)
{
	fdt32_t cell = cpu_to_fdt32(value);

	guest_bytes(guest, name, &cell, sizeof(cell));
}

void guest_numbers(struct guest *guest, const char *name, const uint64_t *values, size_t count)
{
	fdt64_t *pairs = memory_zeroed(count, sizeof(*pairs));

	for (size_t i = 0; i < count; i++)
		pairs[i] = cpu_to_fdt64(values[i]);
	guest_bytes(guest, name, pairs, count * sizeof(*pairs));
}

void guest_number(struct guest *guest, const char *name, uint64_t value)
{
	guest_numbers(guest, name, &value, 1);
}

void guest_ranges(struct guest *guest, const char *name, const struct range *ranges, size_t count)
{
	uint64_t *values = memory_zeroed(2 * count, sizeof(*values));

	for (size_t i = 0; i < count; i++) {
		values[2 * i] = ranges[i].base;
		values[2 * i + 1] = ranges[i].size;
	}
	guest_numbers(guest, name, values, 2 * count);
}

void guest_copy(struct guest *guest, int offset, const char *name)
{
	int size;
	const void *bytes = fdt_getprop(guest->model->tree, offset, name, &size);

	if (bytes)
		guest_bytes(guest, name, bytes, (size_t)size);
}

size_t guest_interrupt_cells(const struct model *model)
{
	size_t cells = tree_count(model->tree, model->board.gic.node, "#interrupt-cells", 3);

	return cells < 3 ? 3 : cells;
}

void guest_interrupts(struct guest *guest, const struct interrupt *interrupts, size_t count)
{
	size_t width = guest_interrupt_cells(guest->model);
	fdt32_t *cells = memory_zeroed(count * width, sizeof(*cells));

	for (size_t i = 0; i < count; i++) {
		bool is_private = interrupts[i].id < 32;

		cells[i * width] = cpu_to_fdt32(is_private ? 1 : 0);
		cells[i * width + 1] = cpu_to_fdt32(interrupts[i].id - (is_private ? 16u : 32u));
		cells[i * width + 2] = cpu_to_fdt32(interrupts[i].flags);
	}
	guest_bytes(guest, "interrupts", cells, count * width * sizeof(*cells));
}

void guest_copy_interrupts(struct guest *guest, int offset)
{
	size_t count, kept = 0;
	struct interrupt *interrupts = read_gic_interrupts(guest->model, offset, &count);

	for (size_t i = 0; i < count; i++) {
		if (interrupts[i].id != 0)
			interrupts[kept++] = interrupts[i];
	}
	guest_interrupts(guest, interrupts, kept);
}
