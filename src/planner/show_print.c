/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a checked plan: cores, partitions, memory of the hypervisor. Not here: judging it. */
#include "planner/show_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "plan/view.h"
#include "planner/align.h"
#include "planner/check_parts.h"

#define EL2_READ_ONLY (UINT64_C(1) << 7)
#define EXECUTE_NEVER (UINT64_C(1) << 54)

/* What a tree maps, by block size and, within [from, to), by permission. */
struct tally {
	uint64_t blocks[4]; /* by level */
	uint64_t from, to;
	uint64_t code, constant, data;
};

static void tally_visit(void *context, uint64_t va, uint64_t entry, unsigned int level)
{
	struct tally *tally = context;
	uint64_t size = UINT64_C(1) << (12 + 9 * (3 - level));

	tally->blocks[level]++;
	if (va < tally->from || va >= tally->to)
		return;
	if ((entry & EXECUTE_NEVER) == 0)
		tally->code += size;
	else if (entry & EL2_READ_ONLY)
		tally->constant += size;
	else
		tally->data += size;
}

static void print_tree(const char *name, struct walk *walk, uint64_t root, size_t entries)
{
	struct tally *tally = walk->context;

	walk->tables = 0;
	if (!walk_tree(walk, root, entries)) {
		printf("  %-11s broken: a table lies outside the image\n", name);
		return;
	}
	printf("  %-11s root 0x%" PRIx64 " of %zu entries, %" PRIu64 " table%s; mapped by %" PRIu64 " x 1 GiB, %" PRIu64
	       " x 2 MiB, %" PRIu64 " x 4 KiB\n",
	       name, root, entries, walk->tables, walk->tables == 1 ? "" : "s", tally->blocks[1], tally->blocks[2],
	       tally->blocks[3]);
}

static size_t el2_entries(const struct plan_header *plan)
{
	return plan->va_bits > 30 && plan->va_bits <= 39 ? (size_t)1 << (plan->va_bits - 30) : 0;
}

static void print_header(const char *file, const struct plan_header *plan)
{
	printf("%s\n\n", file);
	printf("  board       %.*s: Armv8, GICv%u, %u physical address bits, %u interrupts\n", (int)PLAN_NAME,
	       plan->board, plan->gic, plan->pa_bits, plan->interrupt_count);
	printf("  plan        ");
	for (size_t i = 0; i < sizeof(plan->sha256); i++)
		printf("%02x", plan->sha256[i]);
	printf("\n  image       0x%" PRIx64 ", %" PRIu64 " bytes\n", plan->image_base, plan->image_size);
	for (uint32_t i = 0; i < plan->memory.count; i++)
		printf("  %-11s 0x%" PRIx64 " .. 0x%" PRIx64 ", %s\n", i ? "" : "RAM", plan_memory(plan)[i].base,
		       plan_memory(plan)[i].base + plan_memory(plan)[i].size - 1,
		       check_size_text(plan_memory(plan)[i].size));
	printf("  all off     %s\n",
	       plan->when_all_off == PLAN_ALL_OFF_POWER_OFF ? "the board is switched off" : "the cores sleep");
}

static void print_cores(const struct plan_header *plan)
{
	printf("\ncores\n");
	for (uint32_t i = 0; i < plan->cores.count; i++) {
		const struct plan_core *core = &plan_cores(plan)[i];

		printf("  0x%-9" PRIx64 " ", core->mpidr);
		if (core->partition == PLAN_NONE)
			printf("boots, then switches itself off\n");
		else
			printf("%s, virtual core %u\n", plan_partitions(plan)[core->partition].name,
			       plan_vcpus(plan)[core->vcpu].number);
	}
}

static void print_windows(const struct plan_header *plan, const struct plan_partition *partition)
{
	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(plan)[partition->window_first + i];

		printf("  %-11s 0x%09" PRIx64 " .. 0x%09" PRIx64 "  at 0x%09" PRIx64 "  %s\n",
		       window->kind == PLAN_WINDOW_RAM ? "memory" : "device", window->base,
		       window->base + window->size - 1, window->pa, check_size_text(window->size));
	}
	for (uint32_t i = 0; i < partition->filter_count; i++) {
		const struct plan_filter *filter = &plan_filters(plan)[partition->filter_first + i];

		printf("  %-11s 0x%09" PRIx64 " .. 0x%09" PRIx64 "  %s\n", "filtered", filter->base,
		       filter->base + filter->size - 1,
		       filter->kind == PLAN_FILTER_GICD ? "interrupt distributor" : "interrupt redistributors");
	}
}

