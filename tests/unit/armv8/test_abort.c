/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data aborts from the exit to the GIC's register: with a syndrome, by decoding the instruction, and every way in
 * which an access is a guest fault instead. The filter and the decoder are the real ones.
 */
#include "test.h"

#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "arch/cpu.h"
#include "fake/fake.h"
#include "host/host.h"

#define EC_SHIFT 26
#define ISV (1u << 24)
#define SAS(log2) ((uint32_t)(log2) << 22)
#define SSE (1u << 21)
#define SRT(rt) ((uint32_t)(rt) << 16)
#define SF (1u << 15)
#define CM (1u << 8)
#define S1PTW (1u << 7)
#define WNR (1u << 6)
#define TRANSLATION 0x06u /* at level 2 */
#define PERMISSION 0x0eu
#define PC UINT64_C(0xffff800008001000)
#define EL1H 0x3c5u

static struct plan_header *plan;
static struct exit_frame frame;
static uint64_t gicd; /* guest-physical; identity-mapped by the guest where a test does not say else */
static uint64_t gicd_va;
static uint32_t instruction;
static bool fetched;

static jmp_buf faulted;
static const char *cause;
static uint32_t fault_instruction;

void exit_skip(uint64_t syndrome)
{
	(void)syndrome;
	host_sysreg_set("elr_el2", host_sysreg_read("elr_el2") + 4u);
}

void exit_fault(const struct exit_frame *of, uint64_t syndrome, const char *why)
{
	(void)syndrome;
	assert_ptr_equal(of, &frame);
	cause = why;
	longjmp(faulted, 1);
}

void exit_fault_at(const struct exit_frame *of, uint64_t syndrome, const char *why, uint32_t at)
{
	fault_instruction = at;
	exit_fault(of, syndrome, why);
}

bool window_fetch(uint64_t pc, uint32_t *word)
{
	assert_int_equal(pc, PC);
	*word = instruction;
	return fetched;
}

static int fresh(void **state)
{
	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	host_reset();
	host_core_make(plan, 0);
	gicd = fake_filters(plan)[0].base;
	gicd_va = fake_filters(plan)[0].va;
	host_mmio_make(gicd_va, 0x10000u);
	host_mmio_make(fake_filters(plan)[1].va, 0x60000u);
	for (uint32_t i = 0; i < COUNT(frame.x); i++) {
		frame.x[i] = 0x6600u + i;
	}
	host_sysreg_set("elr_el2", PC);
	host_sysreg_set("spsr_el2", EL1H);
	host_sysreg_set("sp_el0", 0x1110);
	host_sysreg_set("sp_el1", 0x2220);
	fetched = true;
	cause = NULL;
	fault_instruction = 0;
	return 0;
}

static void abort_at(uint64_t address)
{
	host_sysreg_set("far_el2", address);
	host_sysreg_set("hpfar_el2", (address >> 12) << 4);
}

/* True: the guest goes on behind its instruction. False: fault, `cause` says why. */
static bool goes_on(uint32_t iss)
{
	if (setjmp(faulted) != 0) {
		assert_int_equal(host_sysreg_read("elr_el2"), PC);
		return false;
	}
	data_abort_handle(&frame, ((uint64_t)EC_DATA_ABORT << EC_SHIFT) | iss);
	assert_int_equal(host_sysreg_read("elr_el2"), PC + 4u);
	host_sysreg_set("elr_el2", PC);
	return true;
}

static void bytes_set(uint32_t offset, uint64_t value)
{
	memcpy(host_mmio_bytes(gicd_va + offset), &value, 8);
}

static void assert_write(uint32_t index, uint32_t offset, uint32_t size, uint64_t value)
{
	assert_true(index < host_mmio_count());
	assert_true(host_mmio_access(index)->write);
	assert_int_equal(host_mmio_access(index)->address, gicd_va + offset);
	assert_int_equal(host_mmio_access(index)->size, size);
	assert_int_equal(host_mmio_access(index)->value, value);
}

/* ---- by syndrome ---- */

