/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planned system, object by object. Names refer to names, never to positions. Not here: the writer (json.c), words
 * for people.
 */
#include "planner/describe.h"

#include <string.h>

#include "plan/log.h"
#include "plan/view.h"
#include "planner/json.h"
#include "planner/message.h"
#include "planner/nodes.h"
#include "planner/reference.h"
#include "planner/stage2.h"
#include "planner/tree.h"
#include "planner/uart.h"
#include "planner/x86/pci.h"

#define DESCRIBE_FORMAT 1u /* a reader refuses what it does not know; a further member is no new format */

static const char *owner_name(const struct model *model, int owner)
{
	return owner >= 0 ? model->partitions[owner].name : NULL;
}

static const char *compatible_of(const struct model *model, int node)
{
	return fdt_stringlist_get(model->tree, node, "compatible", 0, NULL);
}

/* ---- board ---- */

static void gic_write(struct json *json, const struct gic *gic)
{
	json_put(json, "gic { path %s version %u distributor { base %lx size %lu }", gic->path, gic->version,
		 gic->distributor.base, gic->distributor.size);
	if (gic->version != PLAN_GIC_V3)
		json_put(json, "cpu-interface { base %lx size %lu } }", gic->cpu_interface.base,
			 gic->cpu_interface.size);
	else
		json_put(json, "redistributors { base %lx size %lu } }", gic->redistributors.base,
			 gic->redistributors.size);
}

static void qemu_write(struct json *json, const struct qemu *qemu)
{
	if (qemu->machine == NULL) {
		json_put(json, "qemu null");
		return;
	}
	json_put(json, "qemu { machine %s cpu %s smp %u ram %s arguments [", qemu->machine, qemu->cpu, qemu->smp,
		 qemu->ram);
	for (size_t i = 0; i < qemu->argument_count; i++)
		json_put(json, "%s", qemu->arguments[i]);
	json_put(json, "] }");
}

static void ranges_write(struct json *json, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		json_put(json, "{ base %lx size %lu }", ranges[i].base, ranges[i].size);
}

static void board_write(struct json *json, const struct model *model)
{
	const struct board *board = &model->board;

	json_put(json, "board { name %s arch %s load-address %lx pa-bits %u ram [", board->name,
		 board->arch == PLAN_ARCH_X86 ? "x86" : "armv8", board->load_address, board->pa_bits);
	ranges_write(json, board->ram, board->ram_count);
	json_put(json, "] memory [");
	ranges_write(json, board->memory, board->memory_count);
	json_put(json, "]");
	gic_write(json, &board->gic);
	json_put(json,
		 "virtual-timer %u physical-timer %u spare-interrupts { first %u count %u } console %s when-all-off %s",
		 board->virtual_timer, board->physical_timer, board->spare_first, board->spare_count,
		 board->console < 0 ? NULL : model->devices[board->console].path, board->when_all_off);
	qemu_write(json, &board->qemu);
	json_put(json, "formats [");
	for (size_t i = 0; i < board->format_count; i++)
		json_put(json, "%s", board->formats[i]);
	json_put(json, "] }");
}

/* The row that the plan has for a core, or NULL: it is never started. */
static const struct plan_core *plan_core(const struct describe_source *source, size_t core)
{
	for (size_t i = 0; i < source->layout->row_count; i++) {
		if (source->layout->rows[i] == core)
			return &plan_cores(source->plan)[i];
	}
	return NULL;
}

static void core_write(struct json *json, const struct describe_source *source, size_t index)
{
	const struct model *model = source->model;
	const struct core *core = &model->cores[index];
	const struct plan_core *row = plan_core(source, index);

	json_put(json, "{ name %s path %s compatible %s mpidr %lx partition %s", core->name, core->path,
		 compatible_of(model, core->node), core->mpidr, owner_name(model, core->owner));
	if (core->owner >= 0)
		json_put(json, "virtual %lu", core->vcpu);
	json_put(json, "runs-hypervisor %d", row != NULL);
	if (row != NULL)
		json_put(json, "el2-root %lx log { base %lx size %u }", row->el2_root, row->log_pa, PLAN_LOG_SIZE);
	json_put(json, "}");
}

