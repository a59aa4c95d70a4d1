/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SVM's exits become: by code to their answer, and from its verdict to what VMRUN does next. Not here: nested page
 * faults (test_page_fault.c), the answers themselves (test_answers.c, test_icr.c), entries (test_svm.c), VMX.
 */
#include "svm_exits.h"

#define EVENT_DEBUG 0x80000301u
#define EVENT_UNDEFINED 0x80000306u
#define EVENT_PROTECTION 0x80000b0du
#define EVENT_ALIGNMENT 0x80000b11u

/* ---- calls, CPUID, registers, ports ---- */

static void calls_are_the_kernels(void **state)
{
	(void)state;
	guest.gpr[GPR_RAX] = 5;
	for (uint8_t level = 1; level < 4u; level++) {
		vmcb.cpl = level;
		leave(0x81);
		assert_injected(EVENT_UNDEFINED);
		assert_int_equal(called, 0);
	}
	vmcb.cpl = 0;
	leave(0x81);
	assert_next(3);
	assert_int_equal(called, 5);
	assert_int_equal(guest.gpr[GPR_RBX], 77);
	assert_int_equal(guest.gpr[GPR_RAX], 5);
}

static void an_unknown_call_is_not_supported(void **state)
{
	(void)state;
	guest.gpr[GPR_RAX] = UINT64_C(0x500000006);
	leave(0x81);
	assert_int_equal(called, 6);
	assert_int_equal(guest.gpr[GPR_RAX], UINT64_MAX);
}

static void answers_are_followed(void **state)
{
	(void)state;
	leave(0x72);
	assert_next(2);
	assert_int_equal(cpuids, 1);
	vmcb.rip = RIP;
	leave(0x7c);
	assert_next(2);
	assert_int_equal(reads, 1);
	vmcb.rip = RIP;
	vmcb.exit_info[0] = 1;
	verdict = VERDICT_PROTECTION;
	leave(0x7c);
	assert_int_equal(writes, 1);
	assert_injected(EVENT_PROTECTION);
	verdict = VERDICT_UNDEFINED;
	leave(0x7c);
	assert_injected(EVENT_UNDEFINED);
}

/* The processor's word counts where it has one; and who steps has stepped. */
static void an_instruction_ends_as_on_the_processor(void **state)
{
	(void)state;
	vmcb.next_rip = RIP + 4u; /* with prefixes */
	leave(0x72);
	assert_next(4);
	vmcb.rip = RIP;
	vmcb.next_rip = 0;
	vmcb.rflags |= 0x100u;
	leave(0x72);
	assert_int_equal(vmcb.rip, RIP + 2u);
	assert_int_equal(vmcb.event_inject, EVENT_DEBUG);
	assert_int_equal(vmcb.dr6 & 0x4000u, 0x4000u);
}

static void port_accesses_are_told_apart(void **state)
{
	static const struct {
		uint64_t info;
		struct port_access access;
	} cases[] = {
		{0x0cf90010u, {0xcf9, 1, false, false}}, {0x00710011u, {0x71, 1, true, false}},
		{0x06040020u, {0x604, 2, false, false}}, {0xfffc0041u, {0xfffc, 4, true, false}},
		{0x03f80014u, {0x3f8, 1, false, true}},
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		vmcb.rip = RIP;
		vmcb.exit_info[0] = cases[i].info;
		vmcb.exit_info[1] = RIP + 3u;
		leave(0x7b);
		assert_next(3);
		assert_int_equal(port.port, cases[i].access.port);
		assert_int_equal(port.size, cases[i].access.size);
		assert_int_equal(port.is_in, cases[i].access.is_in);
		assert_int_equal(port.is_string, cases[i].access.is_string);
	}
}

/* ---- what guests do not have, and what only passes through ---- */

static void virtualization_is_undefined(void **state)
{
	/* RSM, INVLPGA, VMRUN, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, MONITOR, MWAIT, MWAIT armed, RDPRU */
	static const uint64_t codes[] = {0x73, 0x7a, 0x80, 0x82, 0x83, 0x84, 0x85, 0x86, 0x8a, 0x8b, 0x8c, 0x8e};

	(void)state;
	for (uint32_t i = 0; i < COUNT(codes); i++) {
		leave(codes[i]);
		assert_injected(EVENT_UNDEFINED);
	}
	assert_int_equal(core.exits[EXIT_SYSREG], COUNT(codes));
	leave(0x6f); /* RDPMC */
	assert_injected(EVENT_PROTECTION);
	for (uint8_t level = 3; level > 0u; level--) {
		vmcb.cpl = level;
		leave(0x76); /* INVD */
		assert_injected(EVENT_PROTECTION);
	}
	vmcb.cpl = 0;
	leave(0x76);
	assert_next(2);
}

static void exceptions_go_back(void **state)
{
	(void)state;
	leave(0x41);
	assert_injected(EVENT_DEBUG);
	leave(0x51);
	assert_injected(EVENT_ALIGNMENT);
}

static void what_has_no_answer_ends_the_guest(void **state)
{
	static const struct {
		uint64_t code;
		const char *cause;
	} cases[] = {{0x7f, "a triple fault"},
		     {0x52, "a machine check"},
		     {UINT64_MAX, "a state that the processor cannot enter"},
		     {0x60, "an exit that has no answer"},
		     {0x8d, "an exit that has no answer"},
		     {0x401, "an exit that has no answer"}};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		assert_false(goes_on(cases[i].code));
		assert_string_equal(fault.cause, cases[i].cause);
		assert_int_equal(fault.syndrome, cases[i].code);
		assert_int_equal(fault.pc, RIP);
	}
}

/* ---- kicks, and NMIs of the guest's own ---- */

static void a_kick_forgets_translations(void **state)
{
	(void)state;
	leave(0x61);
	assert_int_equal(windows, 1);
	assert_int_equal(looks, 1);
	assert_int_equal(vmcb.rip, RIP);
	assert_int_equal(vmcb.tlb_control, VMCB_TLB_FLUSH);
	assert_int_equal(vmcb.event_inject, 0);
}

/* The second waits for the IRET of the first. */
static void nmis_come_one_by_one(void **state)
{
	(void)state;
	nmi_wanted = true;
	leave(0x61);
	assert_int_equal(vmcb.event_inject, EVENT_NMI);
	assert_false(nmi_wanted);
	nmi_wanted = true;
	leave(0x61);
	assert_int_equal(vmcb.event_inject, 0);
	assert_true(nmi_wanted);
	leave(0x74);
	assert_int_equal(vmcb.event_inject, EVENT_NMI);
	assert_false(nmi_wanted);
	leave(0x74);
	assert_int_equal(vmcb.event_inject, 0);
	assert_int_equal(vmcb.intercepts[VMCB_INTERCEPT_THIRD] & VMCB_THIRD_IRET, 0);
	assert_int_equal(vmcb.rip, RIP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(calls_are_the_kernels, make),
		cmocka_unit_test_setup(an_unknown_call_is_not_supported, make),
		cmocka_unit_test_setup(answers_are_followed, make),
		cmocka_unit_test_setup(an_instruction_ends_as_on_the_processor, make),
		cmocka_unit_test_setup(port_accesses_are_told_apart, make),
		cmocka_unit_test_setup(virtualization_is_undefined, make),
		cmocka_unit_test_setup(exceptions_go_back, make),
		cmocka_unit_test_setup(what_has_no_answer_ends_the_guest, make),
		cmocka_unit_test_setup(a_kick_forgets_translations, make),
		cmocka_unit_test_setup(nmis_come_one_by_one, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
