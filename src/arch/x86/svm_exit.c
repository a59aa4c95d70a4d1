/* SPDX-License-Identifier: Apache-2.0 */
/* Exits of SVM (AMD APM volume 2, 15.7 and appendix C): by exit code to their answer, and what the verdict means to VMRUN. */
#include "arch/x86/exit.h"
#include "arch/x86/icr.h"
#include "arch/x86/svm.h"

#define CODE_DEBUG 0x41u
#define CODE_ALIGNMENT 0x51u
#define CODE_MACHINE_CHECK 0x52u
#define CODE_NMI 0x61u
#define CODE_RDPMC 0x6fu
#define CODE_CPUID 0x72u
#define CODE_RSM 0x73u
#define CODE_IRET 0x74u
#define CODE_INVD 0x76u
#define CODE_INVLPGA 0x7au
#define CODE_PORT 0x7bu
#define CODE_MSR 0x7cu
#define CODE_SHUTDOWN 0x7fu
#define CODE_VMRUN 0x80u
#define CODE_VMMCALL 0x81u
#define CODE_VMLOAD 0x82u
#define CODE_VMSAVE 0x83u
#define CODE_STGI 0x84u
#define CODE_CLGI 0x85u
#define CODE_SKINIT 0x86u
#define CODE_MONITOR 0x8au
#define CODE_MWAIT 0x8bu
#define CODE_MWAIT_ARMED 0x8cu
#define CODE_RDPRU 0x8eu
#define CODE_NESTED_PAGE 0x400u
#define CODE_WBINVD 0x89u
#define CODE_INVALID UINT32_MAX /* -1, of which the emulator writes the lower half only */

#define LENGTH_CPUID 2u /* INVD, WBINVD, RDMSR and WRMSR too; without prefixes, as the core does not tell */
#define LENGTH_VMMCALL 3u

#define RFLAGS_TRAP UINT64_C(0x100)
#define DR6_STEP UINT64_C(0x4000)

#define VECTOR_DEBUG 1u
#define VECTOR_UNDEFINED 6u
#define VECTOR_PROTECTION 13u
#define VECTOR_ALIGNMENT 17u
#define EVENT_NMI 0x80000202u /* valid, NMI, vector 2 */
#define EVENT_VALID 0x80000000u

/* EXITINFO1 of a port access (15.10.2) */
#define PORT_IN UINT64_C(0x1)
#define PORT_STRING UINT64_C(0x4)
#define PORT_SIZE_SHIFT 4 /* one bit each for 1, 2 and 4 bytes */
#define PORT_NUMBER_SHIFT 16

/* EXITINFO1 of a nested page fault (15.25.6) */
#define FAULT_PRESENT UINT64_C(0x1)
#define FAULT_WRITE UINT64_C(0x2)
#define FAULT_FETCH UINT64_C(0x10)
#define FAULT_WALK UINT64_C(0x200000000)

/*
 * From svm_enter.S, on the guest's core: an exit that RAX to RDI are enough for. False: nothing was done, svm_exit_whole has to,
 * with all registers.
 */
bool svm_exit(struct guest *guest, struct vmcb *vmcb);
void svm_exit_whole(struct guest *guest, struct vmcb *vmcb);

/* The instruction was carried out: an interrupt shadow ends, and a guest that steps has stepped. */
static void skip(struct vmcb *vmcb, uint32_t length)
{
	vmcb->rip = (vmcb->next_rip != 0u) ? vmcb->next_rip : (vmcb->rip + length);
	vmcb->interrupt_shadow = 0;
	if ((vmcb->rflags & RFLAGS_TRAP) != 0u) {
		vmcb->dr6 |= DR6_STEP;
		svm_inject(vmcb, VECTOR_DEBUG);
	}
}

static void finish(struct vmcb *vmcb, enum verdict verdict, uint32_t length)
{
	if (verdict == VERDICT_NEXT) {
		skip(vmcb, length);
	} else {
		svm_inject(vmcb, (verdict == VERDICT_UNDEFINED) ? VECTOR_UNDEFINED : VECTOR_PROTECTION);
	}
}

/* At other levels a call does not exist; the processor does not look (15.9). */
static void vmmcall(struct guest *guest, struct vmcb *vmcb)
{
	if (vmcb->cpl == 0u) {
		call_handle(guest);
		skip(vmcb, LENGTH_VMMCALL);
	} else {
		svm_inject(vmcb, VECTOR_UNDEFINED);
	}
}

static void msr(struct guest *guest, struct vmcb *vmcb)
{
	enum verdict verdict = (vmcb->exit_info[0] != 0u) ? msr_write_handle(guest) : msr_read_handle(guest);

	finish(vmcb, verdict, LENGTH_CPUID);
}

APART void port(struct guest *guest, struct vmcb *vmcb)
{
	uint64_t info = vmcb->exit_info[0];
	struct port_access access = {
		.port = (uint16_t)(info >> PORT_NUMBER_SHIFT),
		.size = (uint8_t)((info >> PORT_SIZE_SHIFT) & 7u),
		.is_in = (info & PORT_IN) != 0u,
		.is_string = (info & PORT_STRING) != 0u,
	};

	finish(vmcb, port_handle(guest, &access), (uint32_t)(vmcb->exit_info[1] - vmcb->rip));
}

