/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random systems for Intel's VMX, written as images and read back: every field of every control structure, and the permission
 * maps, by the SDM's numbers. Not here: what both vendors share, and AMD (test_x86.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan/check.h"
#include "plan/check/verify.h"
#include "plan/view.h"
#include "planner/file.h"
#include "planner/verify_text.h"
#include "random_system.h"

#define ROUNDS 10
#define PAGE UINT64_C(0x1000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct file image;
static const struct plan_header *plan;

static const uint8_t *at(uint64_t address, uint64_t size)
{
	assert_true(address >= plan->table_base && address + size <= plan->table_base + plan->table_size);
	return image.data + (address - plan->image_base);
}

static void make_image(struct model *model, uint64_t seed)
{
	struct random_image made;

	random_system_make(model, seed, PLAN_ARCH_X86);
	model->board.x86.vendor = "intel";
	made = random_image_make(model);
	image = made.file;
	plan = made.plan;
}

/* ---- fields: SDM volume 3, appendix B, as virtual core 0 starts and after SIPI --------------------------------------- */

#define PAT UINT64_C(0x0007040600070406)
#define SEGMENT(number, selector, start, reset)                                                                        \
	{0x0800 + 2 * (number), selector, 0, 0}, {0x4800 + 2 * (number), 0xffffffff, 0xffff, 0},                       \
		{0x4814 + 2 * (number), start, reset, 0},                                                              \
	{                                                                                                              \
		0x6806 + 2 * (number), 0, 0, 0                                                                         \
	}

static const struct {
	uint32_t field;
	uint64_t start, reset;
	uint32_t required;
} fields[] = {
	{0x4000, 0x28, 0x28, 0x28},                   /* NMI, virtual NMIs; not external interrupts */
	{0x4002, 0xb2000c00, 0xb2000c00, 0xb2000c00}, /* MWAIT, RDPMC, ports, MSRs, MONITOR; not HLT */
	{0x401e, 0x1010ea, 0x1010ea, 0xe2},           /* EPT, VPID, WBINVD, unrestricted; RDTSCP, INVPCID, XSAVES */
	{0x400c, 0x3c0204, 0x3c0204, 0x3c0204},       /* 64-bit host; debug controls, PAT, EFER */
	{0x4012, 0xc204, 0xc004, 0},                  /* the same, and the guest's mode; required: below */
	{0x4004, 0x60002, 0x60002, 0},                /* #DB, #AC, machine checks */
	{0x2800, UINT64_MAX, UINT64_MAX, 0},          /* no shadow */
	{0x6000, 0x60000020, 0x60000020, 0},          /* CR0: CD, NW, NE */
	{0x6002, ~UINT64_C(0x770fbf), ~UINT64_C(0x770fbf), 0}, /* CR4: VMXE, MCE and all that is unknown */
	{0x2804, PAT, PAT, 0},
	{0x681a, 0x400, 0x400, 0},      /* DR7 */
	{0x6820, 2, 2, 0},              /* RFLAGS */
	{0x6800, 0x80010031, 0x30, 0},  /* CR0: NE whatever it reads */
	{0x6004, 0x80010031, 0x10, 0},  /* its shadow */
	{0x6802, 0x93000, 0, 0},        /* CR3 */
	{0x6804, 0x2060, 0x2040, 0},    /* CR4: VMXE, MCE whatever it reads */
	{0x6006, 0x20, 0, 0},           /* its shadow: PAE */
	{0x2806, 0x500, 0, 0},          /* EFER: LMA, LME */
	{0x6816, 0x91000, 0, 0},        /* GDTR */
	{0x4810, 0x1f, 0xffff, 0},      /* its limit */
	{0x4812, 0, 0xffff, 0},         /* IDTR: none, so that an early fault is one */
	SEGMENT(0, 0x18, 0xc093, 0x93), /* ES */
	SEGMENT(1, 0x10, 0xa09b, 0x9b), /* CS */
	SEGMENT(2, 0x18, 0xc093, 0x93), /* SS */
	SEGMENT(3, 0x18, 0xc093, 0x93), /* DS */
	SEGMENT(4, 0x18, 0xc093, 0x93), /* FS */
	SEGMENT(5, 0x18, 0xc093, 0x93), /* GS */
	{0x080c, 0, 0, 0},              /* LDTR */
	{0x480c, 0xffff, 0xffff, 0},
	{0x4820, 0x10000, 0x10000, 0}, /* none */
	{0x6812, 0, 0, 0},
	{0x080e, 0, 0, 0}, /* TR */
	{0x480e, 0xffff, 0xffff, 0},
	{0x4822, 0x8b, 0x8b, 0}, /* busy */
	{0x6814, 0, 0, 0},
};

/* DEBUGCTL; page faults; CR3 targets; lists of MSRs; event; blocking, activity; SYSENTER; RSP, RIP; pending debug; IDTR's base */
static const uint32_t zero[] = {0x2802, 0x4006, 0x4008, 0x400a, 0x400e, 0x4010, 0x4014, 0x4016, 0x4824,
				0x4826, 0x482a, 0x6824, 0x6826, 0x681c, 0x681e, 0x6822, 0x6818};

/* The one row of a field. */
static const struct plan_vmcs *row_of(uint32_t first, uint32_t count, uint32_t field)
{
	const struct plan_vmcs *found = NULL;

	for (uint32_t i = first; i < first + count; i++) {
		if (plan_vmcs(plan)[i].field != field)
			continue;
		assert_null(found);
		found = &plan_vmcs(plan)[i];
	}
	if (!found)
		fail_msg("no row for field 0x%x", field);
	return found;
}

