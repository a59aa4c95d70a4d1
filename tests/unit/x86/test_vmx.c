/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What VMX's back end demands of a core before it runs a plan's rows, what it makes of these rows, and how a guest's life begins.
 * Numbers of registers are those of Intel SDM volume 4. Not here: exits (test_vmx_exit.c).
 */
#include "vmx_host.h"

#include "core/entry.h"

#define FEATURE_CONTROL 0x3au
#define BASIC 0x480u
#define PROCESSOR 0x482u
#define SECONDARY 0x48bu
#define CAPABILITIES 0x48cu
#define CAPABILITIES_NEEDED                                                                                            \
	UINT64_C(0x40104114040) /* INVVPID, all contexts; INVEPT, all contexts; 2 MiB, write-back, 4 levels */
#define TRUE_PIN 0x48du
#define TRUE_PROCESSOR 0x48eu
#define TRUE_EXIT 0x48fu
#define TRUE_ENTRY 0x490u
#define ANY UINT64_C(0xffffffff00000000) /* every bit may be 1, and 0 */
#define ROWS 8u                          /* of each of a partition's structures */
#define REVISION 0x1234u
#define STACK_TOP 0x7000u
#define MSRS 0x1000u

static uint64_t msrs[MSRS];
static uint64_t high_msrs[MSRS]; /* from 0xc0000000 on */
static uint32_t features;
static uint64_t cr0, cr2, cr4;
static uint32_t opened, refused_field, nested, linear;
static bool refuses_page, refuses_on;
static uint64_t on_region;
static _Alignas(PLAN_PAGE) uint8_t pages[4][PLAN_PAGE];
static struct plan_core row;
static const char *panic;
static jmp_buf left;
static bool entered;
static struct {
	uint64_t argument, signature, stack;
} run;

/* ---- the processor ---- */

struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	assert_int_equal(leaf, 1);
	assert_int_equal(subleaf, 0);
	return (struct cpuid){.eax = 0x306c3u, .ecx = features};
}

static uint64_t *msr_at(uint32_t number)
{
	uint64_t *at = (number >= 0xc0000000u) ? high_msrs : msrs;

	assert_true((number & 0x3fffffffu) < MSRS);
	assert_true((number < 0x480u) || (number > 0x490u) || ((features & 0x20u) != 0u)); /* where there is VMX */
	return &at[number & 0x3fffffffu];
}

uint64_t msr_read(uint32_t number)
{
	return *msr_at(number);
}

void msr_write(uint32_t number, uint64_t value)
{
	*msr_at(number) = value;
}

bool vmcs_try_write(uint64_t field, uint64_t value)
{
	vmcs_write(field, value);
	return (refused_field == 0u) || (field != refused_field);
}

bool vmcs_open(uint64_t page)
{
	assert_int_equal(*(uint32_t *)(uintptr_t)page, REVISION);
	assert_int_equal(page, (uintptr_t)pages[3]);
	opened++;
	return !refuses_page;
}

bool vmx_on(uint64_t region)
{
	assert_int_equal(*(uint32_t *)(uintptr_t)region, REVISION);
	assert_true((cr4 & 0x2000u) != 0u);
	on_region = region;
	return !refuses_on;
}

void vmx_invept(uint64_t kind)
{
	assert_int_equal(kind, 2);
	nested++;
}

void vmx_invvpid(uint64_t kind)
{
	assert_int_equal(kind, 2);
	linear++;
}

uint64_t cr0_read(void)
{
	return cr0;
}

void cr2_write(uint64_t value)
{
	cr2 = value;
}

uint64_t cr4_read(void)
{
	return cr4;
}

void cr4_write(uint64_t value)
{
	cr4 = value;
}

/* ---- what it calls ---- */

void core_panic(const char *what, uint64_t value, uint64_t pc)
{
	(void)value;
	(void)pc;
	panic = what;
	longjmp(left, 1);
}

