/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What VMX's exits become: by reason to their answer, and from its verdict to what the next entry does. Numbers are those of
 * Intel SDM volume 3, appendix C and chapter 28. Not here: the answers themselves (test_answers.c), SVM (test_exit.c).
 */
#include "handlers.h"
#include "vmx_host.h"

#include "arch/x86/trap.h"
#include "core/entry.h"

#define RIP UINT64_C(0xffffffff81000100)
#define LENGTH 3u
#define EVENT_UNDEFINED 0x80000306u
#define EVENT_PROTECTION 0x80000b0du
#define EVENT_NMI 0x80000202u
#define NOTHING UINT64_C(0xa5a5) /* of an event that nobody wrote */
#define SHADOWS 0xfu             /* STI, MOV SS; SMI and NMI, which are no shadows */

bool vmx_exit(struct guest *guest);
void vmx_exit_whole(struct guest *guest);
void vmx_kick(void);
NORETURN void vmx_refused(void);

static struct page_fault page;
static uint32_t calls, xcrs, nmis, forgotten, nested;
static uint64_t dr6;
static const char *cause;
static uint64_t syndrome;
static jmp_buf left;

/* ---- what the exits call ---- */

void call_handle(struct guest *self_guest)
{
	assert_ptr_equal(self_guest, &guest);
	calls++;
}

enum verdict xcr_handle(const struct guest *self_guest)
{
	assert_ptr_equal(self_guest, &guest);
	xcrs++;
	return verdict;
}

uint32_t page_fault_handle(struct guest *self_guest, const struct page_fault *fault)
{
	page = *fault;
	self_guest->gpr[GPR_RSP] += 8u; /* as a load of it would */
	return 1;                       /* the processor knows the length */
}

NORETURN void exit_fault(const struct guest *self_guest, uint64_t code, const char *what)
{
	assert_ptr_equal(self_guest, &guest);
	syndrome = code;
	cause = what;
	longjmp(left, 1);
}

void core_panic(const char *what, uint64_t value, uint64_t pc)
{
	assert_int_equal(pc, RIP);
	syndrome = value;
	cause = what;
	longjmp(left, 2);
}

void trap_forget_nmi(void)
{
	forgotten++;
}

void vmx_forget_nested(void)
{
	nested++;
}

void nmi_handle(void)
{
	assert_int_equal(forgotten, nmis); /* before its mark is forgotten */
	nmis++;
}

uint64_t dr6_read(void)
{
	return dr6;
}

void dr6_write(uint64_t value)
{
	dr6 = value;
}

static int make(void **state)
{
	(void)state;
	host_make();
	handlers_make();
	memset(vmcs, 0, sizeof(vmcs));
	memset(&page, 0, sizeof(page));
	vmcs[VMCS_GUEST_RIP] = RIP;
	vmcs[VMCS_GUEST_RSP] = 0x5000;
	vmcs[VMCS_GUEST_RFLAGS] = 2;
	vmcs[VMCS_GUEST_CS_ACCESS] = 0x2000;
	vmcs[VMCS_GUEST_BLOCKING] = SHADOWS;
	vmcs[VMCS_ENTRY_EVENT] = NOTHING;
	vmcs[VMCS_EXIT_LENGTH] = LENGTH;
	vmcs[VMCS_PROCESSOR] = 0xb2000c00u;
	calls = xcrs = nmis = forgotten = nested = 0;
	dr6 = 0xffff0ff0u;
	cause = NULL;
	return 0;
}

static void leave(uint32_t reason)
{
	vmcs[VMCS_EXIT_REASON] = reason;
	assert_true(vmx_exit(&guest));
}

/* Of an exit that needs all registers: whether the guest goes on. */
static bool leave_whole(uint32_t reason)
{
	vmcs[VMCS_EXIT_REASON] = reason;
	assert_false(vmx_exit(&guest));
	if (setjmp(left) != 0) {
		return false;
	}
	vmx_exit_whole(&guest);
	return true;
}

/* Went on behind the instruction; shadows end, what blocks SMIs and NMIs does not. */
static void assert_next(void)
{
	assert_int_equal(vmcs[VMCS_GUEST_RIP], RIP + LENGTH);
	assert_int_equal(vmcs[VMCS_GUEST_BLOCKING], SHADOWS & ~3u);
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], NOTHING);
	vmcs[VMCS_GUEST_RIP] = RIP;
	vmcs[VMCS_GUEST_BLOCKING] = SHADOWS;
}

static void assert_injected(uint64_t event)
{
	assert_int_equal(vmcs[VMCS_GUEST_RIP], RIP);
	assert_int_equal(vmcs[VMCS_GUEST_BLOCKING], SHADOWS & ~3u);
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], event);
	assert_int_equal(vmcs[VMCS_ENTRY_ERROR], 0);
	vmcs[VMCS_ENTRY_EVENT] = NOTHING;
	vmcs[VMCS_ENTRY_ERROR] = NOTHING;
	vmcs[VMCS_GUEST_BLOCKING] = SHADOWS;
}

