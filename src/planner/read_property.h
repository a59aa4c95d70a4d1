/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A property of a partition while it is being read, for the files that share this work. Not here: the table of all
 * properties (read_partition.c).
 */
#ifndef PLANNER_READ_PROPERTY_H
#define PLANNER_READ_PROPERTY_H

#include "planner/model.h"
#include "planner/tree.h"

#define READ_MAX_CHOICES 6

struct choice {
	const char *value;
	bool available;
};

struct property;

/* The property being read, and of which partition. */
struct reading {
	struct model *model;
	size_t index;
	struct partition *partition;
	const struct property *property;
	struct location location;
};

struct property {
	const char *name;
	void (*read)(const struct reading *reading);
	struct choice choices[READ_MAX_CHOICES]; /* the values that it can have, where these can be listed */
};

/* The cells of the property; none, reported, when it is not made of cells. */
struct tree_cells read_property_cells(const struct reading *reading);

/* True when there are cells; reports that the property names no `what` otherwise. */
bool read_property_names(const struct reading *reading, const struct tree_cells *cells, const char *what);

/* The properties `cpus`, `access` and `device-map`, in this order: what they name gets this partition as its owner. */
void read_cpus(const struct reading *reading);
void read_access(const struct reading *reading);
void read_device_map(const struct reading *reading);

#endif
