/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SVM's exits become: by code to their answer, and from its verdict to what VMRUN does next. Accesses to the I/O
 * APIC's page, and what ends a guest. Not here: the answers themselves (test_answers.c, test_icr.c), entries (test_svm.c), VMX.
 */
#include "filters.h"
#include "host.h"

#include "arch/x86/decode.h"
#include "arch/x86/exit.h"
#include "arch/x86/icr.h"
#include "arch/x86/ioapic_filter.h"
#include "arch/x86/message.h"
#include "arch/x86/machine.h"
#include "arch/x86/pci.h"
#include "arch/x86/svm.h"
#include "arch/x86/vmx.h"
#include "core/entry.h"

#define RIP UINT64_C(0xffffffff81000100)
#define REGISTERS 0xfec00000u /* guest-physical */
#define EVENT_DEBUG 0x80000301u
#define EVENT_UNDEFINED 0x80000306u
#define EVENT_PROTECTION 0x80000b0du
#define EVENT_ALIGNMENT 0x80000b11u
#define EVENT_NMI 0x80000202u

bool svm_exit(struct guest *guest, struct vmcb *vmcb);
void svm_exit_whole(struct guest *guest, struct vmcb *vmcb);

static _Alignas(PLAN_PAGE) struct vmcb vmcb;
static struct guest guest;
static struct plan_filter filter;
static struct instruction code;
static enum verdict verdict;
static struct port_access port;
static struct guest_fault fault;
static jmp_buf faulted;
static uint32_t cpuids, reads, writes, windows, looks;
static uint32_t called;
static bool nmi_wanted;
static struct {
	uint32_t reads, writes, offset, value;
} pins;

/* ---- what the exits call ---- */

enum verdict cpuid_handle(struct guest *self_guest)
{
	assert_ptr_equal(self_guest, &guest);
	cpuids++;
	return verdict;
}

enum verdict msr_read_handle(struct guest *self_guest)
{
	assert_ptr_equal(self_guest, &guest);
	reads++;
	return verdict;
}

enum verdict msr_write_handle(struct guest *self_guest)
{
	assert_ptr_equal(self_guest, &guest);
	writes++;
	return verdict;
}

enum verdict port_handle(struct guest *self_guest, const struct port_access *access)
{
	assert_ptr_equal(self_guest, &guest);
	port = *access;
	return verdict;
}

bool core_on_service(uint32_t function, uint64_t values[4])
{
	called = function;
	values[1] = 77;
	return function == 5u;
}

void core_on_guest_fault(const struct guest_fault *what)
{
	fault = *what;
	longjmp(faulted, 1);
}

void instruction_fetch(const struct guest_mode *mode, struct instruction *instruction)
{
	assert_int_equal(mode->rip, RIP);
	*instruction = code;
}

void nmi_take(void)
{
	windows++;
}

bool icr_requests_look(void)
{
	looks++;
	return nmi_wanted;
}

void icr_nmi_taken(void)
{
	nmi_wanted = false;
}

/* Configuration space is what the I/O APIC is, but of all sizes. */

uint32_t ioapic_filter_read(uint32_t offset)
{
	pins.reads++;
	pins.offset = offset;
	return 0x87654321u;
}

void ioapic_filter_write(uint32_t offset, uint32_t value)
{
	pins.writes++;
	pins.offset = offset;
	pins.value = value;
}

/* ---- what they do not call ---- */

bool machine_is_intel(void)
{
	return false;
}

void core_on_guest_enter(void)
{
	fail();
}

struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	fail_msg("CPUID 0x%x", leaf);
	return (struct cpuid){0};
}

NORETURN void svm_run(uint64_t control, uint64_t argument, uint64_t signature, uint64_t stack_top);
NORETURN void svm_run(uint64_t control, uint64_t argument, uint64_t signature, uint64_t stack_top)
{
	(void)control;
	(void)argument;
	(void)signature;
	(void)stack_top;
	abort();
}

uint64_t vmcs_read(uint64_t field)
{
	(void)field;
	abort();
}

void vmx_mode_read(struct guest_mode *mode)
{
	(void)mode;
	fail();
}

uint64_t vmx_efer(void)
{
	abort();
}

void vmx_efer_set(uint64_t efer)
{
	(void)efer;
	fail();
}

