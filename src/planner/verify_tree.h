/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and interrupts of a flattened tree's nodes, as cores and interrupt controller see them. For the verifier only,
 * and so written apart from the planner's own (read_bus.h). Not here: who owns them.
 */
#ifndef PLANNER_VERIFY_TREE_H
#define PLANNER_VERIFY_TREE_H

#include <libfdt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERIFY_TREE_DEPTH 64
#define VERIFY_TREE_IOAPIC "intel,ce4100-ioapic" /* an I/O APIC's `compatible`, which makes a board an x86 one */
#define VERIFY_TREE_LAPIC "intel,ce4100-lapic"
#define VERIFY_TREE_PCI "pci-host-ecam-generic" /* x86: the board's PCI host, and its IOMMU */
#define VERIFY_TREE_IOMMU "amd,iommu"
#define VERIFY_TREE_PINS 24u /* that it has: 82093AA, 3.2.4 */

struct verify_node {
	int offset, parent; /* of the root: below 0 */
	uint32_t phandle;
};

/* A flattened tree, and where its nodes lie: libfdt alone would go through all of it for each parent and phandle. */
struct verify_tree {
	const void *fdt;
	struct verify_node *nodes;      /* by offset */
	struct verify_node *by_phandle; /* the same by phandle */
	size_t count;
};

/* Takes a whole tree, which stays in use. Cannot fail. */
struct verify_tree verify_tree_open(const void *fdt);

/* Where in `nodes` a node stands: 0, the root, when it is not there. */
size_t verify_tree_index(const struct verify_tree *tree, int node);

/* A node's parent, and the node that a phandle names; below 0 when there is none. */
int verify_tree_parent(const struct verify_tree *tree, int node);
int verify_tree_follow(const struct verify_tree *tree, uint32_t phandle);

/* The cells of a property, in the machine's byte order; count 0 where it is absent. */
struct verify_cells {
	const fdt32_t *cell;
	size_t count;
};

struct verify_cells verify_tree_cells(const struct verify_tree *tree, int node, const char *name);
uint32_t verify_tree_cell(const struct verify_cells *cells, size_t index);

/* The number in `count` (1 or 2) cells from `index` on; 0 where these are not all there. */
uint64_t verify_tree_number(const struct verify_cells *cells, size_t index, size_t count);

/* The first node that has `name` among its `compatible`, or below 0. */
int verify_tree_compatible(const struct verify_tree *tree, const char *name);

/*
 * Range `index` of the node's `reg`, as the cores see it. False when there is none of this number; *reachable is false when
 * there is, but no core can reach it, or it is cut short.
 */
bool verify_tree_range(const struct verify_tree *tree, int node, size_t index, uint64_t *base, uint64_t *size,
		       bool *reachable);

/* The same of the windows that a bridge with addresses of three cells (a PCI host) has in its `ranges`. */
bool verify_tree_window(const struct verify_tree *tree, int node, size_t index, uint64_t *base, uint64_t *size,
			bool *reachable);

/* Whether the node's own `status` says that it is there. */
bool verify_tree_is_enabled(const struct verify_tree *tree, int node);

/* Whether `reg` of a node is made of I/O ports: the node is on an x86 board's ISA bus. */
bool verify_tree_is_ported(const struct verify_tree *tree, int node);

/* Ports `index` of such a node. False when there are none of this number; *known is false when they are no I/O ports. */
bool verify_tree_ports(const struct verify_tree *tree, int node, size_t index, uint64_t *base, uint64_t *count,
		       bool *known);

/* Whether addresses of what lies below the node are such that a core can reach them. */
bool verify_tree_is_bus(const struct verify_tree *tree, int node);

/* What an interrupt of a node is: the interrupt controller's id, and whether an edge triggers it. */
struct verify_interrupt {
	uint32_t id;
	bool edge;
};

/*
 * FOREIGN: it ends at another controller than the interrupt controller. LOST: it leads nowhere. END: there are no more; CUT:
 * whether there are more cannot be told.
 */
enum verify_found { VERIFY_FOUND, VERIFY_FOREIGN, VERIFY_LOST, VERIFY_END, VERIFY_CUT };

typedef enum verify_found verify_tree_reader(const struct verify_tree *tree, int node, int gic, size_t index,
					     struct verify_interrupt *interrupt);

/* Interrupt `index` of the node, followed to `gic` through nexus nodes and controllers that hand on what they get. */
verify_tree_reader verify_tree_interrupt;

/* The same of what the node, a nexus, maps for those behind it: row `index` of its interrupt-map. */
verify_tree_reader verify_tree_bridged;

#endif
