/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random systems, placed and written as images; the translation tables in them are then walked by a walker of this
 * file's own: what is mapped must be exactly what was meant, with the permissions and block sizes that were meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <elf.h>

#include "plan/view.h"
#include "planner/file.h"
#include "planner/memory.h"
#include "random_system.h"

#define ROUNDS 40
#define PAGE UINT64_C(0x1000)
#define GIB UINT64_C(0x40000000)
#define MAX_SPANS 128

enum permission { CODE, CONSTANT, DATA, REGISTERS, GUEST_RAM, GUEST_REGISTERS };

/* What must be mapped. */
struct span {
	uint64_t va, pa, size;
	enum permission permission;
};

struct expected {
	struct span spans[MAX_SPANS];
	size_t count;
};

/* A walk in progress: what is expected of it, and what it has seen. */
struct check {
	const struct random_image *image;
	const struct plan_header *plan;
	const struct expected *expected;
	uint64_t mapped;               /* bytes */
	uint16_t set_first, set_count; /* the table sets that must cover each table walked */
	bool stage2;
};

/* ---- the walker -------------------------------------------------------------------------------------------------- */

static uint64_t word_at(const struct check *check, uint64_t address)
{
	uint64_t word;

	assert_true(address >= check->plan->image_base);
	assert_true(address - check->plan->image_base + 8 <= check->image->file.size);
	memcpy(&word, check->image->file.data + (address - check->plan->image_base), sizeof(word));
	return word;
}

static enum permission permission_of(const struct check *check, uint64_t entry)
{
	bool execute = (entry >> 54 & 1) == 0;

	assert_true(entry >> 10 & 1);
	if (check->stage2) {
		assert_int_equal(entry >> 6 & 3, 3);
		if ((entry >> 2 & 15) == 1) {
			assert_false(execute);
			return GUEST_REGISTERS;
		}
		assert_int_equal(entry >> 2 & 15, 15);
		assert_int_equal(entry >> 8 & 3, 3);
		assert_true(execute);
		return GUEST_RAM;
	}
	assert_true(entry >> 6 & 1);
	if ((entry >> 2 & 7) == 0) {
		assert_false(execute);
		assert_false(entry >> 7 & 1);
		return REGISTERS;
	}
	assert_int_equal(entry >> 2 & 7, 1);
	assert_int_equal(entry >> 8 & 3, 3);
	if (execute) {
		assert_true(entry >> 7 & 1);
		return CODE;
	}
	return entry >> 7 & 1 ? CONSTANT : DATA;
}

/* A mapping lies in one span, goes where the span says, and could not have been part of a larger block. */
static void check_leaf(struct check *check, uint64_t va, uint64_t entry, uint64_t size)
{
	uint64_t pa = entry & UINT64_C(0xfffffffff000);
	uint64_t larger = size * 512;
	uint64_t start = va / larger * larger;

	for (size_t i = 0; i < check->expected->count; i++) {
		const struct span *span = &check->expected->spans[i];

		if (va < span->va || va - span->va >= span->size)
			continue;
		assert_true(va + size <= span->va + span->size);
		assert_int_equal(pa, span->pa + (va - span->va));
		assert_int_equal(permission_of(check, entry), span->permission);
		assert_int_equal(pa % size, 0);
		if (size < GIB)
			assert_false(start >= span->va && start + larger <= span->va + span->size &&
				     (pa - (va - start)) % larger == 0);
		check->mapped += size;
		return;
	}
	fail_msg("0x%llx is mapped to 0x%llx", (unsigned long long)va, (unsigned long long)pa);
}

static void check_covered(const struct check *check, uint64_t table, uint64_t size)
{
	for (uint32_t i = check->set_first; i < (uint32_t)check->set_first + check->set_count; i++) {
		const struct plan_table_set *set = &plan_table_sets(check->plan)[i];

		if (table >= set->base && table + size <= set->base + set->size)
			return;
	}
	fail_msg("no CRC covers the table at 0x%llx", (unsigned long long)table);
}

static void walk(struct check *check, uint64_t table, size_t entries, uint64_t va, uint64_t span)
{
	check_covered(check, table, entries * 8);
	for (size_t i = 0; i < entries; i++, va += span) {
		uint64_t entry = word_at(check, table + i * 8);

		if (entry == 0)
			continue;
		assert_true(entry & 1);
		if (span == PAGE) {
			assert_true(entry & 2);
			check_leaf(check, va, entry, span);
		} else if (entry & 2) {
			walk(check, entry & UINT64_C(0xfffffffff000), 512, va, span / 512);
		} else {
			check_leaf(check, va, entry, span);
		}
	}
}

