/* SPDX-License-Identifier: Apache-2.0 */
/* The seam: what handlers of exits ask of the guest, from the back end that runs it. */
#include "arch/x86/guest.h"

#include "arch/x86/machine.h"
#include "arch/x86/svm.h"
#include "arch/x86/vmx.h"

void guest_mode_read(const struct guest *guest, struct guest_mode *mode)
{
	if (machine_is_intel()) {
		vmx_mode_read(mode);
	} else {
		svm_mode_read(vmcb_of(guest), mode);
	}
}

uint64_t guest_cr4(const struct guest *guest)
{
	return machine_is_intel() ? vmcs_read(VMCS_GUEST_CR4) : vmcb_of(guest)->cr4;
}

uint64_t guest_efer(const struct guest *guest)
{
	return machine_is_intel() ? vmx_efer() : svm_efer(vmcb_of(guest));
}

void guest_efer_set(const struct guest *guest, uint64_t efer)
{
	if (machine_is_intel()) {
		vmx_efer_set(efer);
	} else {
		svm_efer_set(vmcb_of(guest), efer);
	}
}
