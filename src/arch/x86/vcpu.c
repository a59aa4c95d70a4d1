/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual core's reset state that no control block holds, and its guest's entry. */
#include "arch/vcpu.h"

#include "arch/x86/guest.h"
#include "arch/x86/icr.h"
#include "arch/x86/ioapic_filter.h"
#include "arch/x86/machine.h"
#include "arch/x86/svm.h"
#include "arch/x86/vmx.h"

#define MSR_SPEC_CTRL 0x48u
#define MSR_PAT 0x277u
#define MSR_XSS 0xda0u
#define MSR_TSC_AUX 0xc0000103u

/* CPUID: what there is to reset */
#define FEATURES_XSAVE 0x4000000u     /* leaf 1, ECX */
#define XSAVE_SUPERVISOR 0x8u         /* leaf 0xd, subleaf 1, EAX */
#define EXTENDED_SPEC_CTRL 0x4000000u /* leaf 7, EDX */
#define AMD_RDTSCP 0x8000000u         /* leaf 0x80000001, EDX */
#define AMD_SPEC_CTRL 0x100c000u      /* leaf 0x80000008, EBX: SSBD, STIBP, IBRS */

#define XCR0_X87 1u

/*
 * FPU and vector registers as after reset (Intel SDM volume 3, table 10-1; volume 1, 10.5.1 and 13.4): the header behind the
 * first 512 bytes says that every component has its initial value.
 */
#define STATE_CONTROL 0 /* FCW, with FSW above it */
#define STATE_TAGS 1    /* FTW, abridged: registers in use */
#define STATE_MXCSR 6
#define STATE_WORDS 144
static const uint32_t state_reset[STATE_WORDS]
	__attribute__((aligned(64))) = {[STATE_CONTROL] = 0x40u, [STATE_TAGS] = 0xffu, [STATE_MXCSR] = 0x1f80u};

static inline void cr4_set(uint64_t bits)
{
	uint64_t value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	__asm__ volatile("movq %0, %%cr4" ::"r"(value | bits) : "memory");
}

static void vector_state_reset(void)
{
	cr4_set(CR4_OSFXSR);
	if ((cpuid_read(1u, 0).ecx & FEATURES_XSAVE) != 0u) {
		struct cpuid components = cpuid_read(0xdu, 0);

		cr4_set(CR4_OSXSAVE);
		xcr0_write(((uint64_t)components.edx << 32) | components.eax);
		__asm__ volatile("xrstor64 %0" ::"m"(state_reset), "a"(UINT32_MAX), "d"(UINT32_MAX));
		xcr0_write(XCR0_X87);
		if ((cpuid_read(0xdu, 1u).eax & XSAVE_SUPERVISOR) != 0u) {
			msr_write(MSR_XSS, 0);
		}
	}
	__asm__ volatile("fxrstor64 %0" ::"m"(state_reset));
}

static void debug_reset(void)
{
	__asm__ volatile("movq %0, %%dr0\n\tmovq %0, %%dr1\n\tmovq %0, %%dr2\n\tmovq %0, %%dr3" ::"r"(UINT64_C(0)));
}

#define PAT_RESET UINT64_C(0x0007040600070406) /* AMD APM volume 2, 7.8.2 */

/*
 * Registers that guests reach without an exit, where the processor has them. The PAT is our own, which firmware may have left
 * otherwise and whose reset value our tables rely on; the guest has the control block's, but for an emulator that has one.
 */
static void msrs_reset(void)
{
	msr_write(MSR_PAT, PAT_RESET);
	if ((cpuid_read(0x80000001u, 0).edx & AMD_RDTSCP) != 0u) {
		msr_write(MSR_TSC_AUX, 0);
	}
	if (((cpuid_read(7u, 0).edx & EXTENDED_SPEC_CTRL) != 0u) ||
	    ((cpuid_read(0x80000008u, 0).ebx & AMD_SPEC_CTRL) != 0u)) {
		msr_write(MSR_SPEC_CTRL, 0);
	}
}

void arch_vcpu_enter(const struct plan_partition *owner, const struct plan_vcpu *vcpu, gpaddr_t entry,
		     uint64_t argument)
{
	if (argument != 0u) {
		ioapic_filter_reset(owner);
	}
	icr_requests_clear();
	vector_state_reset();
	debug_reset();
	msrs_reset();
	if (machine_is_intel()) {
		vmx_enter(vcpu, entry, argument);
	}
	svm_enter(vcpu, entry, argument);
}
