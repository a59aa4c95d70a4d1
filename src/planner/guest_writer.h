/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device tree being written, front to back, and the pieces that write a partition's. The first failure is kept and
 * ends all further writing. Not here: which nodes a tree has (guest_tree.c).
 */
#ifndef PLANNER_GUEST_WRITER_H
#define PLANNER_GUEST_WRITER_H

#include "planner/model.h"

struct guest_writer {
	void *tree;
	int error; /* of libfdt, negative; 0 = none */
	const struct model *model;
	const struct partition *partition;
};

/* Node and property calls; each cannot fail but for `error`. Numbers are written as 32-bit cells, high one first. */
void guest_node(struct guest_writer *writer, const char *name);
void guest_end(struct guest_writer *writer);
void guest_flag(struct guest_writer *writer, const char *name);
void guest_text(struct guest_writer *writer, const char *name, const char *text);
void guest_bytes(struct guest_writer *writer, const char *name, const void *bytes, size_t size);
void guest_cell(struct guest_writer *writer, const char *name, uint32_t value);
void guest_cells(struct guest_writer *writer, const char *name, const uint32_t *values, size_t count);
void guest_number(struct guest_writer *writer, const char *name, uint64_t value);
void guest_ranges(struct guest_writer *writer, const char *name, const struct range *ranges, size_t count);

/* The board's property `name` of `node`, as it stands there; nothing where there is none. */
void guest_copy(struct guest_writer *writer, int node, const char *name);

/* Cells of an interrupt specifier, at least 3 (Linux's arm,gic-v3 binding); further ones are written as 0. */
uint32_t guest_interrupt_cells(const struct model *model);

/* An `interrupts` property of the given interrupts, for the partition's virtual interrupt controller. */
void guest_interrupts(struct guest_writer *writer, const struct interrupt *interrupts, size_t count);

/* The name of an owned device's node in the partition's tree: its unit address is where the partition sees it. */
const char *guest_device_name(const struct model *model, const struct device *device);

/* The partition's owned devices and, before them, the fixed clocks that they name; reports what cannot be given yet. */
void guest_devices(struct guest_writer *writer);

/* True for a serial port, by the generic names of the Devicetree Specification 0.4, section 2.2.2. */
bool guest_is_serial(const struct device *device);

#endif
