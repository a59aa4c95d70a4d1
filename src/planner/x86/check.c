/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of x86 boards, ports and guest memory. Not here: the command line and the kernel (start.c, linux.c). */
#include "planner/x86/check.h"

#include <inttypes.h>

#include "planner/align.h"
#include "planner/check_parts.h"
#include "planner/locate.h"
#include "planner/message.h"
#include "planner/tree.h"
#include "planner/x86/acpi.h"
#include "planner/x86/pci.h"

#define TRAMPOLINE_MOST 0xff000u /* a SIPI's vector is 8 bits of page number: Intel SDM volume 3, 10.6.1 */

#define ADDRESSES_32 (UINT64_C(1) << 32)

/* Ports that reach more than one device, or the hypervisor, and what they do. */
static const struct {
	struct ports ports;
	const char *what;
} machine_ports[] = {
	{{0x20, 2}, "is an interrupt controller of the whole machine"},
	{{0xa0, 2}, "is an interrupt controller of the whole machine"},
	{{0x64, 1}, "resets the machine"},
	{{0x92, 1}, "resets the machine"},
	{{0xb2, 2}, "raises system management interrupts"},
	{{0xcf8, 8}, "reaches all PCI devices and resets the machine"},
	{{X86_ACPI_SLEEP_PORT, 2}, "is what every guest switches itself off by"},
};

static bool ports_overlap(const struct ports *a, const struct ports *b)
{
	return range_overlaps(a->base, a->count, b->base, b->count);
}

static void check_apic(const struct model *model, const struct range *range, int node)
{
	struct location location = locate_property(model->tree, node, "reg");
	const char *name = tree_path(model->tree, node);

	if (!range_inside(range->base, range->size, 0, ADDRESSES_32))
		message_error(location, "%s: registers at %#" PRIx64 " are not below 4 GiB, where guests expect them",
			      name, range->base);
	else if (check_touches_ram(&model->board, range->base, range->size))
		message_error(location, "%s: registers at %#" PRIx64 " lie in the board's RAM", name, range->base);
}

void x86_check_board(const struct model *model)
{
	const struct board *board = &model->board;
	uint32_t trampoline = board->x86.trampoline;

	if (board->gic.distributor.size != 0 && board->gic.cpu_interface.size != 0) {
		check_apic(model, &board->gic.distributor, board->gic.node);
		check_apic(model, &board->gic.cpu_interface, board->timer_node);
	}
	x86_pci_check_board(model);
	if (board->node < 0)
		return;
	if (trampoline % PAGE_SIZE != 0 || trampoline > TRAMPOLINE_MOST ||
	    (trampoline == 0 && tree_has(model->tree, board->node, "trampoline")))
		message_error(locate_property(model->tree, board->node, "trampoline"),
			      "trampoline %#x is not a page below 1 MiB: a multiple of 4 KiB, and not 0", trampoline);
	else if (trampoline != 0 && check_touches_ram(board, trampoline, PAGE_SIZE))
		message_error(
			locate_property(model->tree, board->node, "trampoline"),
			"trampoline %#x lies in RAM that partitions can get; let the board's memory begin at 1 MiB",
			trampoline);
	if (board->load_address >= GIBIBYTE)
		message_error(locate_property(model->tree, board->node, "load-address"),
			      "load-address %#" PRIx64 " is not below 1 GiB, where an x86 loader can put an image",
			      board->load_address);
}

void x86_check_memory(const struct model *model, const struct partition *partition)
{
	if (partition->memory_count != 0 && (partition->memory[0].base != 0 || partition->memory[0].size < BLOCK_SIZE))
		message_partition(
			model, partition, "memory",
			": on x86 the first memory begins at 0 and has 2 MiB at least, for what firmware would "
			"leave there: <0x0 0x0 HIGH LOW>");
}

void x86_check_ports(const struct model *model, const struct partition *partition, const struct device *device)
{
	struct ports power_off = {model->board.x86.power_off_port, 2};

	for (size_t i = 0; i < device->port_count; i++) {
		const struct ports *ports = &device->ports[i];

		for (size_t j = 0; j < sizeof(machine_ports) / sizeof(machine_ports[0]); j++) {
			if (ports_overlap(ports, &machine_ports[j].ports))
				message_error(device->taken, "partition '%s': %s has port %#x, which %s (%s)",
					      partition->name, device->name, machine_ports[j].ports.base,
					      machine_ports[j].what, device->location.where);
		}
		if (power_off.base != 0 && ports_overlap(ports, &power_off))
			message_error(device->taken,
				      "partition '%s': %s has port %#x, which switches the machine off (%s)",
				      partition->name, device->name, power_off.base, device->location.where);
	}
}

bool x86_check_shared_port(const struct device *a, const struct device *b, uint32_t *port)
{
	for (size_t i = 0; i < a->port_count; i++) {
		for (size_t j = 0; j < b->port_count; j++) {
			const struct ports *x = &a->ports[i], *y = &b->ports[j];

			*port = x->base > y->base ? x->base : y->base;
			if (ports_overlap(x, y))
				return true;
		}
	}
	return false;
}

void x86_check_pair(const struct model *model, const struct device *first, const struct device *second)
{
	uint32_t port;

	if (x86_check_shared_port(first, second, &port))
		message_error(
			second->taken,
			"partition '%s' and partition '%s' both own port %#x, of %s and %s (also %s); give both to "
			"one of them",
			model->partitions[second->owner].name, model->partitions[first->owner].name, port, second->name,
			first->name, first->taken.where);
}
