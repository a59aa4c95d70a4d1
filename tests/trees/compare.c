/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares what the planner and the verifier make of the devices of flattened trees, which they read apart from each other:
 * `compare FILE ...` prints each difference and how much it compared. Not here: what would be right (sweep.py).
 */
#include <inttypes.h>
#include <stdio.h>

#include "planner/message.h"
#include "planner/read.h"
#include "planner/verify_device.h"

static size_t difference_count, device_count, range_count, interrupt_count;

static void differ(const struct model *model, const char *path, const char *what)
{
	printf("%s: %s: %s\n", model->file, path, what);
	difference_count++;
}

static bool ranges_equal(const struct device *a, const struct verify_device *b)
{
	bool equal = a->register_count == b->range_count && a->port_count == b->port_count;

	for (size_t i = 0; equal && i < b->range_count; i++)
		equal = a->registers[i].base == b->ranges[i].base && a->registers[i].size == b->ranges[i].size;
	for (size_t i = 0; equal && i < b->port_count; i++)
		equal = a->ports[i].base == b->ports[i].base && a->ports[i].count == b->ports[i].size;
	return equal;
}

static bool interrupts_equal(const struct device *a, const struct verify_device *b)
{
	bool equal = a->interrupt_count == b->interrupt_count;

	for (size_t i = 0; equal && i < b->interrupt_count; i++) {
		bool found = false;

		for (size_t j = 0; j < a->interrupt_count; j++)
			found = found || (a->interrupts[j].id == b->interrupts[i].id &&
					  a->interrupts[j].edge == b->interrupts[i].edge);
		equal = found;
	}
	return equal;
}

static void compare_device(const struct model *model, const struct device *a, const struct verify_device *b)
{
	device_count++;
	range_count += b->range_count;
	interrupt_count += b->interrupt_count;
	if (!ranges_equal(a, b))
		differ(model, a->path, "other registers");
	if (!interrupts_equal(a, b))
		differ(model, a->path, "other interrupts");
	if ((a->disabled != 0) != b->disabled)
		differ(model, a->path, "enabled for one of them only");
	if ((a->unavailable == NULL) != (b->lost == NULL))
		differ(model, a->path, a->unavailable == NULL ? b->lost : a->unavailable);
}

static void compare(const char *file)
{
	struct verify_devices devices;
	struct verify_tree tree;
	struct model model;
	size_t seen = 0;

	if (!read_description(&model, file)) {
		difference_count++;
		return;
	}
	tree = verify_tree_open(model.tree);
	devices = verify_devices_read(&tree, model.board.gic.node);
	for (size_t i = 0; i < model.device_count; i++) {
		const struct verify_device *other = verify_devices_find(&devices, model.devices[i].node);

		if (other == NULL) {
			differ(&model, model.devices[i].path, "no device for the verifier");
			continue;
		}
		seen++;
		compare_device(&model, &model.devices[i], other);
	}
	if (seen != devices.count)
		differ(&model, "/", "more devices for the verifier");
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		compare(argv[i]);
	printf("%d trees: %zu devices, %zu ranges, %zu interrupts, %zu differences\n", argc - 1, device_count,
	       range_count, interrupt_count, difference_count);
	return difference_count == 0 && message_errors() == 0 ? 0 : 1;
}