/* The vectors pass the syndrome on as it is. */
static void a_syndrome_tells_how(void **state)
{
	uint32_t syndrome = (EC_DATA_ABORT << EC_SHIFT) | ISV | SAS(2) | SRT(3) | TRANSLATION;
	uint64_t value = UINT64_MAX;

	(void)state;
	assert_int_equal(gic_access(&value, syndrome | WNR, gicd + 0x104u), TRANSFER_WRITTEN); /* alpha owns 40 */
	assert_write(0, 0x104, 4, 0x100);
	bytes_set(0x104, UINT64_MAX);
	assert_int_equal(gic_access(&value, syndrome, gicd + 0x104u), TRANSFER_READ);
	assert_int_equal(value, 0x100);
	assert_int_equal(gic_access(&value, syndrome, 0x0a000000), TRANSFER_UNFINISHED);
}

static void signed_loads_are_extended(void **state)
{
	(void)state;
	bytes_set(0x428, 0x90); /* IPRIORITYR of 40 */
	abort_at(gicd + 0x428u);
	assert_true(goes_on(ISV | SSE | SAS(0) | SRT(5) | SF | TRANSLATION));
	assert_int_equal(frame.x[5], UINT64_C(0xffffffffffffff90));
	assert_true(goes_on(ISV | SSE | SAS(0) | SRT(5) | TRANSLATION));
	assert_int_equal(frame.x[5], 0xffffff90);
	bytes_set(0x428, 0x70);
	assert_true(goes_on(ISV | SSE | SAS(0) | SRT(5) | SF | TRANSLATION));
	assert_int_equal(frame.x[5], 0x70);
	bytes_set(0x8, 0x8043043b); /* GICD_IIDR */
	abort_at(gicd + 0x8u);
	assert_true(goes_on(ISV | SSE | SAS(2) | SRT(30) | SF | TRANSLATION)); /* LDRSW */
	assert_int_equal(frame.x[30], UINT64_C(0xffffffff8043043b));
	assert_true(goes_on(ISV | SSE | SAS(2) | SRT(31) | SF | TRANSLATION)); /* to the zero register */
}

/* ---- by instruction ---- */

static void a_post_indexed_store_writes_and_moves_its_base(void **state)
{
	(void)state;
	instruction = 0xb8004401; /* str w1, [x0], #4 */
	frame.x[0] = gicd + 0x104u;
	frame.x[1] = UINT64_C(0xabcdef00ffffffff);
	abort_at(gicd + 0x104u);
	assert_true(goes_on(WNR | TRANSLATION));
	assert_write(0, 0x104, 4, 0x100);
	assert_int_equal(frame.x[0], gicd + 0x108u);
	assert_int_equal(frame.x[1], UINT64_C(0xabcdef00ffffffff));
}

static void a_pre_indexed_load_reads_behind_its_base(void **state)
{
	(void)state;
	bytes_set(0x104, UINT64_MAX);
	instruction = 0xb85fcc02; /* ldr w2, [x0, #-4]! */
	frame.x[0] = gicd + 0x108u;
	frame.x[2] = UINT64_MAX;
	abort_at(gicd + 0x104u);
	assert_true(goes_on(TRANSLATION));
	assert_int_equal(frame.x[2], 0x100);
	assert_int_equal(frame.x[0], gicd + 0x104u);
}

static void pairs_move_two_registers_in_order(void **state)
{
	(void)state;
	instruction = 0x29010801; /* stp w1, w2, [x0, #8] */
	frame.x[0] = gicd + 0xfcu;
	frame.x[1] = 0x1ff;
	frame.x[2] = 0x7f;
	abort_at(gicd + 0x104u);
	assert_true(goes_on(WNR | TRANSLATION));
	assert_int_equal(host_mmio_count(), 2);
	assert_write(0, 0x104, 4, 0x100);
	assert_write(1, 0x108, 4, 0x40);
	assert_int_equal(frame.x[0], gicd + 0xfcu);
	bytes_set(0x104, UINT64_MAX);
	instruction = 0x28c10be1; /* ldp w1, w2, [sp], #8 */
	host_sysreg_set("sp_el1", gicd + 0x104u);
	assert_true(goes_on(TRANSLATION));
	assert_int_equal(frame.x[1], 0x100);
	assert_int_equal(frame.x[2], 0x40);
	assert_int_equal(host_sysreg_read("sp_el1"), gicd + 0x10cu);
	assert_int_equal(host_sysreg_read("sp_el0"), 0x1110);
}