static void nested_page(struct guest *guest, struct vmcb *vmcb)
{
	uint64_t info = vmcb->exit_info[0];
	struct page_fault fault = {
		.address = vmcb->exit_info[1],
		.code = info,
		.is_write = (info & FAULT_WRITE) != 0u,
		.is_fetch = (info & FAULT_FETCH) != 0u,
		.is_walk = (info & FAULT_WALK) != 0u,
		.is_present = (info & FAULT_PRESENT) != 0u,
		.is_event = (vmcb->exit_event & EVENT_VALID) != 0u,
	};

	skip(vmcb, page_fault_handle(guest, &fault));
}

/* One that arrives while the last is being handled waits for that one's IRET, as on the processor itself (8.5.2). */
static void nmi_deliver(struct vmcb *vmcb)
{
	if ((vmcb->intercepts[VMCB_INTERCEPT_THIRD] & VMCB_THIRD_IRET) == 0u) {
		icr_nmi_taken();
		vmcb->event_inject = EVENT_NMI;
		vmcb->intercepts[VMCB_INTERCEPT_THIRD] |= VMCB_THIRD_IRET;
	}
}

/*
 * A kick: still pending, so that it is taken here. A guest whose memory was revoked has it cached no longer, and its next
 * instruction is its end; any other goes on.
 */
static void nmi(struct vmcb *vmcb)
{
	nmi_take();
	vmcb->tlb_control = VMCB_TLB_FLUSH;
	if (icr_requests_look()) {
		self()->exits[EXIT_SGI]++;
		nmi_deliver(vmcb);
	}
}

/* The NMI that waited, if any, comes before the IRET: the processor does not say when that is over. */
static void iret(struct vmcb *vmcb)
{
	self()->exits[EXIT_SGI]++;
	vmcb->intercepts[VMCB_INTERCEPT_THIRD] &= ~VMCB_THIRD_IRET;
	if (icr_requests_look()) {
		nmi_deliver(vmcb);
	}
}

/*
 * INVD as WBINVD, of which nothing is left to do: caches are coherent, and empty ones would be others' misses. Not every processor
 * looks at the level before it exits.
 */
static void cache(struct vmcb *vmcb)
{
	self()->exits[EXIT_SYSREG]++;
	if (vmcb->cpl == 0u) {
		skip(vmcb, LENGTH_CPUID);
	} else {
		svm_inject(vmcb, VECTOR_PROTECTION);
	}
}

/* Exits that the guest may cause without ending. */
APART bool rare(struct vmcb *vmcb)
{
	bool known = true;

	switch (vmcb->exit_code) {
	case CODE_NMI:
		nmi(vmcb);
		break;
	case CODE_IRET:
		iret(vmcb);
		break;
	case CODE_DEBUG: /* exits so that no endless delivery of it keeps kicks away (CVE-2015-8104, CVE-2015-5307) */
		svm_inject(vmcb, VECTOR_DEBUG);
		break;
	case CODE_ALIGNMENT:
		svm_inject(vmcb, VECTOR_ALIGNMENT);
		break;
	case CODE_INVD:
	case CODE_WBINVD:
		cache(vmcb);
		break;
	case CODE_RDPMC:
		self()->exits[EXIT_SYSREG]++;
		svm_inject(vmcb, VECTOR_PROTECTION);
		break;
	case CODE_RSM:
	case CODE_INVLPGA:
	case CODE_VMRUN:
	case CODE_VMLOAD:
	case CODE_VMSAVE:
	case CODE_STGI:
	case CODE_CLGI:
	case CODE_SKINIT:
	case CODE_MONITOR:
	case CODE_MWAIT:
	case CODE_MWAIT_ARMED:
	case CODE_RDPRU:
		self()->exits[EXIT_SYSREG]++;
		svm_inject(vmcb, VECTOR_UNDEFINED);
		break;
	default:
		known = false;
		break;
	}
	return known;
}

/* The likely ones first. What the last entry asked for is done: flushes, and events. */
bool svm_exit(struct guest *guest, struct vmcb *vmcb)
{
	uint64_t code = vmcb->exit_code;
	bool known = true;

	vmcb->tlb_control = 0;
	vmcb->event_inject = 0;
	if (code == CODE_VMMCALL) {
		vmmcall(guest, vmcb);
	} else if (code == CODE_MSR) {
		msr(guest, vmcb);
	} else if (code == CODE_CPUID) {
		finish(vmcb, cpuid_handle(guest), LENGTH_CPUID);
	} else if (code == CODE_PORT) {
		port(guest, vmcb);
	} else {
		known = rare(vmcb);
	}
	return known;
}

void svm_exit_whole(struct guest *guest, struct vmcb *vmcb)
{
	switch ((uint32_t)vmcb->exit_code) {
	case CODE_NESTED_PAGE:
		nested_page(guest, vmcb);
		break;
	case CODE_MACHINE_CHECK:
		exit_fault(guest, vmcb->exit_code, "a machine check");
		break;
	case CODE_SHUTDOWN:
		exit_fault(guest, vmcb->exit_code, "a triple fault");
		break;
	case CODE_INVALID:
		exit_fault(guest, vmcb->exit_code, "a state that the processor cannot enter");
		break;
	default:
		exit_fault(guest, vmcb->exit_code, "an exit that has no answer");
		break;
	}
}