/* ---- devices ---- */

/* Providers and streams: what the device's own node names. */
static void references_write(struct json *json, const struct model *model, const struct device *device)
{
	struct reference reference;

	json_put(json, "references [");
	for (reference_begin(&reference, model, device->node, NULL); reference_next(&reference);) {
		const struct node *target;

		if (reference.target == NODES_NONE || strncmp(reference.property, "interrupt", 9) == 0)
			continue;
		target = &model->nodes[reference.target];
		json_put(json, "{ property %s path %s partition %s arguments [", reference.property,
			 tree_path(model->tree, target->offset),
			 target->device < 0 ? NULL : owner_name(model, model->devices[target->device].owner));
		for (size_t i = 0; i < reference.argument_count; i++)
			json_put(json, "%u", fdt32_ld(&reference.arguments[i]));
		json_put(json, "] }");
	}
	json_put(json, "]");
}

/* Its number among the board's serial ports, as /aliases has it (devicetree specification, 3.3); null where that is silent. */
static void serial_write(struct json *json, const struct model *model, const struct device *device)
{
	int property, aliases = fdt_path_offset(model->tree, "/aliases");

	if (aliases >= 0) {
		fdt_for_each_property_offset(property, model->tree, aliases)
		{
			const char *name, *path = fdt_getprop_by_offset(model->tree, property, &name, NULL);
			unsigned int number;
			char rest;

			if (path != NULL && strcmp(path, device->path) == 0 &&
			    sscanf(name, "serial%u%c", &number, &rest) == 1) {
				json_put(json, "serial %u", number);
				return;
			}
		}
	}
	json_put(json, "serial null");
}

/* Of PCI; null where the device is none. An IOMMU that confines it remaps its messages. */
static void function_write(struct json *json, const struct model *model, const struct device *device)
{
	if (device->function == NULL)
		json_put(json, "function null");
	else
		json_put(json, "function { id %lx confined %d messages %u }", (uint64_t)device->function->id,
			 x86_pci_is_confined(model, device), device->function->msix_count);
}

static void device_write(struct json *json, const struct model *model, size_t index)
{
	const struct device *device = &model->devices[index];

	json_put(json, "{ name %s path %s compatible %s partition %s is-uart %d", device->name, device->path,
		 compatible_of(model, device->node), owner_name(model, device->owner), uart_is(model->tree, device));
	serial_write(json, model, device);
	json_put(json, "is-console %d is-disabled %d unavailable %s registers [", (int)index == model->board.console,
		 device->disabled != 0, device->unavailable);
	for (size_t i = 0; i < device->register_count; i++) {
		const struct range *range = &device->registers[i];

		json_put(json, "{ guest %lx base %lx size %lu }", device->owner >= 0 ? device->mapped[i] : range->base,
			 range->base, range->size);
	}
	json_put(json, "] ports [");
	for (size_t i = 0; i < device->port_count; i++)
		json_put(json, "{ base %lx size %lu }", (uint64_t)device->ports[i].base,
			 (uint64_t)device->ports[i].count);
	json_put(json, "] interrupts [");
	for (size_t i = 0; i < device->interrupt_count; i++)
		json_put(json, "{ id %u edge %d }", device->interrupts[i].id, device->interrupts[i].edge);
	json_put(json, "]");
	function_write(json, model, device);
	references_write(json, model, device);
	json_put(json, "}");
}

/* ---- partitions ---- */

/* Of the partitions in a set. */
static void names_write(struct json *json, const struct model *model, uint64_t partitions)
{
	for (size_t i = 0; i < model->partition_count; i++) {
		if ((partitions >> i & 1) != 0)
			json_put(json, "%s", model->partitions[i].name);
	}
}

static const char *or_default(const char *written, const char *otherwise)
{
	return written != NULL ? written : otherwise;
}

