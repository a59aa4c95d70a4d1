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

#define DESCRIBE_FORMAT 1u /* a reader refuses what it does not know; a further member is no new format */

static const char *owner_name(const struct model *model, int owner)
{
	return owner >= 0 ? model->partitions[owner].name : NULL;
}

static void range_write(struct json *json, const char *key, struct range range)
{
	json_object(json, key);
	json_address(json, "base", range.base);
	json_number(json, "size", range.size);
	json_end(json);
}

/* A range of guest-physical addresses, and where it lies. The caller ends the object. */
static void mapping_begin(struct json *json, uint64_t guest, uint64_t base, uint64_t size)
{
	json_object(json, NULL);
	json_address(json, "guest", guest);
	json_address(json, "base", base);
	json_number(json, "size", size);
}

/* ---- board ---- */

static void qemu_write(struct json *json, const struct qemu *qemu)
{
	if (qemu->machine == NULL) {
		json_text(json, "qemu", NULL);
		return;
	}
	json_object(json, "qemu");
	json_text(json, "machine", qemu->machine);
	json_text(json, "cpu", qemu->cpu);
	json_number(json, "smp", qemu->smp);
	json_text(json, "ram", qemu->ram);
	json_array(json, "arguments");
	for (size_t i = 0; i < qemu->argument_count; i++)
		json_text(json, NULL, qemu->arguments[i]);
	json_end(json);
	json_end(json);
}

static void gic_write(struct json *json, const struct gic *gic)
{
	json_object(json, "gic");
	json_text(json, "path", gic->path);
	json_number(json, "version", gic->version);
	range_write(json, "distributor", gic->distributor);
	if (gic->version == PLAN_GIC_V2)
		range_write(json, "cpu-interface", gic->cpu_interface);
	else
		range_write(json, "redistributors", gic->redistributors);
	json_end(json);
}

static void board_write(struct json *json, const struct model *model)
{
	const struct board *board = &model->board;

	json_object(json, "board");
	json_text(json, "name", board->name);
	json_address(json, "load-address", board->load_address);
	json_number(json, "pa-bits", board->pa_bits);
	json_array(json, "memory");
	for (size_t i = 0; i < board->memory_count; i++)
		range_write(json, NULL, board->memory[i]);
	json_end(json);
	gic_write(json, &board->gic);
	json_number(json, "virtual-timer", board->virtual_timer);
	json_number(json, "physical-timer", board->physical_timer);
	json_object(json, "spare-interrupts");
	json_number(json, "first", board->spare_first);
	json_number(json, "count", board->spare_count);
	json_end(json);
	json_text(json, "console", board->console < 0 ? NULL : model->devices[board->console].path);
	json_text(json, "when-all-off", board->when_all_off);
	qemu_write(json, &board->qemu);
	json_end(json);
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

static void cores_write(struct json *json, const struct describe_source *source)
{
	const struct model *model = source->model;

	json_array(json, "cores");
	for (size_t i = 0; i < model->core_count; i++) {
		const struct core *core = &model->cores[i];
		const struct plan_core *row = plan_core(source, i);

		json_object(json, NULL);
		json_text(json, "name", core->name);
		json_text(json, "path", core->path);
		json_text(json, "compatible", fdt_stringlist_get(model->tree, core->node, "compatible", 0, NULL));
		json_address(json, "mpidr", core->mpidr);
		json_text(json, "partition", owner_name(model, core->owner));
		if (core->owner >= 0)
			json_number(json, "virtual", core->vcpu);
		json_bool(json, "runs-hypervisor", row != NULL);
		if (row != NULL) {
			json_address(json, "el2-root", row->el2_root);
			range_write(json, "log", (struct range){row->log_pa, PLAN_LOG_SIZE});
		}
		json_end(json);
	}
	json_end(json);
}

/* ---- devices ---- */

static void reference_write(struct json *json, const struct reference *reference)
{
	const struct model *model = reference->model;
	const struct node *target = &model->nodes[reference->target];

	json_object(json, NULL);
	json_text(json, "property", reference->property);
	json_text(json, "path", tree_path(model->tree, target->offset));
	json_text(json, "partition",
		  target->device < 0 ? NULL : owner_name(model, model->devices[target->device].owner));
	json_array(json, "arguments");
	for (size_t i = 0; i < reference->argument_count; i++)
		json_number(json, NULL, fdt32_ld(&reference->arguments[i]));
	json_end(json);
	json_end(json);
}

/* Providers and streams: what the device's own node names. */
static void references_write(struct json *json, const struct model *model, const struct device *device)
{
	struct reference reference;

	json_array(json, "references");
	for (reference_begin(&reference, model, device->node, NULL); reference_next(&reference);) {
		if (reference.target != NODES_NONE && strncmp(reference.property, "interrupt", 9) != 0)
			reference_write(json, &reference);
	}
	json_end(json);
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
				json_number(json, "serial", number);
				return;
			}
		}
	}
	json_text(json, "serial", NULL);
}

