/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of a flattened tree, whole: registers, windows and interrupts, those of their parts included. For the
 * verifier only, and so written apart from the planner's own (read_parts.h). Not here: who owns them.
 */
#ifndef PLANNER_VERIFY_DEVICE_H
#define PLANNER_VERIFY_DEVICE_H

#include "plan/plan.h"
#include "planner/verify_tree.h"

#define VERIFY_NO_OWNER PLAN_NONE

struct verify_device {
	int node;
	struct plan_range *ranges; /* of registers, then of windows; as the cores see them */
	size_t range_count;
	struct plan_range *ports; /* x86 */
	size_t port_count;
	struct verify_interrupt *interrupts; /* at the interrupt controller: its own, then those of its parts */
	size_t interrupt_count;
	bool is_function;  /* x86: of PCI */
	uint16_t function; /* its bus, device and number: IEEE 1275's PCI binding */
	uint64_t table;    /* of its messages (MSI-X): address, and how many; 0 = it has none */
	uint32_t messages;
	const char *lost; /* what of it cannot be followed, as the rest of a sentence; or NULL */
	bool disabled;
	uint16_t owner; /* partition, or VERIFY_NO_OWNER */
};

/* In the tree's order. */
struct verify_devices {
	struct verify_device *devices;
	size_t count;
};

/* All devices, but for what nobody can own: the interrupt controller `gic`, cores, memory, firmware. Cannot fail. */
struct verify_devices verify_devices_read(const struct verify_tree *tree, int gic);

/* The device that the node is; NULL when it is none. */
struct verify_device *verify_devices_find(const struct verify_devices *devices, int node);

/*
 * Whether partition `taker` gets the device by `take`: nobody has it, it is enabled, all of it can be followed, and it has
 * neither a page nor a shared interrupt in common with another's device. What only interrupts its own core is the core's.
 */
bool verify_device_is_taken(const struct verify_devices *devices, const struct verify_device *device, uint16_t taker);

#endif