/* What the configuration says, and what load made of it. */
static void configured_write(struct json *json, const struct model *model, const struct partition *partition)
{
	json_put(json, "name %s criticality %s direct-map %d interrupts-mode %s load %s wfi %s", partition->name,
		 partition->criticality, partition->direct_map,
		 or_default(tree_text(model->tree, partition->node, "interrupts-mode"), "direct"),
		 or_default(partition->load, "copy"), or_default(partition->wfi, "native"));
	json_put(json, "on-fault %s on-reset %s on-watchdog %s observes [", or_default(partition->on_fault, "stop"),
		 or_default(partition->on_reset, "stop"), or_default(partition->on_watchdog, "stop"));
	names_write(json, model, partition->observes);
	json_put(json, "] supervises [");
	names_write(json, model, partition->supervises);
	json_put(json, "] kernel %s ramdisk %s bootargs %s execution-state %s entry %lx", partition->kernel,
		 partition->ramdisk, partition->bootargs,
		 model->board.arch == PLAN_ARCH_X86 ? "x86-64"
		 : partition->is_aarch32            ? "aarch32"
						    : "aarch64",
		 partition->start);
	if (partition->argument != 0)
		json_put(json, model->board.arch == PLAN_ARCH_X86 ? "zero-page %lx" : "device-tree %lx",
			 partition->argument);
	json_put(json, "cores [");
	for (size_t i = 0; i < partition->core_count; i++)
		json_put(json, "%s", model->cores[partition->cores[i]].name);
	json_put(json, "]");
}

/* What it reaches: directly, through a trap, as interrupts. */
static void reach_write(struct json *json, const struct plan_header *plan, const struct plan_partition *row)
{
	static const char *const kinds[] = {[PLAN_WINDOW_RAM] = "memory",
					    [PLAN_WINDOW_DEVICE] = "device",
					    [PLAN_WINDOW_INTERFACE] = "cpu-interface"};
	static const char *const filters[] = {[PLAN_FILTER_GICD] = "distributor",
					      [PLAN_FILTER_GICR] = "redistributors",
					      [PLAN_FILTER_IOAPIC] = "io-apic",
					      [PLAN_FILTER_PCI] = "pci-configuration",
					      [PLAN_FILTER_MSIX] = "msi-x"};
	const struct plan_window *window = &plan_windows(plan)[row->window_first];
	const struct plan_filter *filter = &plan_filters(plan)[row->filter_first];

	json_put(json, "windows [");
	for (size_t i = 0; i < row->window_count; i++, window++)
		json_put(json, "{ guest %lx base %lx size %lu kind %s }", window->base, window->pa, window->size,
			 kinds[window->kind]);
	json_put(json, "] filters [");
	for (size_t i = 0; i < row->filter_count; i++, filter++)
		json_put(json, "{ guest %lx size %lu kind %s }", filter->base, filter->size, filters[filter->kind]);
	json_put(json, "] interrupts [");
	for (uint32_t id = 0; id < PLAN_INTERRUPTS; id++) {
		if (plan_owns_interrupt(row, id))
			json_put(json, "%u", id);
	}
	json_put(json, "]");
}

static void images_write(struct json *json, const struct plan_header *plan, const struct plan_partition *row)
{
	static const char *const kinds[] = {[PLAN_IMAGE_KERNEL] = "kernel",
					    [PLAN_IMAGE_RAMDISK] = "ramdisk",
					    [PLAN_IMAGE_DTB] = "device-tree",
					    [PLAN_IMAGE_START] = "start-block"};
	const struct plan_image *image = &plan_images(plan)[row->image_first];

	json_put(json, "images [");
	for (size_t i = 0; i < row->image_count; i++, image++) {
		json_put(json, "{ guest %lx base %lx size %lu kind %s fill %lu golden %lx", image->base, image->pa,
			 image->size, kinds[image->kind], image->fill, image->golden);
		json_bytes(json, "sha256", image->sha256, sizeof(image->sha256));
		json_put(json, "}");
	}
	json_put(json, "]");
}

