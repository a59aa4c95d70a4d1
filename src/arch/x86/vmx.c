/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel's VMX: what a core must have, its control structure from the plan's rows, and what exits' handlers ask of it. Sections are
 * of Intel SDM volume 3. Not here: exits (vmx_exit.c).
 */
#include "arch/x86/vmx.h"

#include "core/entry.h"

#define CPUID_FEATURES 1u
#define CPUID_VMX 0x20u /* ECX */

#define MSR_FEATURE_CONTROL 0x3au
#define FEATURE_LOCKED UINT64_C(0x1)
#define FEATURE_VMX UINT64_C(0x4) /* outside SMX operation */

/* Capabilities (appendix A) */
#define MSR_VMX_BASIC 0x480u
#define BASIC_REVISION UINT64_C(0x7fffffff)
#define BASIC_TRUE_CONTROLS (UINT64_C(1) << 55)
#define MSR_VMX_PROCESSOR 0x482u
#define MSR_VMX_SECONDARY 0x48bu
#define MSR_VMX_EPT 0x48cu
#define EPT_NEEDED UINT64_C(0x4114040)      /* 4 levels, write-back, 2 MiB pages, INVEPT of all contexts */
#define VPID_NEEDED (UINT64_C(0x401) << 32) /* INVVPID of all contexts */
#define MSR_VMX_TRUE_PIN 0x48du
#define MSR_VMX_TRUE_PROCESSOR 0x48eu
#define MSR_VMX_TRUE_EXIT 0x48fu
#define MSR_VMX_TRUE_ENTRY 0x490u

#define MSR_PAT 0x277u
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_CSTAR 0xc0000083u
#define MSR_SFMASK 0xc0000084u
#define MSR_KERNEL_GS_BASE 0xc0000102u

#define CR4_VMXE UINT64_C(0x2000)
#define XSS_EXITING 0x202cu

_Static_assert(((STACK_GUEST % 16u) == 0u) && (STACK_GUEST >= (GUEST_SIZE + STACK_RESERVED)),
	       "frame known to assembly");

/* vmx_enter.S: does not return. RDI, RSI and RDX as given, other registers zero. */
NORETURN void vmx_run(uint64_t argument, uint64_t signature, uint64_t stack_top);
void vmx_arrive(void);

void vmx_forget_nested(void)
{
	vmx_invept(VMX_ALL_CONTEXTS);
}

void vmx_forget_linear(void)
{
	vmx_invvpid(VMX_ALL_CONTEXTS);
}

/* Where the processor says which bits of a field of controls may be 0 (lower half) and 1 (upper half); 0: it is none (A.2 to A.5). */
static uint32_t capability_of(uint32_t field)
{
	uint32_t msr = 0;

	switch (field) {
	case VMCS_PIN:
		msr = MSR_VMX_TRUE_PIN;
		break;
	case VMCS_PROCESSOR:
		msr = MSR_VMX_TRUE_PROCESSOR;
		break;
	case VMCS_SECONDARY:
		msr = MSR_VMX_SECONDARY;
		break;
	case VMCS_EXIT:
		msr = MSR_VMX_TRUE_EXIT;
		break;
	case VMCS_ENTRY:
		msr = MSR_VMX_TRUE_ENTRY;
		break;
	default:
		break;
	}
	return msr;
}

/* What this core makes of a row. */
static uint64_t row_merge(const struct plan_vmcs *row)
{
	uint32_t msr = capability_of(row->field);
	uint64_t value = row->value;

	if (msr != 0u) {
		uint64_t allowed = msr_read(msr);

		value = (value & (allowed >> 32)) | (uint32_t)allowed;
	}
	return value;
}

static bool rows_allowed(const struct plan_header *plan, uint32_t first, uint32_t count)
{
	bool allowed = true;

	for (uint32_t i = first; i < (first + count); i++) {
		const struct plan_vmcs *row = &plan_vmcs(plan)[i];

		allowed = allowed && ((row->required & ~row_merge(row)) == 0u);
		if (row->field == VMCS_PROCESSOR) {
			allowed = allowed && ((row_merge(row) & VMCS_PROCESSOR_CR3) == 0u);
		}
	}
	return allowed;
}

