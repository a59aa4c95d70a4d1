/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks devices that somebody owns, against each other and against the hypervisor's. Not here: where they appear in
 * guest-physical space (check_memory.c).
 */
#include <inttypes.h>
#include <string.h>

#include "planner/align.h"
#include "planner/check_parts.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/tree.h"
#include "planner/x86/check.h"
#include "planner/x86/pci.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * What tells a DMA master. A property or a compatible proves it: an IOMMU and an ITS have tables and queues wherever
 * they are told, an HPET writes its interrupts there. A generic name (Devicetree Specification 0.4, section 2.2.2) of a
 * kind of device that moves its data by itself makes it likely enough to be refused.
 */
static const char *const master_properties[] = {
	"iommus",          "iommu-map",  "#iommu-cells", "dma-coherent",
	"dma-noncoherent", "dma-ranges", "#dma-cells",   "dma-channels",
};
static const char *const master_names[] = {
	"dma-controller", "dma", "ethernet", "usb", "pcie",   "pci",         "mmc",    "sata",       "ufs", "gpu",
	"video-codec",    "vpu", "display",  "npu", "crypto", "virtio_mmio", "fw-cfg", "can-fd-dma",
};
static const char *const master_kinds[] = {"virtio,mmio", "qemu,fw-cfg-mmio", "arm,gic-v3-its", "intel,ce4100-hpet"};

static bool is_master(const struct model *model, const struct device *device, const char **reason)
{
	size_t length = strcspn(device->name, "@");

	for (size_t i = 0; i < COUNT(master_properties); i++) {
		*reason = master_properties[i];
		if (tree_has(model->tree, device->node, *reason))
			return true;
	}
	for (size_t i = 0; i < COUNT(master_kinds); i++) {
		*reason = master_kinds[i];
		if (fdt_node_check_compatible(model->tree, device->node, *reason) == 0)
			return true;
	}
	for (size_t i = 0; i < COUNT(master_names); i++) {
		*reason = master_names[i];
		if (strlen(*reason) == length && strncmp(device->name, *reason, length) == 0)
			return true;
	}
	return false;
}

/* On Arm no IOMMU is driven yet: with one named or not, DMA goes where the device's owner says, in physical addresses. */
static void check_dma(const struct model *model, const struct partition *partition, const struct device *device)
{
	const char *reason;

	if (x86_pci_is_confined(model, device) || (device->function == NULL && !is_master(model, device, &reason)))
		return;
	if (device->function != NULL)
		message_error(
			device->taken,
			"partition '%s': %s is a PCI function, whose DMA nothing confines: the board has no IOMMU "
			"(\"amd,iommu\"); leave it out",
			partition->name, device->name);
	else if (!partition->direct_map)
		message_error(
			device->taken,
			"partition '%s': %s is a DMA master (%s) without an IOMMU that is available yet: it would miss "
			"the partition's memory and hit another's; leave it out, or use `direct-map` and "
			"trust the partition",
			partition->name, device->name, reason);
	else
		message_warning(device->taken,
				"partition '%s': the DMA of %s (%s) is confined by no IOMMU: it reaches all memory",
				partition->name, device->name, reason);
}

static void check_registers(const struct model *model, const struct partition *partition, const struct device *device)
{
	for (size_t i = 0; i < device->register_count; i++) {
		const struct range *range = &device->registers[i];

		if (range->base + range->size < range->base ||
		    !check_is_addressable(&model->board, range->base, range->size))
			message_error(device->location,
				      "%s: registers at %#" PRIx64 ", size %#" PRIx64
				      " are beyond the board's %u address bits",
				      device->name, range->base, range->size, model->board.pa_bits);
		else if (check_touches_ram(&model->board, range->base, range->size))
			message_error(device->taken,
				      "partition '%s': the registers of %s at %#" PRIx64
				      " lie in RAM (%s): owning it would give RAM "
				      "away",
				      partition->name, device->name, range->base, device->location.where);
	}
}

void check_device_is_there(const struct model *model, const struct partition *partition, const struct device *device)
{
	if (device->disabled != 0)
		message_error(
			device->taken,
			"partition '%s': %s is disabled (status, %s); if the board has it, say status = \"okay\" in its file",
			partition->name, device->name, locate_property(model->tree, device->disabled, "status").where);
	if (device->unavailable != NULL)
		message_error(device->unavailable_at, "%s %s, but partition '%s' owns it (%s)", device->name,
			      device->unavailable, partition->name, device->taken.where);
}

static void check_device(const struct model *model, const struct partition *partition, const struct device *device)
{
	check_device_is_there(model, partition, device);
	x86_check_ports(model, partition, device);
	x86_pci_check_device(model, partition, device);
	check_registers(model, partition, device);
	check_dma(model, partition, device);
}

/* The first page that both ranges touch. */
static bool shares_page(const struct range *a, const struct range *b, uint64_t *page)
{
	uint64_t a_base = align_down(a->base, PAGE_SIZE), b_base = align_down(b->base, PAGE_SIZE);

	*page = a_base > b_base ? a_base : b_base;
	return range_overlaps(a_base, align_up(a->base + a->size, PAGE_SIZE) - a_base, b_base,
			      align_up(b->base + b->size, PAGE_SIZE) - b_base);
}

