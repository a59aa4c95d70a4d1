/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of the first pass, in the order in which read_model calls them. Each reports what it finds wrong. Not
 * here: the pass itself (read.h).
 */
#ifndef PLANNER_READ_PARTS_H
#define PLANNER_READ_PARTS_H

#include "planner/model.h"
#include "planner/tree.h"

/*
 * The cores, the RAM less what is reserved, the firmware, the timer and the interrupt controller. What the hypervisor
 * needs of them and does not find is kept in the board's shortfalls, which read_machine_report reports.
 */
void read_machine(struct model *model);
void read_machine_report(const struct model *model);

/* Keeps what is wrong for read_machine_report: `devices` and `tree` do with less of a board. */
void read_shortfall(struct board *board, struct location location, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Calls `use` for each range, as the cores see it, in the `reg` of `node`. */
void read_ranges(struct board *board, const void *tree, int node,
		 void (*use)(struct board *board, uint64_t base, uint64_t size));

/* All nodes that a partition can own. Needs the interrupt controller. */
void read_devices(struct model *model);

/* Why nobody can own a device, as the rest of a sentence, and the property that says so. The first reason stays. */
void read_set_unavailable(const struct model *model, struct device *device, const char *property, const char *reason);

/* The node `bulkhead`. Needs the devices. */
void read_board(struct model *model);

/* The node `domains`. Needs cores and devices. */
void read_partitions(struct model *model);

/*
 * One interrupt specifier of the GIC (three cells or more: Linux's arm,gic-v3 binding). False when it names no PPI or
 * SPI.
 */
bool read_interrupt(const struct tree_cells *cells, size_t first, struct interrupt *interrupt);

/* The property that holds the interrupts of `node`: interrupts-extended has precedence (Devicetree Specification 0.4, 2.4.1). */
const char *read_interrupts_name(const void *tree, int node);

/*
 * What that property of a node that only the GIC serves holds, in its order, and how many; what names no PPI or SPI of the GIC has
 * id 0. Needs the interrupt controller.
 */
struct interrupt *read_gic_interrupts(const struct model *model, int node, size_t *count);

/*
 * Why no partition can own `node`, as the rest of a sentence ("is the interrupt controller: ..."); NULL when one can.
 */
const char *read_why_reserved(const struct model *model, int node);

#endif