static bool has_nested_paging(void)
{
	uint64_t secondary = (uint64_t)VMCS_SECONDARY_EPT << 32;

	return ((msr_read(MSR_VMX_PROCESSOR) & ((uint64_t)VMCS_PROCESSOR_SECONDARY << 32)) != 0u) &&
	       ((msr_read(MSR_VMX_SECONDARY) & secondary) != 0u) &&
	       ((msr_read(MSR_VMX_EPT) & (EPT_NEEDED | VPID_NEEDED)) == (EPT_NEEDED | VPID_NEEDED));
}

static bool core_allows(const struct plan_header *plan, const struct plan_core *core)
{
	const struct plan_x86_partition *rows;

	if (core->partition == PLAN_NONE) {
		return true;
	}
	rows = &x86_of(plan)->partitions[core->partition];
	return rows_allowed(plan, rows->start_first, rows->start_count) &&
	       rows_allowed(plan, rows->reset_first, rows->reset_count);
}

/* Before a register that only VMX has is read: that VMX is there. */
enum refusal vmx_check(const struct plan_header *plan, const struct plan_core *core)
{
	enum refusal refusal = REFUSAL_NONE;

	if ((cpuid_read(CPUID_FEATURES, 0).ecx & CPUID_VMX) == 0u) {
		refusal = REFUSAL_VENDOR;
	} else if ((msr_read(MSR_FEATURE_CONTROL) & (FEATURE_LOCKED | FEATURE_VMX)) == FEATURE_LOCKED) {
		refusal = REFUSAL_VIRTUALIZATION;
	} else if (!has_nested_paging()) {
		refusal = REFUSAL_NESTED_PAGING;
	} else if (((msr_read(MSR_VMX_BASIC) & BASIC_TRUE_CONTROLS) == 0u) || !core_allows(plan, core)) {
		refusal = REFUSAL_CONTROLS;
	} else {
		/* it is as the plan wants it */
	}
	return refusal;
}

/* The first word of a page that VMX uses (25.2, 25.11.5). */
static void revision_write(uint64_t page)
{
	*(volatile uint32_t *)(uintptr_t)page = (uint32_t)(msr_read(MSR_VMX_BASIC) & BASIC_REVISION);
}

enum refusal vmx_enable(uint64_t region)
{
	uint64_t features = msr_read(MSR_FEATURE_CONTROL);

	if ((features & FEATURE_LOCKED) == 0u) {
		msr_write(MSR_FEATURE_CONTROL, features | FEATURE_LOCKED | FEATURE_VMX);
	}
	cr4_write(cr4_read() | CR4_VMXE);
	revision_write(region);
	return vmx_on(region) ? REFUSAL_NONE : REFUSAL_VIRTUALIZATION;
}

/* Makes the page this core's current control structure, not launched; fields are as an earlier life left them. */
static void structure_open(uint64_t page)
{
	revision_write(page);
	if (!vmcs_open(page)) {
		core_panic("VMPTRLD refuses the page", page, 0);
	}
}

static void rows_write(const struct plan_header *plan, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < (first + count); i++) {
		const struct plan_vmcs *row = &plan_vmcs(plan)[i];
		uint64_t value = row_merge(row);

		if (!vmcs_try_write(row->field, value)) {
			core_panic("VMWRITE refuses the field", row->field, 0);
		}
		if ((row->field == VMCS_SECONDARY) && ((value & VMCS_SECONDARY_XSAVES) != 0u)) {
			vmcs_write(XSS_EXITING, 0);
		}
	}
}

struct descriptor_table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

