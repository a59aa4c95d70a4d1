/* SPDX-License-Identifier: Apache-2.0 */
/* The back end for Intel's VMX (Intel SDM volume 3, chapters 24 to 28): what the rest of this folder calls of it. */
#ifndef X86_VMX_H
#define X86_VMX_H

#include "arch/x86/guest.h"
#include "arch/x86/vmx_instructions.h"
#include "plan/refusal.h"
#include "plan/vmcs.h"

/* Forgets what this core has cached of nested translations, and of guests' own (28.4.3.1). Cannot fail where vmx_check was passed. */
void vmx_forget_nested(void);
void vmx_forget_linear(void);

/* Whether this core has what the plan's controls need for its guest. Changes nothing. */
enum refusal vmx_check(const struct plan_header *plan, const struct plan_core *core);

/* Switches this core to VMX operation, with `region` as its page. From here on INIT is blocked. A core that vmx_check accepts. */
enum refusal vmx_enable(uint64_t region);

/*
 * Makes this core's control structure from the plan's rows and runs it, on an empty stack: as virtual core 0 starts where
 * `argument` is not 0, else as a core is after start-up at `entry`. Calls core_on_guest_enter. Registers that no control
 * structure holds are as after reset.
 */
NORETURN void vmx_enter(const struct plan_vcpu *vcpu, gpaddr_t entry, uint64_t argument);

/* The seam's functions (guest.h), of this back end. */
void vmx_mode_read(struct guest_mode *mode);
uint64_t vmx_efer(void);
void vmx_efer_set(uint64_t efer);

#endif