static void the_stack_pointer_is_the_selected_one(void **state)
{
	static const uint32_t modes[] = {0x3c0, 0x3c4}; /* EL0, EL1 with SP_EL0 */

	(void)state;
	instruction = 0xb80047e1; /* str w1, [sp], #4 */
	abort_at(gicd + 0x104u);
	for (size_t i = 0; i < COUNT(modes); i++) {
		host_sysreg_set("spsr_el2", modes[i]);
		host_sysreg_set("sp_el0", gicd + 0x104u);
		assert_true(goes_on(WNR | TRANSLATION));
		assert_int_equal(host_sysreg_read("sp_el0"), gicd + 0x108u);
		assert_int_equal(host_sysreg_read("sp_el1"), 0x2220);
	}
}

static void the_zero_register_is_zero_and_stays(void **state)
{
	(void)state;
	instruction = 0x3800141f; /* strb wzr, [x0], #1 */
	frame.x[0] = gicd + 0x428u;
	abort_at(gicd + 0x428u);
	assert_true(goes_on(WNR | TRANSLATION));
	assert_write(0, 0x428, 1, 0x10); /* clamped */
	instruction = 0x3840141f;        /* ldrb wzr, [x0], #1 */
	frame.x[0] = gicd + 0x428u;
	assert_true(goes_on(TRANSLATION));
	assert_int_equal(frame.x[0], gicd + 0x429u);
}

/* The guest's virtual address is not the physical one: the base is compared with what the core reports. */
static void virtual_bases_are_the_faulting_address(void **state)
{
	uint64_t va = UINT64_C(0xffff800010000104);

	(void)state;
	instruction = 0xb8004401;
	frame.x[0] = va;
	frame.x[1] = UINT32_MAX;
	host_sysreg_set("far_el2", va);
	host_sysreg_set("hpfar_el2", (gicd >> 12) << 4);
	assert_true(goes_on(WNR | TRANSLATION));
	assert_write(0, 0x104, 4, 0x100);
	assert_int_equal(frame.x[0], va + 4u);
}

static void cache_maintenance_does_nothing(void **state)
{
	(void)state;
	abort_at(gicd + 0x104u);
	assert_true(goes_on(CM | WNR | TRANSLATION));
	assert_int_equal(host_mmio_count(), 0);
}

/* ---- faults ---- */

static void assert_faults(uint32_t iss, const char *why)
{
	assert_false(goes_on(iss));
	assert_string_equal(cause, why);
	assert_int_equal(host_mmio_count(), 0);
	for (uint32_t i = 1; i < COUNT(frame.x); i++) {
		assert_int_equal(frame.x[i], 0x6600u + i);
	}
}

static void what_is_no_register_page_is_a_fault(void **state)
{
	(void)state;
	abort_at(0x0a000000);
	assert_faults(ISV | SAS(2) | TRANSLATION, "a read outside its memory and devices");
	assert_faults(ISV | SAS(2) | WNR | TRANSLATION, "a write outside its memory and devices");
	assert_faults(TRANSLATION, "a read outside its memory and devices");
	abort_at(gicd + 0x10000u);
	assert_faults(WNR | TRANSLATION, "a write outside its memory and devices");
	abort_at(gicd + 0x104u);
	assert_faults(S1PTW | TRANSLATION, "page tables outside its memory");
	assert_faults(ISV | SAS(2) | PERMISSION, "a data access that aborted");
	assert_faults(0x10u, "a data access that aborted"); /* external */
}

static void instructions_that_are_not_decoded_are_named(void **state)
{
	(void)state;
	abort_at(gicd + 0x104u);
	instruction = 0x4c9f7000; /* st1 {v0.16b}, [x0], #16 */
	assert_faults(WNR | TRANSLATION, "a register access by an instruction that is not decoded");
	assert_int_equal(fault_instruction, 0x4c9f7000);
	instruction = 0xb8004401;
	host_sysreg_set("spsr_el2", 0x1d3); /* AArch32 */
	assert_faults(WNR | TRANSLATION, "a register access by an instruction that is not decoded");
	fetched = false;
	assert_faults(WNR | TRANSLATION, "a register access whose instruction is outside its memory");
}