static void device_write(struct json *json, const struct model *model, size_t index)
{
	const struct device *device = &model->devices[index];

	json_object(json, NULL);
	json_text(json, "name", device->name);
	json_text(json, "path", device->path);
	json_text(json, "compatible", fdt_stringlist_get(model->tree, device->node, "compatible", 0, NULL));
	json_text(json, "partition", owner_name(model, device->owner));
	json_bool(json, "is-uart",
		  uart_find(model->tree, device->node) != NULL || strncmp(device->name, "serial@", 7) == 0);
	serial_write(json, model, device);
	json_bool(json, "is-console", (int)index == model->board.console);
	json_bool(json, "is-disabled", device->disabled);
	json_text(json, "unavailable", device->unavailable);
	json_array(json, "registers");
	for (size_t i = 0; i < device->register_count; i++) {
		mapping_begin(json, device->owner >= 0 ? device->mapped[i] : device->registers[i].base,
			      device->registers[i].base, device->registers[i].size);
		json_end(json);
	}
	json_end(json);
	json_array(json, "interrupts");
	for (size_t i = 0; i < device->interrupt_count; i++) {
		json_object(json, NULL);
		json_number(json, "id", device->interrupts[i].id);
		json_bool(json, "edge", device->interrupts[i].edge);
		json_end(json);
	}
	json_end(json);
	references_write(json, model, device);
	json_end(json);
}

/* ---- partitions ---- */

static void kernel_write(struct json *json, const struct partition *partition)
{
	json_text(json, "kernel", partition->kernel);
	json_text(json, "ramdisk", partition->ramdisk);
	json_text(json, "bootargs", partition->bootargs);
	json_text(json, "execution-state", partition->is_aarch32 ? "aarch32" : "aarch64");
	json_address(json, "entry", partition->start);
	if (partition->argument != 0)
		json_address(json, "device-tree", partition->argument);
}

static void names_write(struct json *json, const char *key, const struct model *model, uint64_t partitions)
{
	json_array(json, key);
	for (size_t i = 0; i < model->partition_count; i++) {
		if ((partitions >> i & 1) != 0)
			json_text(json, NULL, model->partitions[i].name);
	}
	json_end(json);
}

static const char *or_default(const char *written, const char *otherwise)
{
	return written != NULL ? written : otherwise;
}

static void policies_write(struct json *json, const struct model *model, const struct partition *partition)
{
	json_text(json, "criticality", partition->criticality);
	json_bool(json, "direct-map", partition->direct_map);
	json_text(json, "interrupts-mode",
		  or_default(tree_text(model->tree, partition->node, "interrupts-mode"), "direct"));
	json_text(json, "load", or_default(partition->load, "copy"));
	json_text(json, "wfi", or_default(partition->wfi, "native"));
	json_text(json, "on-fault", or_default(partition->on_fault, "stop"));
	json_text(json, "on-reset", or_default(partition->on_reset, "stop"));
	json_text(json, "on-watchdog", or_default(partition->on_watchdog, "stop"));
	names_write(json, "observes", model, partition->observes);
	names_write(json, "supervises", model, partition->supervises);
}