/* ---- instructions ---- */

static void calls_are_the_kernels(void **state)
{
	(void)state;
	for (uint64_t level = 3; level > 0u; level--) {
		vmcs[VMCS_GUEST_SS_ACCESS] = 0xc093u | (level << 5);
		leave(18);
		assert_injected(EVENT_UNDEFINED);
		assert_int_equal(calls, 0);
	}
	vmcs[VMCS_GUEST_SS_ACCESS] = 0xc093u;
	leave(18);
	assert_next();
	assert_int_equal(calls, 1);
}

static void answers_are_followed(void **state)
{
	static const uint32_t reasons[] = {10, 31, 32, 55}; /* CPUID, RDMSR, WRMSR, XSETBV */
	static const uint32_t *const counts[] = {&cpuids, &reads, &writes, &xcrs};

	(void)state;
	for (uint32_t i = 0; i < COUNT(reasons); i++) {
		verdict = VERDICT_NEXT;
		leave(reasons[i]);
		assert_next();
		assert_int_equal(*counts[i], 1);
		verdict = VERDICT_PROTECTION;
		leave(reasons[i]);
		assert_injected(EVENT_PROTECTION);
		verdict = VERDICT_UNDEFINED;
		leave(reasons[i]);
		assert_injected(EVENT_UNDEFINED);
		assert_int_equal(*counts[i], 3);
	}
}

static void an_instruction_ends_as_on_the_processor(void **state)
{
	(void)state;
	vmcs[VMCS_GUEST_RFLAGS] |= 0x100u; /* who steps has stepped */
	vmcs[VMCS_GUEST_PENDING_DEBUG] = 1;
	leave(10);
	assert_next();
	assert_int_equal(vmcs[VMCS_GUEST_PENDING_DEBUG], 0x4001);
	vmcs[VMCS_GUEST_RIP] = 0xfffffffeu; /* addresses of 32 bits wrap, those of 64 do not */
	leave(10);
	assert_int_equal(vmcs[VMCS_GUEST_RIP], UINT64_C(0x100000001));
	vmcs[VMCS_GUEST_CS_ACCESS] = 0x4000;
	vmcs[VMCS_GUEST_RIP] = 0xfffffffeu;
	leave(10);
	assert_int_equal(vmcs[VMCS_GUEST_RIP], 1);
}

static void port_accesses_are_told_apart(void **state)
{
	static const struct {
		uint64_t qualification;
		struct port_access access;
	} cases[] = {
		{0x0cf90000u, {0xcf9, 1, false, false}}, {0x00710008u, {0x71, 1, true, false}},
		{0x06040001u, {0x604, 2, false, false}}, {0xfffc000bu, {0xfffc, 4, true, false}},
		{0x03f80010u, {0x3f8, 1, false, true}},
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		vmcs[VMCS_QUALIFICATION] = cases[i].qualification;
		leave(30);
		assert_next();
		assert_int_equal(port.port, cases[i].access.port);
		assert_int_equal(port.size, cases[i].access.size);
		assert_int_equal(port.is_in, cases[i].access.is_in);
		assert_int_equal(port.is_string, cases[i].access.is_string);
	}
	verdict = VERDICT_PROTECTION;
	leave(30);
	assert_injected(EVENT_PROTECTION);
}

static void what_guests_do_not_have(void **state)
{
	/* GETSEC; VMCLEAR to VMXON; MWAIT, MONITOR; INVEPT, INVVPID */
	static const uint32_t undefined[] = {11, 19, 20, 21, 22, 23, 24, 25, 26, 27, 36, 39, 50, 53};

	(void)state;
	for (uint32_t i = 0; i < COUNT(undefined); i++) {
		leave(undefined[i]);
		assert_injected(EVENT_UNDEFINED);
	}
	assert_int_equal(core.exits[EXIT_SYSREG], COUNT(undefined));
	leave(15); /* RDPMC */
	assert_injected(EVENT_PROTECTION);
	leave(13); /* INVD */
	assert_next();
	leave(54); /* WBINVD */
	assert_next();
	assert_int_equal(core.exits[EXIT_SYSREG], COUNT(undefined) + 3u);
}

/* ---- control registers ---- */

/* The guest's MOV of R9, which is executed again where the answer is that it may. */
static void control(uint32_t number, uint64_t value)
{
	guest.gpr[9] = value;
	vmcs[VMCS_QUALIFICATION] = 0x900u | number;
	assert_true(leave_whole(28));
	assert_int_equal(vmcs[VMCS_GUEST_RIP], RIP);
}