/* How an exit finds this core: as it is now, but for the stack. Bases of segments and SYSENTER's registers are not used. */
static void host_write(const struct core_state *core)
{
	/* DS, ES, FS and GS; SYSENTER_CS; bases of FS, GS and TR; SYSENTER_ESP and _EIP */
	static const uint32_t zero[] = {0x0c00u, 0x0c06u, 0x0c08u, 0x0c0au, 0x4c00u,
					0x6c06u, 0x6c08u, 0x6c0au, 0x6c10u, 0x6c12u};
	struct descriptor_table gdtr;
	struct descriptor_table idtr;

	__asm__("sgdt %0\n\tsidt %1" : "=m"(gdtr), "=m"(idtr));
	vmcs_write(VMCS_HOST_CR0, cr0_read());
	vmcs_write(VMCS_HOST_CR3, core->core->el2_root);
	vmcs_write(VMCS_HOST_CR4, cr4_read());
	vmcs_write(VMCS_HOST_EFER, msr_read(MSR_EFER));
	vmcs_write(VMCS_HOST_PAT, msr_read(MSR_PAT));
	vmcs_write(VMCS_HOST_CS, SELECTOR_CODE64);
	vmcs_write(VMCS_HOST_SS, SELECTOR_DATA);
	vmcs_write(VMCS_HOST_TR, SELECTOR_TASK);
	vmcs_write(VMCS_HOST_GDTR, gdtr.base);
	vmcs_write(VMCS_HOST_IDTR, idtr.base);
	for (uint32_t i = 0; i < (sizeof(zero) / sizeof(zero[0])); i++) {
		vmcs_write(zero[i], 0);
	}
	vmcs_write(VMCS_HOST_RSP, core->core->stack_top - STACK_GUEST + GUEST_REST);
	vmcs_write(VMCS_HOST_RIP, (uint64_t)(uintptr_t)vmx_arrive);
}

/* Registers of the guest that no exit or entry changes. */
static void registers_reset(void)
{
	cr2_write(0);
	msr_write(MSR_STAR, 0);
	msr_write(MSR_LSTAR, 0);
	msr_write(MSR_CSTAR, 0);
	msr_write(MSR_SFMASK, 0);
	msr_write(MSR_KERNEL_GS_BASE, 0);
}

void vmx_enter(const struct plan_vcpu *vcpu, gpaddr_t entry, uint64_t argument)
{
	const struct core_state *core = self();
	const struct plan_x86_partition *rows = &x86_of(core->plan)->partitions[vcpu->partition];
	uint64_t signature = 0;

	structure_open(x86_of(core->plan)->control + ((uint64_t)core->core->vcpu * PLAN_PAGE));
	if (argument != 0u) {
		rows_write(core->plan, rows->start_first, rows->start_count);
		vmcs_write(VMCS_GUEST_RIP, entry.value);
	} else {
		rows_write(core->plan, rows->reset_first, rows->reset_count);
		vmcs_write(VMCS_GUEST_CS, entry.value >> 4);
		vmcs_write(VMCS_GUEST_CS_BASE, entry.value);
		signature = cpuid_read(CPUID_FEATURES, 0).eax; /* table 10-1 */
	}
	host_write(core);
	registers_reset();
	vmx_forget_nested();
	vmx_forget_linear();
	core_on_guest_enter();
	vmx_run(argument, signature, core->core->stack_top);
}

void vmx_mode_read(struct guest_mode *mode)
{
	uint64_t access = vmcs_read(VMCS_GUEST_CS_ACCESS);

	mode->rip = vmcs_read(VMCS_GUEST_RIP);
	mode->cr0 = vmcs_read(VMCS_GUEST_CR0);
	mode->cr3 = vmcs_read(VMCS_GUEST_CR3);
	mode->cr4 = vmcs_read(VMCS_GUEST_CR4);
	mode->efer = vmcs_read(VMCS_GUEST_EFER);
	mode->is_code64 = ((mode->efer & EFER_LMA) != 0u) && ((access & VMCS_ACCESS_LONG) != 0u);
	mode->is_code32 = !mode->is_code64 && ((access & VMCS_ACCESS_DEFAULT) != 0u);
	mode->code_base = mode->is_code64 ? 0u : vmcs_read(VMCS_GUEST_CS_BASE);
}

uint64_t vmx_efer(void)
{
	return vmcs_read(VMCS_GUEST_EFER);
}

/* What NXE changes is cached in translations. LMA stays, and with it the entry's control for 64-bit mode. */
void vmx_efer_set(uint64_t efer)
{
	vmcs_write(VMCS_GUEST_EFER, efer);
	vmx_forget_linear();
}