static void windows_write(struct json *json, const struct plan_header *plan, const struct plan_partition *row)
{
	static const char *const kinds[] = {[PLAN_WINDOW_RAM] = "memory",
					    [PLAN_WINDOW_DEVICE] = "device",
					    [PLAN_WINDOW_INTERFACE] = "cpu-interface"};

	json_array(json, "windows");
	for (size_t i = 0; i < row->window_count; i++) {
		const struct plan_window *window = &plan_windows(plan)[row->window_first + i];

		mapping_begin(json, window->base, window->pa, window->size);
		json_text(json, "kind", kinds[window->kind]);
		json_end(json);
	}
	json_end(json);
	json_array(json, "filters");
	for (size_t i = 0; i < row->filter_count; i++) {
		const struct plan_filter *filter = &plan_filters(plan)[row->filter_first + i];

		json_object(json, NULL);
		json_address(json, "guest", filter->base);
		json_number(json, "size", filter->size);
		json_text(json, "kind", filter->kind == PLAN_FILTER_GICD ? "distributor" : "redistributors");
		json_end(json);
	}
	json_end(json);
}

static void interrupts_write(struct json *json, const struct plan_partition *row)
{
	json_array(json, "interrupts");
	for (uint32_t id = 0; id < PLAN_INTERRUPTS; id++) {
		if (plan_owns_interrupt(row, id))
			json_number(json, NULL, id);
	}
	json_end(json);
}

static void stage2_write(struct json *json, const struct describe_source *source, size_t index)
{
	const struct plan_partition *row = &plan_partitions(source->plan)[index];
	const struct table_leaves *leaves = &source->stage2_leaves[index];

	json_object(json, "stage2");
	json_number(json, "vmid", row->vmid);
	json_number(json, "ipa-bits", stage2_ipa_bits(source->model, index));
	json_address(json, "root", row->stage2_root);
	json_number(json, "tables", source->stage2_tables[index].size / PLAN_PAGE);
	json_number(json, "blocks-1g", leaves->of_level[1]);
	json_number(json, "blocks-2m", leaves->of_level[2]);
	json_number(json, "pages-4k", leaves->of_level[3]);
	json_end(json);
}

static void images_write(struct json *json, const struct describe_source *source, size_t index)
{
	static const char *const kinds[] = {
		[PLAN_IMAGE_KERNEL] = "kernel", [PLAN_IMAGE_RAMDISK] = "ramdisk", [PLAN_IMAGE_DTB] = "device-tree"};
	const struct plan_partition *row = &plan_partitions(source->plan)[index];

	json_array(json, "images");
	for (size_t i = 0; i < row->image_count; i++) {
		const struct plan_image *image = &plan_images(source->plan)[row->image_first + i];

		mapping_begin(json, image->base, image->pa, image->size);
		json_text(json, "kind", kinds[image->kind]);
		json_number(json, "fill", image->fill);
		json_address(json, "golden", image->golden);
		json_bytes(json, "sha256", image->sha256, sizeof(image->sha256));
		json_end(json);
	}
	json_end(json);
}

static void substitutions_write(struct json *json, const struct model *model, const struct partition *partition)
{
	json_array(json, "substitutions");
	for (size_t i = 0; i < partition->substitution_count; i++) {
		const struct substitution *substitution = &partition->substitutions[i];

		json_object(json, NULL);
		json_text(json, "node", substitution->node);
		json_text(json, "property", substitution->property);
		json_text(json, "provider", substitution->provider);
		json_text(json, "partition", owner_name(model, substitution->owner));
		if (substitution->rate != 0)
			json_number(json, "rate", substitution->rate);
		json_end(json);
	}
	json_end(json);
}