void core_on_guest_enter(void)
{
	entered = true;
}

NORETURN void vmx_run(uint64_t argument, uint64_t signature, uint64_t stack_top)
{
	assert_true(entered);
	run.argument = argument;
	run.signature = signature;
	run.stack = stack_top;
	longjmp(left, 2);
}

void vmx_arrive(void);
void vmx_arrive(void)
{
	fail();
}

/* ---- the plan: partition 1's rows for a start, then for a reset ---- */

static const struct plan_vmcs rows[ROWS] = {
	{0x28, VMCS_PIN, 0x28},
	{0xb2000c00, VMCS_PROCESSOR, 0xb2000c00},
	{0x1010ea, VMCS_SECONDARY, 0xe2}, /* RDTSCP, INVPCID and XSAVES where the core has them */
	{0x3c0204, VMCS_EXIT, 0x3c0204},
	{0xc204, VMCS_ENTRY, 0xc204},
	{UINT64_C(0x123456789abcdef0), VMCS_EPT, 0},
	{7, VMCS_GUEST_CS, 0},
	{0, VMCS_GUEST_RIP, 0},
};

static const struct {
	uint32_t field, msr;
} controls[] = {{VMCS_PIN, TRUE_PIN},
		{VMCS_PROCESSOR, TRUE_PROCESSOR},
		{VMCS_SECONDARY, SECONDARY},
		{VMCS_EXIT, TRUE_EXIT},
		{VMCS_ENTRY, TRUE_ENTRY}};

static int make(void **state)
{
	(void)state;
	host_make();
	memset(msrs, 0, sizeof(msrs));
	memset(high_msrs, 0x77, sizeof(high_msrs));
	memset(vmcs, 0xa5, sizeof(vmcs));
	memset(pages, 0, sizeof(pages));
	memcpy(&plan.vmcs[0], rows, sizeof(rows));
	memcpy(&plan.vmcs[ROWS], rows, sizeof(rows));
	plan.vmcs[ROWS + 6u].value = 0;
	plan.x86.partitions[1] =
		(struct plan_x86_partition){.start_count = ROWS, .reset_first = ROWS, .reset_count = ROWS};
	plan.x86.control = (uintptr_t)pages;
	row = (struct plan_core){.partition = 1, .vcpu = 3, .stack_top = STACK_TOP, .el2_root = 0x9000};
	core.core = &row;
	vcpus[1].partition = 1;
	features = 0x20u;
	msrs[FEATURE_CONTROL] = 5;
	msrs[BASIC] = (UINT64_C(1) << 55) | 0x80000000u | REVISION;
	msrs[PROCESSOR] = UINT64_C(1) << 63;
	msrs[CAPABILITIES] = CAPABILITIES_NEEDED;
	for (uint32_t i = 0; i < COUNT(controls); i++) {
		msrs[controls[i].msr] = ANY;
	}
	cr0 = 0x80000031u;
	cr4 = 0x20u;
	cr2 = UINT64_MAX;
	opened = refused_field = nested = linear = 0;
	refuses_page = refuses_on = entered = false;
	panic = NULL;
	return 0;
}

static void assert_check(enum refusal expected)
{
	assert_int_equal(vmx_check(&plan.header, &row), expected);
}

/* ---- what a core must have ---- */

static void a_core_with_everything_is_accepted(void **state)
{
	(void)state;
	assert_check(REFUSAL_NONE);
	msrs[FEATURE_CONTROL] = 0; /* left open by firmware */
	assert_check(REFUSAL_NONE);
}

/* Nothing of VMX is read where there is none: msr_at. */
static void another_vendors_core_is_refused(void **state)
{
	(void)state;
	features = ~0x20u;
	assert_check(REFUSAL_VENDOR);
}