static void print_interrupts(const struct plan_header *plan, const struct plan_partition *partition)
{
	printf("  %-11s own SGIs, private", "interrupts");
	for (uint32_t id = 16; id < 32; id++) {
		if (plan_owns_interrupt(partition, id))
			printf(" %u", id);
	}
	for (uint32_t i = 0; i < partition->interrupt_count; i++) {
		const struct plan_interrupt *interrupt = &plan_interrupts(plan)[partition->interrupt_first + i];

		printf("%s %u%s", i ? "," : "; shared", interrupt->id, interrupt->edge ? " (edge)" : "");
	}
	printf("\n");
}

static const char *image_name(uint16_t kind)
{
	switch (kind) {
	case PLAN_IMAGE_KERNEL:
		return "kernel";
	case PLAN_IMAGE_RAMDISK:
		return "ramdisk";
	case PLAN_IMAGE_DTB:
		return "device tree";
	default:
		return "image";
	}
}

static void print_images(const struct plan_header *plan, const struct plan_partition *partition)
{
	for (uint32_t i = 0; i < partition->image_count; i++) {
		const struct plan_image *image = &plan_images(plan)[partition->image_first + i];

		printf("  %-11s 0x%09" PRIx64 "  %9" PRIu64 " bytes from 0x%09" PRIx64 "  sha256 ",
		       image_name(image->kind), image->base, image->size, image->golden);
		for (size_t j = 0; j < 6; j++)
			printf("%02x", image->sha256[j]);
		if (image->fill)
			printf(", then %" PRIu64 " zeros", image->fill);
		printf("\n");
	}
}

static void print_observed(const struct plan_header *plan, const struct plan_partition *partition, uint32_t self)
{
	bool any = false;

	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		if (i == self || ((partition->observes >> i) & 1) == 0)
			continue;
		printf("%s%s", any ? ", " : "  observes    ", plan_partitions(plan)[i].name);
		any = true;
	}
	if (any)
		printf("\n");
}

static void print_partition(const struct plan_header *plan, const struct walk_memory *memory, uint32_t index)
{
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	unsigned int ipa_bits = 64 - (partition->stage2_control & 0x3f);
	struct tally tally = {0};
	struct walk walk = {*memory, tally_visit, &tally, 0};

	printf("\npartition %s\n", partition->name);
	printf("  %-11s 0x%09" PRIx64, "entry", partition->entry);
	if (partition->argument)
		printf(", x0 = 0x%" PRIx64 " (device tree)", partition->argument);
	printf("; %s, %u core%s, VMID %u, WFI %s\n", partition->flags & PLAN_PARTITION_AARCH32 ? "AArch32" : "AArch64",
	       partition->vcpu_count, partition->vcpu_count == 1 ? "" : "s", partition->vmid,
	       partition->flags & PLAN_PARTITION_WFI_TRAP ? "trapped" : "native");
	print_observed(plan, partition, index);
	print_windows(plan, partition);
	print_interrupts(plan, partition);
	print_images(plan, partition);
	if (ipa_bits > 30 && ipa_bits <= 43)
		print_tree("stage 2", &walk, partition->stage2_root, (size_t)1 << (ipa_bits - 30));
}

static void print_size(const char *name, uint64_t size)
{
	printf("  %-24s %8" PRIu64 " bytes\n", name, size);
}

static void print_hypervisor(const struct plan_header *plan, const struct walk_memory *memory)
{
	struct tally tally = {.from = plan->image_base, .to = plan->plan_base};
	struct walk walk = {*memory, tally_visit, &tally, 0};

	printf("\nhypervisor\n");
	print_tree("each core", &walk, plan_cores(plan)[0].el2_root, el2_entries(plan));
	print_size("text", tally.code);
	print_size("constants", tally.constant);
	print_size("data", tally.data);
	print_size("plan", align_up(plan->size, PAGE_SIZE));
	print_size("tables", plan->table_size);
	print_size("roots, run-time state", plan->shared_size);
	print_size("stacks, logs", plan->private_size);
	print_size("together", plan->private_base + plan->private_size - plan->image_base);
	print_size("golden images, padded", plan->golden_size);
}

void show_print(const char *file, const struct plan_header *plan, const struct walk_memory *memory)
{
	print_header(file, plan);
	print_cores(plan);
	for (uint32_t i = 0; i < plan->partitions.count; i++)
		print_partition(plan, memory, i);
	print_hypervisor(plan, memory);
}