static int make(void **state)
{
	(void)state;
	host_make();
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&guest, 0, sizeof(guest));
	memset(&port, 0, sizeof(port));
	memset(&fault, 0, sizeof(fault));
	memset(&pins, 0, sizeof(pins));
	memset(&code, 0, sizeof(code));
	guest.control = (uintptr_t)&vmcb;
	filter = (struct plan_filter){.base = REGISTERS, .size = PLAN_PAGE, .kind = PLAN_FILTER_IOAPIC};
	core.filters = &filter;
	core.filter_count = 1;
	vmcb.rip = RIP;
	vmcb.rflags = 2;
	vmcb.efer = EFER_SVME | EFER_LME | EFER_LMA;
	vmcb.cs.attributes = VMCB_SEGMENT_LONG;
	vmcb.interrupt_shadow = 1;
	vmcb.tlb_control = VMCB_TLB_FLUSH; /* the last entry's */
	vmcb.event_inject = EVENT_NMI;
	verdict = VERDICT_NEXT;
	cpuids = reads = writes = windows = looks = called = 0;
	nmi_wanted = false;
	return 0;
}

static void leave(uint64_t exit_code)
{
	vmcb.exit_code = exit_code;
	assert_true(svm_exit(&guest, &vmcb));
}

/* Went on behind an instruction of so many bytes, with no event, no flush. */
static void assert_next(uint64_t length)
{
	assert_int_equal(vmcb.rip, RIP + length);
	assert_int_equal(vmcb.event_inject, 0);
	assert_int_equal(vmcb.tlb_control, 0);
	assert_int_equal(vmcb.interrupt_shadow, 0);
}

static void assert_injected(uint64_t event)
{
	assert_int_equal(vmcb.rip, RIP);
	assert_int_equal(vmcb.event_inject, event);
	assert_int_equal(vmcb.tlb_control, 0);
	vmcb.event_inject = 0;
}

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

/* Of an exit that needs all registers: whether the guest does. */
static bool goes_on(uint64_t exit_code)
{
	vmcb.exit_code = exit_code;
	assert_false(svm_exit(&guest, &vmcb));
	if (setjmp(faulted) != 0) {
		return false;
	}
	svm_exit_whole(&guest, &vmcb);
	return true;
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

/* ---- nested page faults ---- */

#define IS_PRESENT 0x1u
#define IS_WRITE 0x2u
#define IS_FETCH 0x10u
#define IS_WALK UINT64_C(0x200000000)
#define IS_LAST UINT64_C(0x100000000) /* of the final address, not of a walk */

/* The bytes of an instruction at RIP. */
static void code_put(const void *bytes, uint32_t count)
{
	memset(code.bytes, 0x90, sizeof(code.bytes));
	memcpy(code.bytes, bytes, count);
	code.count = INSTRUCTION_MOST;
}

/* True: the guest went on. */
static bool access(uint64_t address, uint64_t info)
{
	vmcb.rip = RIP;
	vmcb.exit_info[0] = info;
	vmcb.exit_info[1] = address;
	if (goes_on(0x400)) {
		return true;
	}
	assert_int_equal(fault.syndrome, info);
	assert_true(fault.has_address);
	assert_int_equal(fault.address, address);
	assert_int_equal(fault.pc, RIP);
	assert_int_equal(pins.reads + pins.writes, 0);
	return false;
}

static void moves_reach_the_registers(void **state)
{
	(void)state;
	guest.gpr[9] = UINT64_C(0x1111111122222222);
	code_put("\x44\x89\x08", 3); /* mov %r9d, (%rax) */
	assert_true(access(REGISTERS + 0x10u, IS_WRITE | IS_LAST));
	assert_int_equal(pins.writes, 1);
	assert_int_equal(pins.offset, 0x10);
	assert_int_equal(pins.value, 0x22222222u);
	assert_next(3);
	code_put("\xc7\x00\x44\x33\x22\x11", 6); /* movl $0x11223344, (%rax) */
	assert_true(access(REGISTERS, IS_WRITE | IS_LAST));
	assert_int_equal(pins.value, 0x11223344u);
	assert_next(6);
	code_put("\x44\x8b\x08", 3); /* mov (%rax), %r9d */
	assert_true(access(REGISTERS + 0xffcu, IS_LAST));
	assert_int_equal(pins.reads, 1);
	assert_int_equal(pins.offset, 0xffc);
	assert_int_equal(guest.gpr[9], 0x87654321u);
	assert_int_equal(core.exits[EXIT_GICD], 3);
}

/* Changed meanwhile by another core, or never a move: neither is carried out. */
static void other_instructions_end_the_guest(void **state)
{
	static const char cause[] = "a register access by an instruction that is not decoded";

	(void)state;
	code_put("\x89\x08", 2);
	assert_false(access(REGISTERS, IS_LAST));
	assert_string_equal(fault.cause, cause);
	code_put("\x8b\x08", 2);
	assert_false(access(REGISTERS, IS_WRITE | IS_LAST));
	assert_string_equal(fault.cause, cause);
	code_put("\x66\x89\x08", 3); /* mov %cx, (%rax) */
	assert_false(access(REGISTERS, IS_WRITE | IS_LAST));
	assert_string_equal(fault.cause, cause);
	code_put("\x8a\x08", 2); /* mov (%rax), %cl */
	assert_false(access(REGISTERS, IS_LAST));
	code_put("\x8b\x08", 2);
	assert_false(access(REGISTERS + 2u, IS_LAST));
	assert_string_equal(fault.cause, cause);
	code_put("\x87\x08", 2); /* xchg */
	assert_false(access(REGISTERS, IS_WRITE | IS_LAST));
	assert_string_equal(fault.cause, cause);
	assert_true(fault.has_instruction);
	assert_int_equal(fault.instruction, 0x87089090u);
	code.count = 1;
	assert_false(access(REGISTERS, IS_LAST));
	assert_false(fault.has_instruction);
	assert_int_equal(fault.registers[GPR_RBX], guest.gpr[GPR_RBX]);
	assert_int_equal(fault.register_count, GPR_COUNT);
	assert_string_equal(fault.register_names[0], "rax rbx rcx rdx rsi rdi");
	assert_string_equal(fault.register_names[1], "rbp rsp r8..");
}

/* Of functions of PCI parts are read, too: the rest of the register stays, but for what 32 bits clear. */
static void a_part_changes_a_part(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t count;
		uint64_t result;
	} cases[] = {
		{"\x8a\x08", 2, UINT64_C(0x1111111122222221)},     /* mov (%rax), %cl */
		{"\x8a\x28", 2, UINT64_C(0x1111111122222122)},     /* mov (%rax), %ch */
		{"\x66\x8b\x08", 3, UINT64_C(0x1111111122224321)}, /* mov (%rax), %cx */
		{"\x8b\x08", 2, 0x87654321u},                      /* mov (%rax), %ecx */
	};

	(void)state;
	for (uint32_t i = 0; i < (2u * COUNT(cases)); i++) {
		uint32_t kind = i % 2u;

		filter.kind = (uint16_t)((kind == 0u) ? PLAN_FILTER_PCI : PLAN_FILTER_MSIX);
		guest.gpr[GPR_RCX] = UINT64_C(0x1111111122222222);
		code_put(cases[i / 2u].bytes, cases[i / 2u].count);
		assert_true(access(REGISTERS + 1u, IS_LAST));
		assert_int_equal(guest.gpr[GPR_RCX], cases[i / 2u].result);
		assert_int_equal(asked.place, 1);
		assert_int_equal(asked.kind, filter.kind);
		code_put("\x66\x89\x08", 3); /* mov %cx, (%rax) */
		assert_true(access(REGISTERS + 6u, IS_LAST | IS_WRITE));
		assert_int_equal(asked.place, 6);
		assert_int_equal(asked.size, 2);
		assert_int_equal(asked.value & 0xffffu, guest.gpr[GPR_RCX] & 0xffffu);
		assert_int_equal(asked.kind, filter.kind);
	}
}