static void firmware_that_switched_it_off_is_named(void **state)
{
	(void)state;
	msrs[FEATURE_CONTROL] = 1;
	assert_check(REFUSAL_VIRTUALIZATION);
	msrs[FEATURE_CONTROL] = 3; /* within SMX only */
	assert_check(REFUSAL_VIRTUALIZATION);
}

static void nested_paging_is_needed_with_each_of_its_parts(void **state)
{
	(void)state;
	for (uint32_t bit = 0; bit < 64u; bit++) {
		uint64_t mask = UINT64_C(1) << bit;

		msrs[CAPABILITIES] = ~mask;
		assert_check(((CAPABILITIES_NEEDED & mask) != 0u) ? REFUSAL_NESTED_PAGING : REFUSAL_NONE);
	}
	msrs[CAPABILITIES] = CAPABILITIES_NEEDED;
	msrs[SECONDARY] = ANY & ~(UINT64_C(2) << 32);
	assert_check(REFUSAL_NESTED_PAGING);
	msrs[SECONDARY] = ANY;
	msrs[PROCESSOR] = 0; /* no secondary controls at all: their register is not there either */
	assert_check(REFUSAL_NESTED_PAGING);
}

/* Every bit of every control, one at a time: refused where the plan requires it, else left out. */
static void each_required_control_is_needed(void **state)
{
	uint32_t refusals = 0;

	(void)state;
	for (uint32_t i = 0; i < COUNT(controls); i++) {
		for (uint32_t bit = 0; bit < 32u; bit++) {
			bool required = ((rows[i].required >> bit) & 1u) != 0u;

			if ((controls[i].field == VMCS_SECONDARY) && (bit == 1u)) {
				continue; /* EPT has a refusal of its own */
			}
			msrs[controls[i].msr] = ANY & ~(UINT64_C(1) << (bit + 32u));
			assert_check(required ? REFUSAL_CONTROLS : REFUSAL_NONE);
			refusals += required ? 1u : 0u;
		}
		msrs[controls[i].msr] = ANY;
	}
	assert_int_equal(refusals, 21);
}

/* What a core started by SIPI has is asked of it, too; what other partitions' rows need is not. */
static void both_structures_are_looked_at(void **state)
{
	(void)state;
	plan.vmcs[0].required = 0;
	msrs[TRUE_PIN] = 0;
	assert_check(REFUSAL_CONTROLS);
	plan.vmcs[ROWS].required = 0;
	assert_check(REFUSAL_NONE);
	plan.vmcs[ROWS - 1u].required = 1; /* and all of its rows */
	assert_check(REFUSAL_CONTROLS);
	plan.x86.partitions[0] = plan.x86.partitions[1];
	plan.x86.partitions[1] = (struct plan_x86_partition){0};
	assert_check(REFUSAL_NONE);
	row.partition = 0;
	assert_check(REFUSAL_CONTROLS);
	row.partition = PLAN_NONE;
	assert_check(REFUSAL_NONE);
}

/* CR3 could not be the guest's own there: each of its writes would exit, with an answer that there is not. */
static void a_core_that_must_trap_cr3_is_refused(void **state)
{
	(void)state;
	msrs[TRUE_PROCESSOR] = ANY | 0x8000u;
	assert_check(REFUSAL_CONTROLS);
	msrs[TRUE_PROCESSOR] = ANY | 0x10000u;
	assert_check(REFUSAL_CONTROLS);
	msrs[TRUE_PROCESSOR] = ANY | 0x2u;
	assert_check(REFUSAL_NONE);
}

static void an_old_core_is_refused(void **state)
{
	(void)state;
	msrs[BASIC] = REVISION; /* no true controls */
	assert_check(REFUSAL_CONTROLS);
}

/* ---- VMX operation ---- */

