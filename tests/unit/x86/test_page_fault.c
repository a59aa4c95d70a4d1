/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest's nested page faults become: accesses to the pages of the I/O APIC and of PCI, and what ends the guest. Not
 * here: what is behind those pages (test_ioapic.c, test_pci.c, test_message.c), all other exits (test_exit.c).
 */
#include "svm_exits.h"

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
		cmocka_unit_test_setup(moves_reach_the_registers, make),
		cmocka_unit_test_setup(other_instructions_end_the_guest, make),
		cmocka_unit_test_setup(a_part_changes_a_part, make),
		cmocka_unit_test_setup(everything_else_ends_the_guest, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