static void a_changed_instruction_is_a_fault(void **state)
{
	static const char *const why = "a register access that crosses a page or changed meanwhile";

	(void)state;
	abort_at(gicd + 0x104u);
	instruction = 0xb8004401;
	frame.x[0] = gicd + 0x100u; /* another address than the one that aborted */
	assert_faults(WNR | TRANSLATION, why);
	frame.x[0] = gicd + 0x104u;
	instruction = 0xb8004c01; /* str w1, [x0, #4]! */
	assert_faults(WNR | TRANSLATION, why);
	assert_int_equal(frame.x[0], gicd + 0x104u);
}

static void what_crosses_a_page_is_a_fault(void **state)
{
	static const char *const why = "a register access that crosses a page or changed meanwhile";

	(void)state;
	instruction = 0xa9000801; /* stp x1, x2, [x0] */
	frame.x[0] = gicd + 0xff8u;
	abort_at(frame.x[0]);
	assert_faults(WNR | TRANSLATION, why);
	frame.x[0] = gicd + 0xfff8u; /* and behind the frame */
	abort_at(frame.x[0]);
	assert_faults(WNR | TRANSLATION, why);
	frame.x[0] = gicd + 0xff0u; /* to the page's last byte: nothing is there, but it goes on */
	abort_at(frame.x[0]);
	assert_true(goes_on(WNR | TRANSLATION));
}

/* Any instruction, any registers: either a fault, or nothing but own bits change. */
static void random_instructions_stay_inside(void **state)
{
	uint64_t seed = 99;

	(void)state;
	for (uint32_t round = 0; round < 200000u; round++) {
		uint32_t offset;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		instruction = (uint32_t)(seed >> 32);
		instruction = ((round & 1u) != 0u) ? (instruction & 0xc0dfffffu) | 0x38000400u : instruction;
		instruction = ((round & 2u) != 0u) ? (instruction & 0xc1ffffffu) | 0x28000000u : instruction;
		offset = (uint32_t)(seed >> 13) & 0xffffu;
		for (uint32_t i = 0; i < COUNT(frame.x); i++) {
			frame.x[i] = gicd + offset;
		}
		host_sysreg_set("sp_el1", gicd + offset);
		abort_at(gicd + offset);
		host_mmio_forget();
		(void)goes_on(((seed & 1u) != 0u) ? WNR | TRANSLATION : TRANSLATION);
		for (uint32_t i = 0; i < host_mmio_count(); i++) {
			const struct host_access *done = host_mmio_access(i);
			uint64_t at = done->address - gicd_va;

			if (done->write && (at < 0x400u)) {
				assert_int_equal(done->value & ~UINT64_C(0x140), 0); /* 40 and 70 */
			} else if (done->write && (at < 0x800u)) {
				assert_true((at == 0x428u) || (at == 0x446u));
			} else if (done->write) {
				assert_true((at == 0x6140u) || (at == 0x6230u));
			} else {
				/* reads change nothing */
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_syndrome_tells_how, fresh),
		cmocka_unit_test_setup(signed_loads_are_extended, fresh),
		cmocka_unit_test_setup(a_post_indexed_store_writes_and_moves_its_base, fresh),
		cmocka_unit_test_setup(a_pre_indexed_load_reads_behind_its_base, fresh),
		cmocka_unit_test_setup(pairs_move_two_registers_in_order, fresh),
		cmocka_unit_test_setup(the_stack_pointer_is_the_selected_one, fresh),
		cmocka_unit_test_setup(the_zero_register_is_zero_and_stays, fresh),
		cmocka_unit_test_setup(virtual_bases_are_the_faulting_address, fresh),
		cmocka_unit_test_setup(cache_maintenance_does_nothing, fresh),
		cmocka_unit_test_setup(what_is_no_register_page_is_a_fault, fresh),
		cmocka_unit_test_setup(instructions_that_are_not_decoded_are_named, fresh),
		cmocka_unit_test_setup(a_changed_instruction_is_a_fault, fresh),
		cmocka_unit_test_setup(what_crosses_a_page_is_a_fault, fresh),
		cmocka_unit_test_setup(random_instructions_stay_inside, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
