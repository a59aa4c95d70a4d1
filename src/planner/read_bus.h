/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes as buses: how addresses of a node's children reach the cores. Devicetree Specification 0.4, section 2.3.8. Not
 * here: what the children are, and their interrupts (signal.h).
 */
#ifndef PLANNER_READ_BUS_H
#define PLANNER_READ_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct read_bus {
	const struct read_bus *parent; /* NULL: the root */
	int node;
	const char *path; /* "" for the root */
	size_t address_cells, size_cells;
	int disabled;       /* the node that is not enabled, it or one above it; 0 = none */
	bool reachable;     /* addresses of its children mean something to the cores */
	bool has_ports;     /* its children's are I/O ports: an x86 board's ISA */
	bool has_functions; /* its children are functions of an x86 board's PCI */
};

/* The root of `tree`; `reachable` unless its cells are out of range. Cannot fail. */
struct read_bus read_bus_root(const void *tree);

/* `node`, a child of `parent`, which must outlive the result. Cannot fail. */
struct read_bus read_bus_enter(const void *tree, const struct read_bus *parent, int node);

/* The bus that `node` is on, with all buses above. Cannot fail. */
const struct read_bus *read_bus_above(const void *tree, int node);

/* Makes *address, of [address, address + size) on `bus`, a physical one. False when `ranges` do not lead there. */
bool read_bus_translate(const void *tree, const struct read_bus *bus, uint64_t *address, uint64_t size);

#endif