static bool devices_share_page(const struct device *a, const struct device *b, uint64_t *page)
{
	for (size_t i = 0; i < a->register_count; i++) {
		for (size_t j = 0; j < b->register_count; j++) {
			if (shares_page(&a->registers[i], &b->registers[j], page))
				return true;
		}
	}
	return false;
}

static const struct interrupt *shared_interrupt(const struct device *a, const struct device *b)
{
	for (size_t i = 0; i < a->interrupt_count; i++) {
		for (size_t j = 0; j < b->interrupt_count; j++) {
			/* PPIs (16-31) are each core's own. */
			if (a->interrupts[i].id >= 32 && a->interrupts[i].id == b->interrupts[j].id)
				return &a->interrupts[i];
		}
	}
	return NULL;
}

const char *check_interrupt_name(const struct model *model, uint32_t id)
{
	return memory_text(model->board.arch == PLAN_ARCH_X86 ? "pin %u of the I/O APIC" : "SPI %u", id - 32);
}

bool check_devices_touch(const struct device *a, const struct device *b)
{
	uint64_t page;
	uint32_t port;

	return devices_share_page(a, b, &page) || x86_check_shared_port(a, b, &port) || shared_interrupt(a, b) != NULL;
}

static const char *owner_name(const struct model *model, const struct device *device)
{
	return model->partitions[device->owner].name;
}

static void check_owned_pair(const struct model *model, const struct device *first, const struct device *second)
{
	const struct interrupt *interrupt = shared_interrupt(first, second);
	uint64_t page;

	if (devices_share_page(first, second, &page))
		message_error(second->taken,
			      "partition '%s' and partition '%s' both own the page at %#" PRIx64
			      ", which holds %s and %s "
			      "(also %s); give both to one of them",
			      owner_name(model, second), owner_name(model, first), page, second->name, first->name,
			      first->taken.where);
	if (interrupt != NULL)
		message_error(second->taken,
			      "partition '%s' and partition '%s' both own %s, of %s and %s (also %s); give both to "
			      "one of them",
			      owner_name(model, second), owner_name(model, first),
			      check_interrupt_name(model, interrupt->id), second->name, first->name,
			      first->taken.where);
	x86_check_pair(model, first, second);
	x86_pci_check_pair(model, first, second);
}

/* What lies in a partition's page is in its hands, though nobody gave it away. What the board disables is not in use. */
static void check_half_owned_pair(const struct model *model, const struct device *owned, const struct device *free)
{
	uint64_t page;

	if (free->disabled != 0 || !devices_share_page(owned, free, &page))
		return;
	if (free - model->devices == model->board.console)
		message_error(owned->taken,
			      "partition '%s': the page of %s at %#" PRIx64
			      " also holds %s, the hypervisor's console (%s); own it, too, or none of both",
			      owner_name(model, owned), owned->name, page, free->name,
			      locate_property(model->tree, model->board.node, "console").where);
	else
		message_warning(owned->taken,
				"partition '%s': the page of %s at %#" PRIx64 " also holds %s, which nobody owns (%s)",
				owner_name(model, owned), owned->name, page, free->name, free->location.where);
}

static void check_pair(const struct model *model, const struct device *a, const struct device *b)
{
	if (a->owner == b->owner)
		return;
	if (a->owner < 0)
		check_half_owned_pair(model, b, a);
	else if (b->owner < 0)
		check_half_owned_pair(model, a, b);
	else
		check_owned_pair(model, a->owner < b->owner ? a : b, a->owner < b->owner ? b : a);
}

/* `whose` has the device, by what `location` says. */
static void check_against_gic(const struct model *model, const struct device *device, const char *whose,
			      struct location location)
{
	const struct gic *gic = &model->board.gic;
	const struct range *known[] = {&gic->distributor, &gic->redistributors, &gic->cpu_interface};
	uint64_t page;

	for (size_t i = 0; i < device->register_count; i++) {
		for (size_t j = 0; j < COUNT(known) + gic->other_count; j++) {
			const struct range *range = j < COUNT(known) ? known[j] : &gic->others[j - COUNT(known)];

			if (range->size != 0 && shares_page(&device->registers[i], range, &page))
				message_error(location,
					      "%s: the page of %s at %#" PRIx64
					      " also holds the interrupt controller, which is the hypervisor's",
					      whose, device->name, page);
		}
	}
}

void check_devices(const struct model *model)
{
	const struct board *board = &model->board;

	if (board->console >= 0 && model->devices[board->console].owner < 0)
		check_against_gic(model, &model->devices[board->console], "console",
				  locate_property(model->tree, board->node, "console"));
	for (size_t i = 0; i < model->device_count; i++) {
		const struct device *device = &model->devices[i];

		if (device->owner >= 0) {
			check_device(model, &model->partitions[device->owner], device);
			check_against_gic(model, device, memory_text("partition '%s'", owner_name(model, device)),
					  device->taken);
		}
		for (size_t j = 0; j < i; j++)
			check_pair(model, &model->devices[j], device);
	}
}