static void check_value(uint32_t first, uint32_t count, uint32_t field, uint64_t value)
{
	const struct plan_vmcs *row = row_of(first, count, field);

	if (row->value != value)
		fail_msg("field 0x%x is 0x%llx", field, (unsigned long long)row->value);
}

static void check_structure(uint32_t index, uint32_t first, uint32_t count, bool starts)
{
	const struct plan_x86_partition *maps = &plan_x86(plan)->partitions[index];
	const struct plan_partition *partition = &plan_partitions(plan)[index];

	for (size_t i = 0; i < COUNT(fields); i++) {
		uint64_t value = starts ? fields[i].start : fields[i].reset;
		uint64_t required = fields[i].field == 0x4012 ? value : fields[i].required;

		check_value(first, count, fields[i].field, value);
		assert_int_equal(row_of(first, count, fields[i].field)->required, required);
	}
	for (size_t i = 0; i < COUNT(zero); i++)
		check_value(first, count, zero[i], 0);
	check_value(first, count, 0x0000, partition->vmid);
	check_value(first, count, 0x201a, partition->stage2_root | 0x1e); /* write-back, 4 levels */
	check_value(first, count, 0x2004, maps->msr_map);
	check_value(first, count, 0x2000, maps->port_map);
	check_value(first, count, 0x2002, maps->port_map + PAGE);
	assert_int_equal(count, COUNT(fields) + COUNT(zero) + 5); /* and nothing else */
}

/* ---- maps: SDM volume 3, 25.6.4 and 25.6.9 --------------------------------------------------------------------------- */

/* Reads of the low bank, of the high one, then writes; a bit exits. */
static bool is_open(const uint8_t *map, uint32_t msr, bool is_write)
{
	uint32_t bit = (is_write ? 0x4000u : 0u) + (msr >= 0xc0000000 ? 0x2000u : 0u) + (msr & 0x1fff);

	return (map[bit / 8] >> bit % 8 & 1) == 0;
}

static void check_msrs(uint32_t index)
{
	static const struct {
		uint32_t first, last;
		bool is_read_only;
	} own[] = {
		{0x10, 0x10, true},
		{0x48, 0x49, false},
		{0x174, 0x176, false},
		{0x277, 0x277, false},
		{0x6e0, 0x6e0, false},
		{0x800, 0x82e, false},
		{0x830, 0x837, true},
		{0x838, 0x83f, false},
		{0xda0, 0xda0, false},
		{0xc0000081, 0xc0000084, false},
		{0xc0000100, 0xc0000103, false},
	};
	const uint8_t *map = at(plan_x86(plan)->partitions[index].msr_map, PAGE);
	size_t open = 0, wanted = 0;

	for (size_t i = 0; i < COUNT(own); i++) {
		for (uint32_t msr = own[i].first; msr <= own[i].last; msr++) {
			assert_true(is_open(map, msr, false));
			if (is_open(map, msr, true) == own[i].is_read_only)
				fail_msg("writes of MSR 0x%x", msr);
			wanted += own[i].is_read_only ? 1 : 2;
		}
	}
	for (size_t i = 0; i < PAGE * 8; i++)
		open += (map[i / 8] >> i % 8 & 1) == 0;
	assert_int_equal(open, wanted);
}

static void check_ports(const struct model *model, uint32_t index)
{
	const struct partition *partition = &model->partitions[index];
	const uint8_t *map = at(plan_x86(plan)->partitions[index].port_map, 2 * PAGE);

	for (uint32_t port = 0; port < 2 * PAGE * 8; port++) {
		bool is_own = false;

		for (size_t i = 0; i < partition->device_count; i++) {
			const struct ports *ports = model->devices[partition->devices[i]].ports;

			is_own = is_own || (port >= ports->base && port - ports->base < ports->count);
		}
		assert_int_equal(map[port / 8] >> port % 8 & 1, !is_own);
	}
}

/* ---- all else, extended tables among it, as the verifier sees it ------------------------------------------------------ */

static void check_all(void)
{
	static struct verify verify;

	verify_image(&verify, image.data, image.size, NULL);
	for (uint32_t i = 0; i < verify.kept; i++) {
		if (verify.violations[i].rule != VERIFY_ENTRY) /* random systems have no kernels */
			fail_msg("%s", verify_text(&verify, &verify.violations[i]));
	}
	assert_in_range(verify.trees, plan->partitions.count + 1, SIZE_MAX);
}

/* ---- tests ----------------------------------------------------------------------------------------------------------- */

static void test_images(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct model model;

		make_image(&model, seed);
		assert_int_equal(plan_x86(plan)->vendor, PLAN_VENDOR_INTEL);
		assert_int_equal(plan_check(plan, PLAN_ARCH_X86), REFUSAL_NONE);
		check_all();
		for (uint32_t i = 0; i < plan->partitions.count; i++) {
			const struct plan_x86_partition *row = &plan_x86(plan)->partitions[i];

			assert_int_equal(row->start_control | row->reset_control, 0);
			check_structure(i, row->start_first, row->start_count, true);
			check_structure(i, row->reset_first, row->reset_count, false);
			check_msrs(i);
			check_ports(&model, i);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
