/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts on their way to the GIC: through nexus nodes (interrupt-map) and controllers that pass them on. Devicetree
 * Specification 0.4, section 2.4. Not here: whose they are.
 */
#ifndef PLANNER_SIGNAL_H
#define PLANNER_SIGNAL_H

#include "planner/model.h"
#include "planner/tree.h"

/* An interrupt as some node sees it. */
struct signal {
	int controller;           /* node that it goes to, -1 = none */
	const fdt32_t *specifier; /* in that controller's cells */
	size_t count;
	const fdt32_t *unit; /* the node's unit address, for nexus nodes; zeros behind its end */
	size_t unit_count;
};

enum signal_end {
	SIGNAL_GIC,     /* the GIC takes it, or a controller that adds nothing to it */
	SIGNAL_LAYERED, /* the GIC takes it, as a controller before it sees fit (polarity, for instance) */
	SIGNAL_OTHER,   /* another controller takes it and raises its own */
	SIGNAL_NOWHERE, /* it leads to no controller, or the board has it wrong */
};

/*
 * The node that interrupts of `node` go to: its own or the next inherited `interrupt-parent`, or the next interrupt
 * controller or nexus above it. -1 for none. Cannot fail.
 */
int signal_parent(const struct model *model, int node);

/*
 * Follows `signal` to its end and leaves there the controller that takes it, and in `interrupt` its GIC id for the
 * first two ends. `why` gets, for SIGNAL_NOWHERE, the rest of a sentence about the device. Cannot fail otherwise.
 */
enum signal_end signal_follow(const struct model *model, struct signal *signal, struct interrupt *interrupt,
			      const char **why);

#endif