static void partition_write(struct json *json, const struct describe_source *source, size_t index)
{
	const struct model *model = source->model;
	const struct partition *partition = &model->partitions[index];
	const struct plan_partition *row = &plan_partitions(source->plan)[index];

	json_object(json, NULL);
	json_text(json, "name", partition->name);
	policies_write(json, model, partition);
	kernel_write(json, partition);
	json_array(json, "cores");
	for (size_t i = 0; i < partition->core_count; i++)
		json_text(json, NULL, model->cores[partition->cores[i]].name);
	json_end(json);
	windows_write(json, source->plan, row);
	interrupts_write(json, row);
	stage2_write(json, source, index);
	images_write(json, source, index);
	substitutions_write(json, model, partition);
	json_end(json);
}

/* ---- hypervisor ---- */

static void piece_write(struct json *json, const char *name, const char *access, struct range range)
{
	json_object(json, NULL);
	json_text(json, "name", name);
	json_text(json, "access", access);
	json_address(json, "base", range.base);
	json_number(json, "size", range.size);
	json_end(json);
}

static void hypervisor_write(struct json *json, const struct describe_source *source)
{
	const struct layout *layout = source->layout;
	uint64_t end = layout->private.base + layout->private.size;

	json_object(json, "hypervisor");
	json_array(json, "pieces");
	for (size_t i = 0; i < layout->elf->segment_count; i++) {
		const struct elf_segment *segment = &layout->elf->segments[i];
		uint64_t next = i + 1 < layout->elf->segment_count ? segment[1].physical : layout->plan.base;
		struct range range = {segment->physical, next - segment->physical};

		if (segment->executable)
			piece_write(json, "text", "r-x", range);
		else
			piece_write(json, segment->writable ? "data" : "constants", segment->writable ? "rw-" : "r--",
				    range);
	}
	piece_write(json, "plan", "r--", layout->plan);
	piece_write(json, "tables", "r--",
		    (struct range){layout->roots.base, layout->roots.size + layout->tables.size});
	piece_write(json, "stage-2 roots, run-time state", "rw-", layout->shared);
	piece_write(json, "stacks, logs", "rw-", layout->private);
	json_end(json);
	json_number(json, "size", end - layout->image.base);
	json_number(json, "room", source->model->hypervisor_end - layout->image.base);
	range_write(json, "golden", source->model->golden);
	json_end(json);
}

static void plan_write(struct json *json, const struct plan_header *plan)
{
	json_object(json, "plan");
	json_bytes(json, "sha256", plan->sha256, sizeof(plan->sha256));
	json_number(json, "format", plan->version);
	json_number(json, "size", plan->size);
	json_number(json, "image-size", plan->image_size);
	json_number(json, "interrupt-count", plan->interrupt_count);
	json_end(json);
}

static void remarks_write(struct json *json)
{
	size_t count;
	const char *const *remarks = message_remarks(&count);

	json_array(json, "remarks");
	for (size_t i = 0; i < count; i++)
		json_text(json, NULL, remarks[i]);
	json_end(json);
}

void describe_write(FILE *stream, const struct describe_source *source)
{
	struct json json = {.stream = stream};
	const struct model *model = source->model;

	json_object(&json, NULL);
	json_number(&json, "format", DESCRIBE_FORMAT);
	json_text(&json, "file", model->file);
	plan_write(&json, source->plan);
	board_write(&json, model);
	cores_write(&json, source);
	json_array(&json, "devices");
	for (size_t i = 0; i < model->device_count; i++)
		device_write(&json, model, i);
	json_end(&json);
	json_array(&json, "partitions");
	for (size_t i = 0; i < model->partition_count; i++)
		partition_write(&json, source, i);
	json_end(&json);
	hypervisor_write(&json, source);
	remarks_write(&json);
	json_end(&json);
}