static void operation_begins_with_a_region_of_this_core(void **state)
{
	uint64_t region = (uintptr_t)pages[0];

	(void)state;
	msrs[FEATURE_CONTROL] = 0x20u;
	assert_int_equal(vmx_enable(region), REFUSAL_NONE);
	assert_int_equal(on_region, region);
	assert_int_equal(msrs[FEATURE_CONTROL], 0x25);
	assert_int_equal(cr4, 0x2020);
	msrs[FEATURE_CONTROL] = 5;
	refuses_on = true;
	assert_int_equal(vmx_enable(region), REFUSAL_VIRTUALIZATION);
	assert_int_equal(msrs[FEATURE_CONTROL], 5);
}

/* ---- a guest's life ---- */

/* True: it runs. */
static bool enter(uint64_t entry, uint64_t argument)
{
	gpaddr_t address = {entry};

	if (setjmp(left) == 0) {
		vmx_enter(core.vcpu, address, argument);
	}
	return panic == NULL;
}

static void a_core_starts_by_its_partitions_rows(void **state)
{
	(void)state;
	msrs[TRUE_PIN] = ANY | 0x16u;                        /* what a core cannot leave out */
	msrs[SECONDARY] = ANY & ~(UINT64_C(0x101000) << 32); /* what it has not: INVPCID, XSAVES */
	assert_true(enter(0x1000200u, 0x90000u));
	assert_int_equal(opened, 1);
	assert_int_equal(vmcs[VMCS_PIN], 0x3e);
	assert_int_equal(vmcs[VMCS_SECONDARY], 0xea);
	assert_int_equal(vmcs[VMCS_EPT], UINT64_C(0x123456789abcdef0));
	assert_int_equal(vmcs[VMCS_GUEST_CS], 7);
	assert_int_equal(vmcs[VMCS_GUEST_RIP], 0x1000200u);
	assert_int_equal(vmcs[0x202c], UINT64_C(0xa5a5a5a5a5a5a5a5)); /* XSS exits: no such field without XSAVES */
	assert_int_equal(run.argument, 0x90000u);
	assert_int_equal(run.signature, 0);
	assert_int_equal(run.stack, STACK_TOP);
}

/* Whatever an earlier life left in the structure. */
static void a_core_starts_up_where_it_is_sent(void **state)
{
	(void)state;
	vmcs[VMCS_GUEST_RIP] = 0x2078f7u;
	assert_true(enter(0x9a000u, 0));
	assert_int_equal(vmcs[VMCS_GUEST_RIP], 0);
	assert_int_equal(vmcs[VMCS_GUEST_CS], 0x9a00u);
	assert_int_equal(vmcs[VMCS_GUEST_CS_BASE], 0x9a000u);
	assert_int_equal(vmcs[0x202c], 0);
	assert_int_equal(run.argument, 0);
	assert_int_equal(run.signature, 0x306c3u);
}

/* Registers that are in no structure, and translations. */
static void nothing_is_left_of_an_earlier_life(void **state)
{
	(void)state;
	assert_true(enter(0x9a000u, 0));
	assert_int_equal(cr2, 0);
	for (uint32_t number = 0x81; number <= 0x84u; number++) {
		assert_int_equal(high_msrs[number], 0);
	}
	assert_int_equal(high_msrs[0x102], 0);
	assert_int_equal(nested, 1);
	assert_int_equal(linear, 1);
}