static void everything_else_ends_the_guest(void **state)
{
	static const struct {
		uint64_t address;
		uint64_t info;
		uint64_t event;
		const char *cause;
	} cases[] = {
		{REGISTERS - 4u, IS_LAST, 0, "a read outside its memory and devices"},
		{REGISTERS + 0x1000u, IS_LAST | IS_WRITE, 0, "a write outside its memory and devices"},
		{0xfee00000u, IS_LAST | IS_WRITE, 0, "a write outside its memory and devices"},
		{REGISTERS, IS_WALK, 0, "page tables outside its memory"},
		{REGISTERS, IS_WALK | IS_WRITE, 0, "page tables outside its memory"},
		{REGISTERS, IS_LAST | IS_FETCH, 0, "instruction fetch outside its memory"},
		{0xfed00000u, IS_LAST | IS_FETCH | IS_PRESENT, 0, "execution where it is not allowed"},
		{REGISTERS, IS_LAST | IS_WRITE, 0x80000b0eu, "an exception delivered outside its memory"},
		{REGISTERS, IS_LAST | IS_WRITE | IS_PRESENT, 0, "a data access that is not allowed"},
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		code_put(((cases[i].info & IS_WRITE) != 0u) ? "\x89\x08" : "\x8b\x08", 2);
		vmcb.exit_event = cases[i].event;
		if (access(cases[i].address, cases[i].info)) {
			fail_msg("case %u goes on", i);
		}
		assert_string_equal(fault.cause, cases[i].cause);
		vmcb.exit_event = 0;
	}
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
		cmocka_unit_test_setup(moves_reach_the_registers, make),
		cmocka_unit_test_setup(other_instructions_end_the_guest, make),
		cmocka_unit_test_setup(a_part_changes_a_part, make),
		cmocka_unit_test_setup(everything_else_ends_the_guest, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
