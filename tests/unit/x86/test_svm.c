/* SPDX-License-Identifier: Apache-2.0 */
/* How a guest's life begins under SVM, and what its control block tells of it. Not here: exits (test_exit.c). */
#include "host.h"

#include "arch/x86/machine.h"
#include "arch/x86/svm.h"
#include "arch/x86/vmx.h"
#include "core/entry.h"

static _Alignas(PLAN_PAGE) struct vmcb vmcb;
static struct guest guest;
static jmp_buf left;

struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	assert_int_equal(leaf, 1);
	assert_int_equal(subleaf, 0);
	return (struct cpuid){.eax = 0x00800f12u};
}

/* ---- the other back end, which is not asked ---- */

bool machine_is_intel(void)
{
	return false;
}

void vmx_mode_read(struct guest_mode *mode)
{
	(void)mode;
	fail();
}

uint64_t vmcs_read(uint64_t field)
{
	(void)field;
	fail();
	return 0;
}

uint64_t vmx_efer(void)
{
	fail();
	return 0;
}

void vmx_efer_set(uint64_t efer)
{
	(void)efer;
	fail();
}

static _Alignas(PLAN_PAGE) struct vmcb templates[2][2]; /* of both partitions: start, reset */
static _Alignas(PLAN_PAGE) struct vmcb controls[4];
static struct plan_core core_row;
static bool entered;
static struct {
	uint64_t control, argument, signature, stack;
} run;

void core_on_guest_enter(void)
{
	entered = true;
}

NORETURN void svm_run(uint64_t control, uint64_t argument, uint64_t signature, uint64_t stack_top);
NORETURN void svm_run(uint64_t control, uint64_t argument, uint64_t signature, uint64_t stack_top)
{
	assert_true(entered);
	run.control = control;
	run.argument = argument;
	run.signature = signature;
	run.stack = stack_top;
	longjmp(left, 2);
}

static int make(void **state)
{
	(void)state;
	host_make();
	memset(&vmcb, 0, sizeof(vmcb));
	guest.control = (uintptr_t)&vmcb;
	vmcb.efer = EFER_SVME | EFER_LME | EFER_LMA;
	return 0;
}

/* ---- the back end's seam ---- */

static void svme_is_the_hypervisors(void **state)
{
	struct guest_mode mode;

	(void)state;
	vmcb.tlb_control = 0;
	assert_int_equal(guest_efer(&guest), EFER_LME | EFER_LMA);
	guest_efer_set(&guest, EFER_SCE);
	assert_int_equal(vmcb.efer, EFER_SVME | EFER_SCE);
	assert_int_equal(vmcb.tlb_control, VMCB_TLB_FLUSH);
	guest_mode_read(&guest, &mode);
	assert_int_equal(mode.efer, EFER_SCE);
}

static void modes_of_code(void **state)
{
	static const struct {
		uint64_t efer;
		uint16_t attributes;
		bool is_code64, is_code32;
	} cases[] = {{EFER_LMA, VMCB_SEGMENT_LONG, true, false},
		     {EFER_LMA, VMCB_SEGMENT_DEFAULT, false, true},
		     {EFER_LMA, 0, false, false},
		     {0, VMCB_SEGMENT_LONG, false, false},
		     {0, VMCB_SEGMENT_DEFAULT | VMCB_SEGMENT_LONG, false, true}};

	(void)state;
	vmcb.cs.base = 0x12340;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		struct guest_mode mode;

		vmcb.efer = EFER_SVME | cases[i].efer;
		vmcb.cs.attributes = cases[i].attributes;
		guest_mode_read(&guest, &mode);
		assert_int_equal(mode.is_code64, cases[i].is_code64);
		assert_int_equal(mode.is_code32, cases[i].is_code32);
		assert_int_equal(mode.code_base, cases[i].is_code64 ? 0u : 0x12340u);
	}
}

static void enter(uint64_t entry, uint64_t argument)
{
	gpaddr_t address = {entry};

	entered = false;
	if (setjmp(left) == 0) {
		svm_enter(core.vcpu, address, argument);
	}
	assert_int_equal(run.control, (uintptr_t)&controls[3]);
	assert_int_equal(run.argument, argument);
	assert_int_equal(run.stack, 0x7000);
	assert_int_equal(controls[3].tlb_control, VMCB_TLB_FLUSH);
}

/* From its own partition's templates, on its own core's page, whatever an earlier life left there. */
static void a_core_enters_by_its_template(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2u; i++) {
		for (uint32_t j = 0; j < 2u; j++) {
			memset(&templates[i][j], 0, PLAN_PAGE);
			templates[i][j].asid = (i * 10u) + j + 1u;
			templates[i][j].cs = (struct vmcb_segment){.limit = 0xffffu, .attributes = 0x9bu};
		}
		plan.x86.partitions[i].start_control = (uintptr_t)&templates[i][0];
		plan.x86.partitions[i].reset_control = (uintptr_t)&templates[i][1];
	}
	memset(controls, 0xff, sizeof(controls));
	plan.x86.control = (uintptr_t)controls;
	core_row = (struct plan_core){.vcpu = 3, .stack_top = 0x7000};
	core.core = &core_row;
	vcpus[1].partition = 1;
	enter(0x1000200u, 0x90000u);
	assert_int_equal(controls[3].asid, 11);
	assert_int_equal(controls[3].rip, 0x1000200u);
	assert_int_equal(controls[3].cs.base, 0);
	assert_int_equal(controls[3].event_inject, 0);
	assert_int_equal(run.signature, 0);
	memset(&controls[3], 0xff, PLAN_PAGE);
	enter(0x9a000u, 0);
	assert_int_equal(controls[3].asid, 12);
	assert_int_equal(controls[3].rip, 0);
	assert_int_equal(controls[3].cs.base, 0x9a000u);
	assert_int_equal(controls[3].cs.selector, 0x9a00u);
	assert_int_equal(run.signature, 0x00800f12u);
	for (uint32_t i = 0; i < 3u; i++) {
		assert_int_equal(controls[i].asid, UINT32_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(svme_is_the_hypervisors, make),
		cmocka_unit_test_setup(modes_of_code, make),
		cmocka_unit_test_setup(a_core_enters_by_its_template, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
