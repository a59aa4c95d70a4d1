/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The properties that make a partition an owner. Not here: the table of all properties (read_partition.c).
 */
#ifndef PLANNER_READ_OWNERSHIP_H
#define PLANNER_READ_OWNERSHIP_H

#include "planner/property.h"

/* The cells of a property that names nodes; none, reported, when it names no `what`. */
struct tree_cells read_names(const struct property_reading *reading, const char *what);

/* `cpus`, `access` and `device-map`, in this order: what they name gets the partition as its owner. */
void read_cpus(const struct property_reading *reading);
void read_access(const struct property_reading *reading);
void read_device_map(const struct property_reading *reading);

/* The device that `node` is, or NULL. */
struct device *read_device_at(const struct model *model, int node);

/* Makes partition `index` the owner of `device`, which has none; `location` says where. */
void read_own_device(struct model *model, size_t index, struct device *device, struct location location);

/*
 * `take` and `except` of all partitions, once what they name has its owners: the taker gets all devices that are left
 * and can be owned.
 */
void read_take(struct model *model);

#endif