static void hidden_bits_read_as_written(void **state)
{
	(void)state;
	control(0, 0xe0000011u); /* CD and NW */
	assert_int_equal(vmcs[VMCS_CR0_SHADOW], 0xe0000011u);
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], NOTHING);
	control(0, 0xa0000011u); /* NW alone */
	assert_injected(EVENT_PROTECTION);
	assert_int_equal(vmcs[VMCS_CR0_SHADOW], 0xe0000011u);
	vmcs[VMCS_CR4_MASK] = ~UINT64_C(0x770fbf);
	control(4, 0x60); /* MCE */
	assert_int_equal(vmcs[VMCS_CR4_SHADOW], 0x60);
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], NOTHING);
	for (uint32_t bit = 0; bit < 64u; bit++) {
		uint64_t mask = UINT64_C(1) << bit;

		if (((vmcs[VMCS_CR4_MASK] & mask) != 0u) &&
		    (mask != 0x40u)) { /* VMXE, SMXE, LA57 and what nobody has */
			control(4, 0x20u | mask);
			assert_injected(EVENT_PROTECTION);
		}
	}
	assert_int_equal(vmcs[VMCS_CR4_SHADOW], 0x60);
}

/* What exits by no control of ours: refused, not done. */
static void other_accesses_are_refused(void **state)
{
	static const uint32_t kinds[] = {0x3, 0x8, 0x10, 0x13, 0x14, 0x20, 0x30}; /* CR3, CR8; reads; CLTS, LMSW */

	(void)state;
	vmcs[VMCS_CR0_SHADOW] = vmcs[VMCS_CR4_SHADOW] = 0x1234;
	for (uint32_t i = 0; i < COUNT(kinds); i++) {
		control(kinds[i], 0);
		assert_injected(EVENT_PROTECTION);
	}
	assert_int_equal(vmcs[VMCS_CR0_SHADOW] + vmcs[VMCS_CR4_SHADOW], 0x2468);
}

/* ---- exceptions, kicks ---- */

static void an_exception(uint64_t event, uint64_t error)
{
	vmcs[VMCS_EXIT_EVENT] = event;
	vmcs[VMCS_EXIT_EVENT_ERROR] = error;
	leave(0);
}

static void exceptions_go_back(void **state)
{
	(void)state;
	an_exception(0x80000b11u, 7); /* #AC */
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], 0x80000b11u);
	assert_int_equal(vmcs[VMCS_ENTRY_ERROR], 7);
	vmcs[VMCS_QUALIFICATION] = 0x4002; /* #DB, a step onto the second breakpoint; NMIs were unblocked by an IRET */
	vmcs[VMCS_GUEST_DR7] = 0x2400;
	dr6 = 0xffff0ff1u;
	an_exception(0x80001301u, 0);
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], 0x80000301u);
	assert_int_equal(dr6, 0xffff4ff2u);
	assert_int_equal(vmcs[VMCS_GUEST_DR7], 0x400);
	vmcs[VMCS_EXIT_LENGTH] = 1;
	an_exception(0x80000501u, 0); /* INT1: privileged software exception, of a length */
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], 0x80000501u);
	assert_int_equal(vmcs[VMCS_ENTRY_LENGTH], 1);
	assert_int_equal(vmcs[VMCS_GUEST_RIP], RIP);
}

/* NMIs are blocked behind such an exit until our own handler's IRET; a guest that sleeps must have a next instruction. */
static void a_kick_forgets_translations_and_wakes(void **state)
{
	(void)state;
	vmcs[VMCS_GUEST_ACTIVITY] = 1;
	an_exception(0x80000202u, 0);
	assert_int_equal(nmis, 1);
	assert_int_equal(forgotten, 1);
	assert_int_equal(nested, 1);
	assert_int_equal(vmcs[VMCS_GUEST_ACTIVITY], 0);
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], NOTHING);
	assert_int_equal(vmcs[VMCS_PROCESSOR], 0xb2000c00u);
	vmcs[VMCS_GUEST_ACTIVITY] = 1;
	vmx_kick(); /* between an exit and the next entry */
	assert_int_equal(nmis, 1);
	assert_int_equal(nested, 2);
	assert_int_equal(vmcs[VMCS_GUEST_ACTIVITY], 0);
}

/* When the guest takes one the processor knows: it exits then. */
static void an_nmi_waits_for_its_window(void **state)
{
	(void)state;
	nmi_wanted = true;
	an_exception(0x80000202u, 0);
	assert_int_equal(vmcs[VMCS_PROCESSOR], 0xb2400c00u);
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], NOTHING);
	assert_true(nmi_wanted);
	leave(8);
	assert_int_equal(vmcs[VMCS_PROCESSOR], 0xb2000c00u);
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], EVENT_NMI);
	assert_false(nmi_wanted);
	vmcs[VMCS_ENTRY_EVENT] = NOTHING;
	leave(8);
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], NOTHING);
	leave(3); /* INIT from outside */
	assert_int_equal(vmcs[VMCS_ENTRY_EVENT], NOTHING);
	assert_int_equal(vmcs[VMCS_GUEST_RIP], RIP);
}

