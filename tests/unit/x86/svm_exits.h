/* SPDX-License-Identifier: Apache-2.0 */
/* An exit from a guest under SVM, from its code to what VMRUN does next. For tests of this folder: one a program. */
#ifndef TESTS_X86_SVM_EXITS_H
#define TESTS_X86_SVM_EXITS_H

#include "filters.h"
#include "handlers.h"
#include "host.h"

#include "arch/x86/decode.h"
#include "arch/x86/ioapic_filter.h"
#include "arch/x86/machine.h"
#include "arch/x86/svm.h"
#include "arch/x86/vmx.h"
#include "core/entry.h"

#define RIP UINT64_C(0xffffffff81000100)
#define REGISTERS 0xfec00000u /* guest-physical */
#define EVENT_NMI 0x80000202u

bool svm_exit(struct guest *guest, struct vmcb *vmcb);
void svm_exit_whole(struct guest *guest, struct vmcb *vmcb);

static _Alignas(PLAN_PAGE) struct vmcb vmcb;
static struct plan_filter filter;
static struct instruction code;
static struct guest_fault fault;
static jmp_buf faulted;
static uint32_t windows;
static uint32_t called;
static struct {
	uint32_t reads, writes, offset, value;
} pins;

/* ---- what the exits call ---- */

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
	handlers_make();
	memset(&vmcb, 0, sizeof(vmcb));
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
	windows = called = 0;
	return 0;
}

static inline void leave(uint64_t exit_code)
{
	vmcb.exit_code = exit_code;
	assert_true(svm_exit(&guest, &vmcb));
}

/* Went on behind an instruction of so many bytes, with no event, no flush. */
static inline void assert_next(uint64_t length)
{
	assert_int_equal(vmcb.rip, RIP + length);
	assert_int_equal(vmcb.event_inject, 0);
	assert_int_equal(vmcb.tlb_control, 0);
	assert_int_equal(vmcb.interrupt_shadow, 0);
}

static inline void assert_injected(uint64_t event)
{
	assert_int_equal(vmcb.rip, RIP);
	assert_int_equal(vmcb.event_inject, event);
	assert_int_equal(vmcb.tlb_control, 0);
	vmcb.event_inject = 0;
}

/* Of an exit that needs all registers: whether the guest does. */
static inline bool goes_on(uint64_t exit_code)
{
	vmcb.exit_code = exit_code;
	assert_false(svm_exit(&guest, &vmcb));
	if (setjmp(faulted) != 0) {
		return false;
	}
	svm_exit_whole(&guest, &vmcb);
	return true;
}

#endif