/* Spans do not overlap, so that the sum says whether all of them is mapped. */
static void check_tree(struct check *check, uint64_t root, size_t entries)
{
	uint64_t wanted = 0;

	assert_int_equal(root % (entries * 8 < 64 ? 64 : entries * 8), 0);
	check->mapped = 0;
	walk(check, root, entries, 0, GIB);
	for (size_t i = 0; i < check->expected->count; i++)
		wanted += check->expected->spans[i].size;
	assert_int_equal(check->mapped, wanted);
}

/* ---- what is meant ----------------------------------------------------------------------------------------------- */

static void expect(struct expected *expected, uint64_t va, uint64_t pa, uint64_t size, enum permission permission)
{
	assert_true(expected->count < MAX_SPANS);
	if (size)
		expected->spans[expected->count++] = (struct span){va, pa, size, permission};
}

/* Nothing is meant to be at `va`: the check of the tree then proves that nothing is. */
static void expect_hole(const struct expected *expected, uint64_t va)
{
	for (size_t i = 0; i < expected->count; i++)
		assert_true(va < expected->spans[i].va || va - expected->spans[i].va >= expected->spans[i].size);
}

static uint64_t pages(uint64_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

static void expect_elf(struct expected *expected, const struct file *elf)
{
	const Elf64_Phdr *programs = (const void *)(elf->data + sizeof(Elf64_Ehdr));
	const enum permission permissions[] = {CODE, CONSTANT, DATA};

	for (size_t i = 0; i < 3; i++)
		expect(expected, programs[i].p_vaddr, programs[i].p_paddr, pages(programs[i].p_memsz), permissions[i]);
}

/* Row i of the plan's cores is the i-th core that is owned or the first. */
static size_t core_of_row(const struct model *model, uint32_t row)
{
	size_t core = 0;

	for (uint32_t i = 0;; core++) {
		if ((core == 0 || model->cores[core].owner >= 0) && i++ == row)
			return core;
	}
}

static void expect_steady(struct expected *expected, const struct model *model, const struct file *hypervisor,
			  const struct plan_header *plan, uint32_t row, uint64_t table)
{
	const struct plan_core *core = &plan_cores(plan)[row];

	expect_elf(expected, hypervisor);
	expect(expected, plan->plan_base, plan->plan_base, plan->shared_base - plan->plan_base, CONSTANT);
	expect(expected, plan->shared_base, plan->shared_base, plan->shared_size, DATA);
	expect(expected, plan->gicd_va, RANDOM_GICD, 0x10000, REGISTERS);
	expect(expected, plan->console_va, RANDOM_CONSOLE, PAGE, REGISTERS);
	for (uint32_t i = 0; i < plan->cores.count; i++)
		expect(expected, plan_cores(plan)[i].gicr_va, RANDOM_GICR + core_of_row(model, i) * 0x20000, 0x20000,
		       REGISTERS);
	expect(expected, core->stack_top - PLAN_STACK_SIZE, plan->private_base + row * 0x2000, PLAN_STACK_SIZE, DATA);
	expect(expected, core->log, core->log_pa, PLAN_LOG_SIZE, DATA);
	expect(expected, core->window_descriptor / PAGE * PAGE, table, PAGE, DATA);
	assert_int_equal(core->log_pa, plan->private_base + row * 0x2000 + PLAN_STACK_SIZE);
}

/* The level-3 table that a descriptor for `va` lies in, under a root. */
static uint64_t table_of(const struct check *check, uint64_t root, uint64_t va)
{
	uint64_t level2 = word_at(check, root + (va >> 30) * 8) & UINT64_C(0xfffffffff000);

	return word_at(check, level2 + (va >> 21 & 511) * 8) & UINT64_C(0xfffffffff000);
}

static void check_core(const struct model *model, struct check *check, uint32_t row)
{
	const struct plan_header *plan = check->plan;
	const struct plan_core *core = &plan_cores(plan)[row];
	size_t entries = (size_t)1 << (plan->va_bits - 30);
	uint64_t table = table_of(check, core->el2_root, core->window);
	struct expected expected = {.count = 0};

	check->stage2 = false;
	check->expected = &expected;
	check->set_first = core->table_set_first;
	check->set_count = PLAN_BOOT_TABLE_SETS;
	expect_steady(&expected, model, &check->image->hypervisor, plan, row, table);
	check_tree(check, core->el2_root, entries);
	expect_hole(&expected, core->stack_top);
	expect_hole(&expected, core->stack_top - PLAN_STACK_SIZE - 1);
	expect_hole(&expected, core->log - 1);
	expect_hole(&expected, core->log + PLAN_LOG_SIZE);
	expect_hole(&expected, core->window - 1);
	expect_hole(&expected, core->window + PAGE);
	/* The window is not mapped, and its descriptor is where the plan says. */
	assert_int_equal(word_at(check, table + (core->window >> 12 & 511) * 8), 0);
	assert_int_equal(core->window_descriptor % PAGE, (core->window >> 12 & 511) * 8);

	assert_int_equal(core->loader_root != 0,
			 core->partition != PLAN_NONE && plan_vcpus(plan)[core->vcpu].number == 0);
	if (core->loader_root == 0)
		return;
	check->set_count = core->table_set_count;
	expect(&expected, plan->golden_base + plan->loader_offset, plan->golden_base, plan->golden_size, CONSTANT);
	for (size_t i = 0; i < model->partitions[core->partition].memory_count; i++) {
		const struct window *window = &model->partitions[core->partition].memory[i];

		expect(&expected, window->pa + plan->loader_offset, window->pa, window->size, DATA);
	}
	check_tree(check, core->loader_root, entries);
}

static void check_roots(const struct check *check, const struct plan_partition *partition, size_t entries)
{
	uint16_t row = partition->root_first;

	for (size_t i = 0; i < entries; i++) {
		uint64_t value = word_at(check, partition->stage2_root + i * 8);

		if (value == 0)
			continue;
		assert_int_equal(plan_roots(check->plan)[row].address, partition->stage2_root + i * 8);
		assert_int_equal(plan_roots(check->plan)[row].value, value);
		row++;
	}
	assert_int_equal(row, partition->root_first + partition->root_count);
}

static void check_partition(const struct model *model, struct check *check, uint32_t index)
{
	const struct plan_partition *row = &plan_partitions(check->plan)[index];
	const struct partition *partition = &model->partitions[index];
	const struct plan_core *core = &plan_cores(check->plan)[plan_vcpus(check->plan)[row->vcpu_first].core];
	struct expected expected = {.count = 0};
	uint64_t ipa_bits = 64 - (row->stage2_control & 0x3f);
	size_t entries = (size_t)1 << (ipa_bits - 30);

	for (size_t i = 0; i < partition->memory_count; i++)
		expect(&expected, partition->memory[i].base, partition->memory[i].pa, partition->memory[i].size,
		       GUEST_RAM);
	for (size_t i = 0; i < partition->device_count; i++) {
		const struct device *device = &model->devices[partition->devices[i]];
		uint64_t offset = device->mapped[0] % PAGE;

		expect(&expected, device->mapped[0] - offset, device->registers[0].base - offset,
		       pages(offset + device->registers[0].size), GUEST_REGISTERS);
	}
	assert_int_equal(row->stage2_control & ~UINT64_C(0x3f), UINT64_C(0x80023540));
	assert_in_range(ipa_bits, 31, 40);
	check->stage2 = true;
	check->expected = &expected;
	check->set_first = core->table_set_first;
	check->set_count = core->table_set_count;
	check_tree(check, row->stage2_root, entries);
	check_roots(check, row, entries);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void test_tables(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct random_image image;
		struct check check = {0};
		struct model model;

		random_system_make(&model, seed, PLAN_ARCH_ARMV8);
		image = random_image_make(&model);
		check.image = &image;
		check.plan = image.plan;
		assert_int_equal(check.plan->plan_base,
				 model.board.load_address + (uint64_t)((const uint8_t *)image.plan - image.file.data));
		assert_int_equal(check.plan->partitions.count, model.partition_count);
		for (uint32_t i = 0; i < check.plan->cores.count; i++)
			check_core(&model, &check, i);
		for (uint32_t i = 0; i < check.plan->partitions.count; i++)
			check_partition(&model, &check, i);
	}
}

static void test_same_bytes(void **unused)
{
	struct model model;
	struct file first, second;

	(void)unused;
	random_system_make(&model, 7, PLAN_ARCH_ARMV8);
	first = random_image_make(&model).file;
	random_system_make(&model, 7, PLAN_ARCH_ARMV8);
	second = random_image_make(&model).file;
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