static void substitutions_write(struct json *json, const struct model *model, const struct partition *partition)
{
	json_put(json, "substitutions [");
	for (size_t i = 0; i < partition->substitution_count; i++) {
		const struct substitution *substitution = &partition->substitutions[i];

		json_put(json, "{ node %s property %s provider %s partition %s", substitution->node,
			 substitution->property, substitution->provider, owner_name(model, substitution->owner));
		if (substitution->rate != 0)
			json_put(json, "rate %u", substitution->rate);
		json_put(json, "}");
	}
	json_put(json, "]");
}

static void partition_write(struct json *json, const struct describe_source *source, size_t index)
{
	const struct plan_partition *row = &plan_partitions(source->plan)[index];
	const uint64_t *leaves = source->stage2_leaves[index].of_level;

	json_put(json, "{");
	configured_write(json, source->model, &source->model->partitions[index]);
	reach_write(json, source->plan, row);
	json_put(json, "stage2 { vmid %u ipa-bits %u root %lx tables %lu blocks-1g %lu blocks-2m %lu pages-4k %lu }",
		 row->vmid, stage2_ipa_bits(source->model, index), row->stage2_root,
		 source->stage2_leaves[index].tables, leaves[1], leaves[2], leaves[3]);
	images_write(json, source->plan, row);
	substitutions_write(json, source->model, &source->model->partitions[index]);
	json_put(json, "}");
}

/* ---- hypervisor ---- */

/* The piece that ends where the next one begins. */
static void piece_write(struct json *json, const char *name, const char *access, uint64_t base, uint64_t end)
{
	json_put(json, "{ name %s access %s base %lx size %lu }", name, access, base, end - base);
}

static void hypervisor_write(struct json *json, const struct describe_source *source)
{
	const struct layout *layout = source->layout;
	const struct elf *elf = layout->elf;
	const struct range *golden = &source->model->golden;
	uint64_t end = layout->private.base + layout->private.size;

	json_put(json, "hypervisor { pieces [");
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segments[i];
		uint64_t next = i + 1 < elf->segment_count ? segment[1].physical : layout->plan.base;

		if (segment->executable)
			piece_write(json, "text", "r-x", segment->physical, next);
		else if (segment->writable)
			piece_write(json, "data", "rw-", segment->physical, next);
		else
			piece_write(json, "constants", "r--", segment->physical, next);
	}
	piece_write(json, "plan", "r--", layout->plan.base, layout->roots.base);
	piece_write(json, "tables", "r--", layout->roots.base, layout->shared.base);
	piece_write(json, "stage-2 roots, run-time state", "rw-", layout->shared.base, layout->private.base);
	piece_write(json, "stacks, logs", "rw-", layout->private.base, end);
	json_put(json, "] size %lu room %lu golden { base %lx size %lu } }", end - layout->image.base,
		 source->model->hypervisor_end - layout->image.base, golden->base, golden->size);
}

void describe_write(FILE *stream, const struct describe_source *source)
{
	struct json json = {.stream = stream};
	const struct model *model = source->model;
	const struct plan_header *plan = source->plan;
	size_t count;
	const char *const *remarks = message_remarks(&count);

	json_put(&json, "{ format %u file %s plan {", DESCRIBE_FORMAT, model->file);
	json_bytes(&json, "sha256", plan->sha256, sizeof(plan->sha256));
	json_put(&json, "format %u size %u image-size %lu interrupt-count %u }", plan->version, plan->size,
		 plan->image_size, plan->interrupt_count);
	board_write(&json, model);
	json_put(&json, "cores [");
	for (size_t i = 0; i < model->core_count; i++)
		core_write(&json, source, i);
	json_put(&json, "] devices [");
	for (size_t i = 0; i < model->device_count; i++)
		device_write(&json, model, i);
	json_put(&json, "] partitions [");
	for (size_t i = 0; i < model->partition_count; i++)
		partition_write(&json, source, i);
	json_put(&json, "]");
	hypervisor_write(&json, source);
	json_put(&json, "remarks [");
	for (size_t i = 0; i < count; i++)
		json_put(&json, "%s", remarks[i]);
	json_put(&json, "] }");
}
