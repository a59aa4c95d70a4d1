/* SPDX-License-Identifier: Apache-2.0 */
/* The back end for AMD's SVM (AMD APM volume 2, chapter 15): what the rest of this folder calls of it. */
#ifndef X86_SVM_H
#define X86_SVM_H

#include "arch/x86/guest.h"
#include "plan/vmcb.h"

/* The guest's control block. Cannot fail. */
static inline struct vmcb *vmcb_of(const struct guest *guest)
{
	return (struct vmcb *)(uintptr_t)guest->control;
}

/*
 * Makes this core's control block from the partition's template and runs it, on an empty stack: as virtual core 0 starts where
 * `argument` is not 0, else as a core is after start-up at `entry`. Calls core_on_guest_enter. Registers that no control
 * block holds are as after reset.
 */
NORETURN void svm_enter(const struct plan_vcpu *vcpu, gpaddr_t entry, uint64_t argument);

/* The guest takes an exception of this vector next; Error codes are 0. */
void svm_inject(struct vmcb *vmcb, uint32_t vector);

/* The seam's functions (guest.h), of this back end. */
void svm_mode_read(const struct vmcb *vmcb, struct guest_mode *mode);
uint64_t svm_efer(const struct vmcb *vmcb);
void svm_efer_set(struct vmcb *vmcb, uint64_t efer);

#endif