/* ---- memory ---- */

static void violations_are_told_apart(void **state)
{
	static const struct {
		uint64_t qualification, vectoring;
		struct page_fault fault;
	} cases[] = {
		{0x181, 0, {.is_write = false}},
		{0x182, 0, {.is_write = true}},
		{0x184, 0, {.is_fetch = true}},
		{0x081, 0, {.is_walk = true}},
		{0x082, 0, {.is_write = true, .is_walk = true}}, /* accessed and dirty bits */
		{0x001, 0, {.is_walk = false}},                  /* of no linear address: page-directory pointers */
		{0x18a, 0, {.is_write = true, .is_present = true}},
		{0x192, 0, {.is_write = true, .is_present = true}},
		{0x1a2, 0, {.is_write = true, .is_present = true}},
		{0x182, 0x80000b0eu, {.is_write = true, .is_event = true}},
		{0x182, 0x00000b0eu, {.is_write = true}},
	};

	(void)state;
	vmcs[VMCS_EXIT_ADDRESS] = 0xfec00010u;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		vmcs[VMCS_GUEST_RSP] = 0x5000;
		vmcs[VMCS_QUALIFICATION] = cases[i].qualification;
		vmcs[VMCS_VECTORING] = cases[i].vectoring;
		assert_true(leave_whole(48));
		assert_next();
		assert_int_equal(page.address, 0xfec00010u);
		assert_int_equal(page.code, cases[i].qualification);
		assert_int_equal(page.is_write, cases[i].fault.is_write);
		assert_int_equal(page.is_fetch, cases[i].fault.is_fetch);
		assert_int_equal(page.is_walk, cases[i].fault.is_walk);
		assert_int_equal(page.is_present, cases[i].fault.is_present);
		assert_int_equal(page.is_event, cases[i].fault.is_event);
		assert_int_equal(vmcs[VMCS_GUEST_RSP], 0x5008);
	}
}

/* ---- ends ---- */

static void what_has_no_answer_ends_the_guest(void **state)
{
	static const struct {
		uint32_t reason;
		const char *cause;
	} cases[] = {{2, "a triple fault"},
		     {9, "a task switch"},
		     {1, "an exit that has no answer"},
		     {12, "an exit that has no answer"},
		     {28 + 1, "an exit that has no answer"},
		     {49, "an exit that has no answer"}};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		assert_false(leave_whole(cases[i].reason));
		assert_string_equal(cause, cases[i].cause);
		assert_int_equal(syndrome, cases[i].reason);
		assert_int_equal(guest.gpr[GPR_RSP], 0x5000);
	}
	vmcs[VMCS_EXIT_EVENT] = 0x80000312u;
	assert_false(leave_whole(0));
	assert_string_equal(cause, "a machine check");
	assert_int_equal(syndrome, 0x80000312u);
}

/* Guest state is ours to keep right: an entry that fails is our own end. */
static void an_entry_that_fails_is_a_panic(void **state)
{
	(void)state;
	assert_false(leave_whole(0x80000021u));
	assert_string_equal(cause, "VM entry fails, reason");
	assert_int_equal(syndrome, 0x80000021u);
	vmcs[VMCS_INSTRUCTION_ERROR] = 7;
	if (setjmp(left) == 0) {
		vmx_refused();
	}
	assert_string_equal(cause, "VM entry is refused, error");
	assert_int_equal(syndrome, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(calls_are_the_kernels, make),
		cmocka_unit_test_setup(answers_are_followed, make),
		cmocka_unit_test_setup(an_instruction_ends_as_on_the_processor, make),
		cmocka_unit_test_setup(port_accesses_are_told_apart, make),
		cmocka_unit_test_setup(what_guests_do_not_have, make),
		cmocka_unit_test_setup(hidden_bits_read_as_written, make),
		cmocka_unit_test_setup(other_accesses_are_refused, make),
		cmocka_unit_test_setup(exceptions_go_back, make),
		cmocka_unit_test_setup(a_kick_forgets_translations_and_wakes, make),
		cmocka_unit_test_setup(an_nmi_waits_for_its_window, make),
		cmocka_unit_test_setup(violations_are_told_apart, make),
		cmocka_unit_test_setup(what_has_no_answer_ends_the_guest, make),
		cmocka_unit_test_setup(an_entry_that_fails_is_a_panic, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
