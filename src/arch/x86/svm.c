/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's SVM: a core's control block from the plan's template, and what exits' handlers ask of it. Not here: exits (svm_exit.c). */
#include "arch/x86/svm.h"

#include "arch/cpu.h"
#include "core/entry.h"

#define VECTOR_PROTECTION 13u
#define VECTOR_ALIGNMENT 17u
#define EVENT_EXCEPTION 0x80000300u /* valid, an exception */
#define EVENT_HAS_ERROR 0x800u

_Static_assert((offsetof(struct guest, gpr[GPR_RBP]) == GUEST_REST) &&
		       (offsetof(struct guest, control) == GUEST_CONTROL) && (sizeof(struct guest) == GUEST_SIZE),
	       "frame known to assembly");

/* svm_enter.S: does not return. RDI, RDX and RAX of the control block as given, other registers zero. */
NORETURN void svm_run(uint64_t control, uint64_t argument, uint64_t signature, uint64_t stack_top);

static void template_copy(uint64_t control, uint64_t template)
{
	uint64_t to = control;
	uint64_t from = template;
	uint64_t count = PLAN_PAGE / sizeof(uint64_t);

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count)::"memory");
}

void svm_enter(const struct plan_vcpu *vcpu, gpaddr_t entry, uint64_t argument)
{
	const struct core_state *core = self();
	const struct plan_x86_partition *constants = &x86_of(core->plan)->partitions[vcpu->partition];
	uint64_t control = x86_of(core->plan)->control + ((uint64_t)core->core->vcpu * PLAN_PAGE);
	struct vmcb *vmcb = (struct vmcb *)(uintptr_t)control;
	uint64_t signature = 0;

	if (argument != 0u) {
		template_copy(control, constants->start_control);
		vmcb->rip = entry.value;
	} else {
		template_copy(control, constants->reset_control);
		vmcb->cs.base = entry.value;
		vmcb->cs.selector = (uint16_t)(entry.value >> 4);
		signature = cpuid_read(1u, 0).eax; /* AMD APM volume 2, table 14-1 */
	}
	vmcb->tlb_control = VMCB_TLB_FLUSH;
	core_on_guest_enter();
	svm_run(control, argument, signature, core->core->stack_top);
}

void svm_inject(struct vmcb *vmcb, uint32_t vector)
{
	bool has_error = (vector == VECTOR_PROTECTION) || (vector == VECTOR_ALIGNMENT);

	vmcb->event_inject = EVENT_EXCEPTION | vector | (has_error ? EVENT_HAS_ERROR : 0u);
}

void svm_mode_read(const struct vmcb *vmcb, struct guest_mode *mode)
{
	bool is_long = (vmcb->efer & EFER_LMA) != 0u;

	mode->rip = vmcb->rip;
	mode->cr0 = vmcb->cr0;
	mode->cr3 = vmcb->cr3;
	mode->cr4 = vmcb->cr4;
	mode->efer = vmcb->efer & ~EFER_SVME;
	mode->is_code64 = is_long && ((vmcb->cs.attributes & VMCB_SEGMENT_LONG) != 0u);
	mode->is_code32 = !mode->is_code64 && ((vmcb->cs.attributes & VMCB_SEGMENT_DEFAULT) != 0u);
	mode->code_base = mode->is_code64 ? 0u : vmcb->cs.base;
}

uint64_t svm_efer(const struct vmcb *vmcb)
{
	return vmcb->efer & ~EFER_SVME;
}

/* SVME must be set for VMRUN (AMD APM volume 2, 15.5.1). What NXE changes is cached in translations. */
void svm_efer_set(struct vmcb *vmcb, uint64_t efer)
{
	vmcb->efer = efer | EFER_SVME;
	vmcb->tlb_control = VMCB_TLB_FLUSH;
}
