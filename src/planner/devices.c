/* SPDX-License-Identifier: Apache-2.0 */
/* `bulkhead devices`: a short block for each device. Not here: what a partition may own of them (check_device.c). */
#include "planner/devices.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "planner/message.h"
#include "planner/nodes.h"
#include "planner/read.h"
#include "planner/reference.h"
#include "planner/uart.h"

static void registers_print(const struct device *device)
{
	for (size_t i = 0; i < device->register_count; i++)
		printf("    %-15s 0x%" PRIx64 " +0x%" PRIx64 "\n", i < device->reg_count ? "registers" : "window",
		       device->registers[i].base, device->registers[i].size);
	for (size_t i = 0; i < device->port_count; i++)
		printf("    %-15s 0x%x +0x%x\n", "ports", device->ports[i].base, device->ports[i].count);
}

static const char *interrupt_kind(const struct model *model, uint32_t id)
{
	if (model->board.arch == PLAN_ARCH_X86)
		return "pin";
	return id < 32 ? "PPI" : "SPI";
}

static void interrupts_print(const struct model *model, const struct device *device)
{
	if (device->interrupt_count > 0) {
		printf("    %-15s", "interrupts");
		for (size_t i = 0; i < device->interrupt_count; i++) {
			const struct interrupt *interrupt = &device->interrupts[i];
			bool is_private = interrupt->id < 32;

			printf("%s %s %d %s", i > 0 ? "," : "", interrupt_kind(model, interrupt->id),
			       interrupt->id - (is_private ? 16 : 32), interrupt->edge ? "edge" : "level");
		}
		putchar('\n');
	}
	if (device->controller >= 0)
		printf("    %-15s %s\n", "behind", tree_path(model->tree, device->controller));
}

/* The device that a node is a part of, or the node itself. */
static const char *owner_path(const struct model *model, size_t index)
{
	const struct node *node = &model->nodes[index];

	return node->device >= 0 ? model->devices[node->device].path : tree_path(model->tree, node->offset);
}

/* What the device refers to, with the streams of an IOMMU; repetitions are told once. */
static void references_print(const struct model *model, const struct device *device)
{
	const char *last_property = NULL;
	size_t last = NODES_NONE;
	struct reference reference;

	for (reference_begin(&reference, model, device->node, NULL); reference_next(&reference);) {
		size_t arguments = reference.row->rule == REFERENCE_DROP ? reference.argument_count : 0;
		bool leads = reference.target != NODES_NONE;

		if (strncmp(reference.property, "interrupt", 9) == 0 ||
		    (arguments == 0 && reference.property == last_property && reference.target == last))
			continue;
		last_property = reference.property;
		last = reference.target;
		printf("    %-15s %s", last_property, leads ? owner_path(model, last) : "nothing, or is cut short");
		for (size_t i = 0; leads && i < arguments; i++)
			printf(" 0x%x", fdt32_ld(&reference.arguments[i]));
		putchar('\n');
	}
}

static void device_print(const struct model *model, const struct device *device)
{
	const char *compatible = fdt_stringlist_get(model->tree, device->node, "compatible", 0, NULL);
	const struct uart *uart = uart_find(model->tree, device->node);
	const char *driver = uart == NULL ? NULL : uart_driver(uart, model->board.arch, device);

	printf("%s%s%s%s\n", device->path, compatible == NULL ? "" : "  ", compatible == NULL ? "" : compatible,
	       device->disabled != 0 ? "  (disabled)" : "");
	registers_print(device);
	interrupts_print(model, device);
	references_print(model, device);
	if (uart != NULL)
		printf("    %-15s %s\n", "driver", driver == NULL ? "none in the hypervisor" : driver);
	if (device->unavailable != NULL)
		printf("    %-15s it %s\n", "nobody's", device->unavailable);
	if (device->owner >= 0)
		printf("    %-15s %s\n", "owner", model->partitions[device->owner].name);
}

int devices_list(const char *file)
{
	struct model model;

	if (!read_description(&model, file) || message_errors() != 0)
		return 1;
	for (size_t i = 0; i < model.device_count; i++)
		device_print(&model, &model.devices[i]);
	return 0;
}