/* Where an exit arrives: this core's own tables, stack and modes; nothing of the guest's. */
static void an_exit_finds_the_hypervisor(void **state)
{
	static const uint32_t zero[] = {0x0c00, 0x0c06, 0x0c08, 0x0c0a, 0x4c00, 0x6c06, 0x6c08, 0x6c0a, 0x6c10, 0x6c12};

	(void)state;
	high_msrs[0x80] = 0xd00;
	msrs[0x277] = UINT64_C(0x7040600070406);
	cr4 = 0x2020u;
	assert_true(enter(0x9a000u, 0));
	assert_int_equal(vmcs[VMCS_HOST_CR0], 0x80000031u);
	assert_int_equal(vmcs[VMCS_HOST_CR3], 0x9000);
	assert_int_equal(vmcs[VMCS_HOST_CR4], 0x2020);
	assert_int_equal(vmcs[VMCS_HOST_EFER], 0xd00);
	assert_int_equal(vmcs[VMCS_HOST_PAT], UINT64_C(0x7040600070406));
	assert_int_equal(vmcs[VMCS_HOST_CS], SELECTOR_CODE64);
	assert_int_equal(vmcs[VMCS_HOST_SS], SELECTOR_DATA);
	assert_int_equal(vmcs[VMCS_HOST_TR], SELECTOR_TASK);
	assert_int_equal(vmcs[VMCS_HOST_RSP], STACK_TOP - STACK_GUEST + GUEST_REST);
	assert_int_equal(vmcs[VMCS_HOST_RIP], (uintptr_t)vmx_arrive);
	for (uint32_t i = 0; i < COUNT(zero); i++) {
		assert_int_equal(vmcs[zero[i]], 0);
	}
}

static void what_the_processor_refuses_is_a_panic(void **state)
{
	(void)state;
	refused_field = VMCS_EPT;
	assert_false(enter(0x9a000u, 0));
	assert_string_equal(panic, "VMWRITE refuses the field");
	refused_field = 0;
	refuses_page = true;
	assert_false(enter(0x9a000u, 0));
	assert_string_equal(panic, "VMPTRLD refuses the page");
	assert_false(entered);
}

/* ---- the seam ---- */

static void modes_of_code(void **state)
{
	static const struct {
		uint64_t efer, access;
		bool is_code64, is_code32;
	} cases[] = {{EFER_LMA, 0x2000, true, false},
		     {EFER_LMA, 0x4000, false, true},
		     {EFER_LMA, 0, false, false},
		     {0, 0x2000, false, false},
		     {0, 0x6000, false, true}};

	(void)state;
	vmcs[VMCS_GUEST_CS_BASE] = 0x12340;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		struct guest_mode mode;

		vmcs[VMCS_GUEST_EFER] = cases[i].efer;
		vmcs[VMCS_GUEST_CS_ACCESS] = cases[i].access;
		vmx_mode_read(&mode);
		assert_int_equal(mode.is_code64, cases[i].is_code64);
		assert_int_equal(mode.is_code32, cases[i].is_code32);
		assert_int_equal(mode.code_base, cases[i].is_code64 ? 0u : 0x12340u);
	}
}

static void no_execute_is_cached(void **state)
{
	(void)state;
	vmx_efer_set(EFER_LME | EFER_LMA | EFER_NXE);
	assert_int_equal(vmx_efer(), EFER_LME | EFER_LMA | EFER_NXE);
	assert_int_equal(linear, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_core_with_everything_is_accepted, make),
		cmocka_unit_test_setup(another_vendors_core_is_refused, make),
		cmocka_unit_test_setup(firmware_that_switched_it_off_is_named, make),
		cmocka_unit_test_setup(nested_paging_is_needed_with_each_of_its_parts, make),
		cmocka_unit_test_setup(each_required_control_is_needed, make),
		cmocka_unit_test_setup(both_structures_are_looked_at, make),
		cmocka_unit_test_setup(a_core_that_must_trap_cr3_is_refused, make),
		cmocka_unit_test_setup(an_old_core_is_refused, make),
		cmocka_unit_test_setup(operation_begins_with_a_region_of_this_core, make),
		cmocka_unit_test_setup(a_core_starts_by_its_partitions_rows, make),
		cmocka_unit_test_setup(a_core_starts_up_where_it_is_sent, make),
		cmocka_unit_test_setup(nothing_is_left_of_an_earlier_life, make),
		cmocka_unit_test_setup(an_exit_finds_the_hypervisor, make),
		cmocka_unit_test_setup(what_the_processor_refuses_is_a_panic, make),
		cmocka_unit_test_setup(modes_of_code, make),
		cmocka_unit_test_setup(no_execute_is_cached, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
