/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partition's device tree on its way from the board's: what is kept of that, and the pieces that write it front to
 * back. The first failure is kept and ends all further writing. Not here: the tree as a whole (guest_tree.h).
 */
#ifndef PLANNER_GUEST_WRITER_H
#define PLANNER_GUEST_WRITER_H

#include "planner/model.h"
#include "planner/read_bus.h"
#include "planner/reference.h"

enum guest_keep {
	GUEST_NOTHING, /* nor of what lies below it */
	GUEST_PASSED,  /* another's device on the way to what is kept, which moves up */
	GUEST_BUS,     /* a way to what is kept: its addresses alone */
	GUEST_WHOLE,   /* the partition's own, or a copy of something that any number of partitions can have */
};

/* A fixed clock in place of one that is another's. */
struct guest_clock {
	uint32_t rate, phandle;
};

struct guest {
	const struct model *model;
	struct partition *partition;
	size_t index;          /* of the partition */
	bool is_judged;        /* what is wrong with the partition's devices is reported */
	bool has_tree;         /* it gets one: then clocks must have rates, too */
	enum guest_keep *keep; /* a node of the model */
	struct guest_clock *clocks;
	size_t clock_count;
	uint32_t gic_phandle, last_phandle;
	void *tree;
	int error; /* of libfdt, negative; 0 = none */
};

/*
 * Decides what `guest`, of which model, partition and index are set, keeps and has in place of what it cannot have; the
 * partition's substitutions and their owners' `provides` say so, too. Reports a clock whose rate nobody knows. Once a
 * partition, before any tree is written.
 */
void guest_prune(struct guest *guest);

/* True when the node, an index into model->nodes, is in the partition's tree; its interrupt controller is. */
bool guest_has(const struct guest *guest, size_t node);

/* True when property `name` of the node at `offset` cannot stand in the partition's tree, nor a part of its like. */
bool guest_loses(const struct guest *guest, int offset, const char *name);

/* The phandle of the clock that takes the place of `reference`; 0: the partition has the clock itself. */
uint32_t guest_clock(const struct guest *guest, int offset, const struct reference *reference);

/* Name and path of a kept node in the partition's tree: unit addresses are where the partition sees its devices. */
const char *guest_name(const struct guest *guest, size_t node);
const char *guest_path(const struct guest *guest, size_t node);

/* Writes all that is kept below `bus`. */
void guest_nodes(struct guest *guest, const struct read_bus *bus);

/* Node and property calls; each cannot fail but for `error`. Numbers are written as 32-bit cells, high one first. */
void guest_node(struct guest *guest, const char *name);
void guest_end(struct guest *guest);
void guest_flag(struct guest *guest, const char *name);
void guest_text(struct guest *guest, const char *name, const char *text);
void guest_bytes(struct guest *guest, const char *name, const void *bytes, size_t size);
void guest_cell(struct guest *guest, const char *name, uint32_t value);
void guest_number(struct guest *guest, const char *name, uint64_t value);
void guest_numbers(struct guest *guest, const char *name, const uint64_t *values, size_t count);
void guest_ranges(struct guest *guest, const char *name, const struct range *ranges, size_t count);

/* The board's property `name` of the node at `offset`, as it stands there; nothing where there is none. */
void guest_copy(struct guest *guest, int offset, const char *name);

/* Cells of an interrupt specifier, at least 3 (Linux's arm,gic-v3 binding); further ones are written as 0. */
size_t guest_interrupt_cells(const struct model *model);

/* An `interrupts` property of the given interrupts, for the partition's virtual interrupt controller. */
void guest_interrupts(struct guest *guest, const struct interrupt *interrupts, size_t count);

/* The same of the board's interrupts of the node at `offset`, which go to the interrupt controller. */
void guest_copy_interrupts(struct guest *guest, int offset);

#endif
