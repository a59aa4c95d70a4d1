/* SPDX-License-Identifier: Apache-2.0 */
/* Exits of VMX (Intel SDM volume 3, chapter 28 and appendix C): by reason to their answer, and what the verdict means to an entry. */
#include "arch/x86/decode.h"
#include "arch/x86/exit.h"
#include "arch/x86/icr.h"
#include "arch/x86/trap.h"
#include "arch/x86/vmx.h"
#include "core/entry.h"

#define REASON_EXCEPTION 0u
#define REASON_TRIPLE_FAULT 2u
#define REASON_INIT 3u
#define REASON_NMI_WINDOW 8u
#define REASON_TASK_SWITCH 9u
#define REASON_CPUID 10u
#define REASON_GETSEC 11u
#define REASON_INVD 13u
#define REASON_RDPMC 15u
#define REASON_VMCALL 18u
#define REASON_VMCLEAR 19u /* VMX's own instructions, from here to VMXON */
#define REASON_VMXON 27u
#define REASON_CONTROL_REGISTER 28u
#define REASON_PORT 30u
#define REASON_MSR_READ 31u
#define REASON_MSR_WRITE 32u
#define REASON_MWAIT 36u
#define REASON_MONITOR 39u
#define REASON_NESTED_PAGE 48u
#define REASON_INVEPT 50u
#define REASON_INVVPID 53u
#define REASON_WBINVD 54u /* WBNOINVD too */
#define REASON_XSETBV 55u
#define REASON_ENTRY_FAILED 0x80000000u

#define VECTOR_DEBUG 1u
#define VECTOR_UNDEFINED 6u
#define VECTOR_PROTECTION 13u
#define VECTOR_MACHINE_CHECK 18u

/* Events, of exits and for entries (25.8.3) */
#define EVENT_VECTOR 0xffu
#define EVENT_TYPE 0x700u
#define EVENT_NMI 0x200u
#define EVENT_EXCEPTION 0x300u
#define EVENT_HAS_ERROR 0x800u
#define EVENT_UNBLOCKED 0x1000u /* of an exit only */
#define EVENT_VALID 0x80000000u
#define VECTOR_NMI 2u

#define BLOCKING_SHADOW 0x3u /* of the instruction behind STI, and behind MOV SS */
#define RFLAGS_TRAP 0x100u
#define PENDING_STEP 0x4000u
#define DEBUG_HIT 0xfu /* of DR6: each breakpoint */
#define DEBUG_CAUSE 0x600fu
#define DR7_DETECT 0x2000u

/* Exit qualification: of a port (table 28-5), a nested page (28-7), a control register (28-3) */
#define PORT_SIZE 0x7u /* less 1 */
#define PORT_IN 0x8u
#define PORT_STRING 0x10u
#define PORT_NUMBER_SHIFT 16
#define FAULT_WRITE 0x2u
#define FAULT_FETCH 0x4u
#define FAULT_PRESENT 0x38u
#define FAULT_LINEAR 0x80u
#define FAULT_TRANSLATED 0x100u
#define CONTROL_KIND 0x3fu /* number, and which instruction: 0 there is MOV to it */
#define CONTROL_GPR_SHIFT 8

#define CR0_WRITE_THROUGH UINT64_C(0x20000000) /* NW */
#define CR0_UNCACHED UINT64_C(0x40000000)      /* CD */
#define CR4_MCE UINT64_C(0x40)

/*
 * From vmx_enter.S, on the guest's core: an exit that RAX to RDI are enough for. False: nothing was done, vmx_exit_whole has to,
 * with all registers, of which it gets RSP by itself.
 */
bool vmx_exit(struct guest *guest);
void vmx_exit_whole(struct guest *guest);
/* A kick that came while the hypervisor ran; the processor refuses to enter the guest at all. */
void vmx_kick(void);
NORETURN void vmx_refused(void);

/* The instruction was carried out: its shadows end, and a guest that steps has stepped. Addresses of 32 bits wrap. */
static void vmx_skip(void)
{
	uint64_t rip = vmcs_read(VMCS_GUEST_RIP) + vmcs_read(VMCS_EXIT_LENGTH);
	uint64_t blocking = vmcs_read(VMCS_GUEST_BLOCKING);

	if (((rip >> 32) != 0u) && ((vmcs_read(VMCS_GUEST_CS_ACCESS) & VMCS_ACCESS_LONG) == 0u)) {
		rip = (uint32_t)rip;
	}
	vmcs_write(VMCS_GUEST_RIP, rip);
	if ((blocking & BLOCKING_SHADOW) != 0u) {
		vmcs_write(VMCS_GUEST_BLOCKING, blocking & ~(uint64_t)BLOCKING_SHADOW);
	}
	if ((vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_TRAP) != 0u) {
		vmcs_write(VMCS_GUEST_PENDING_DEBUG, vmcs_read(VMCS_GUEST_PENDING_DEBUG) | PENDING_STEP);
	}
}

/* An exception ends shadows, too. Error codes are 0. */
static void vmx_inject(uint32_t vector)
{
	uint32_t error = (vector == VECTOR_PROTECTION) ? EVENT_HAS_ERROR : 0u;

	vmcs_write(VMCS_GUEST_BLOCKING, vmcs_read(VMCS_GUEST_BLOCKING) & ~(uint64_t)BLOCKING_SHADOW);
	vmcs_write(VMCS_ENTRY_ERROR, 0);
	vmcs_write(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_EXCEPTION | error | vector);
}

static void vmx_finish(enum verdict verdict)
{
	if (verdict == VERDICT_NEXT) {
		vmx_skip();
	} else {
		vmx_inject((verdict == VERDICT_UNDEFINED) ? VECTOR_UNDEFINED : VECTOR_PROTECTION);
	}
}

/* At other levels a call does not exist; the processor does not look. */
static void vmcall(struct guest *guest)
{
	if ((vmcs_read(VMCS_GUEST_SS_ACCESS) & VMCS_ACCESS_LEVEL) == 0u) {
		call_handle(guest);
		vmx_skip();
	} else {
		vmx_inject(VECTOR_UNDEFINED);
	}
}

APART void vmx_port(struct guest *guest)
{
	uint64_t qualification = vmcs_read(VMCS_QUALIFICATION);
	struct port_access access = {
		.port = (uint16_t)(qualification >> PORT_NUMBER_SHIFT),
		.size = (uint8_t)((qualification & PORT_SIZE) + 1u),
		.is_in = (qualification & PORT_IN) != 0u,
		.is_string = (qualification & PORT_STRING) != 0u,
	};

	vmx_finish(port_handle(guest, &access));
}

/* The registers are whole for a report, or an access to any of them. */
static void vmx_nested_page(struct guest *guest)
{
	uint64_t qualification = vmcs_read(VMCS_QUALIFICATION);
	struct page_fault fault = {
		.address = vmcs_read(VMCS_EXIT_ADDRESS),
		.code = qualification,
		.is_write = (qualification & FAULT_WRITE) != 0u,
		.is_fetch = (qualification & FAULT_FETCH) != 0u,
		.is_walk = (qualification & (FAULT_LINEAR | FAULT_TRANSLATED)) == FAULT_LINEAR,
		.is_present = (qualification & FAULT_PRESENT) != 0u,
		.is_event = (vmcs_read(VMCS_VECTORING) & EVENT_VALID) != 0u,
	};

	(void)page_fault_handle(guest, &fault);
	vmcs_write(VMCS_GUEST_RSP, guest->gpr[GPR_RSP]);
	vmx_skip();
}

static void nmi_window_set(bool wanted)
{
	uint64_t controls = vmcs_read(VMCS_PROCESSOR) & ~(uint64_t)VMCS_PROCESSOR_NMI_WINDOW;

	vmcs_write(VMCS_PROCESSOR, controls | (wanted ? VMCS_PROCESSOR_NMI_WINDOW : 0u));
}

/* The guest takes NMIs now: the processor knows, as they are virtual (26.5.1, 27.7.1). */
static void nmi_window(void)
{
	nmi_window_set(false);
	if (icr_requests_look()) {
		icr_nmi_taken();
		vmcs_write(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_NMI | VECTOR_NMI);
	}
}

/*
 * A guest whose memory was revoked has it cached no longer, and its next instruction is its end, so that it must have one: it
 * sleeps no longer, either. Any other goes on, as from a sleep that an interrupt ended.
 */
void vmx_kick(void)
{
	trap_forget_nmi();
	vmx_forget_nested();
	vmcs_write(VMCS_GUEST_ACTIVITY, 0);
	if (icr_requests_look()) {
		self()->exits[EXIT_SGI]++;
		nmi_window_set(true);
	}
}

/* Behind such an exit NMIs stay blocked until an IRET: that of our own handler (vectors.S). */
static void vmx_nmi(void)
{
	nmi_handle();
	vmx_kick();
}

/* What the processor would have done first, had the exception not been an exit (28.1). */
static void debug_set(void)
{
	uint64_t cause = vmcs_read(VMCS_QUALIFICATION) & DEBUG_CAUSE;

	dr6_write((dr6_read() & ~(uint64_t)DEBUG_HIT) | cause);
	vmcs_write(VMCS_GUEST_DR7, vmcs_read(VMCS_GUEST_DR7) & ~(uint64_t)DR7_DETECT);
}

/* #DB and #AC exit so that no endless delivery of them keeps kicks away (CVE-2015-8104, CVE-2015-5307). */
static bool vmx_exception(void)
{
	uint64_t event = vmcs_read(VMCS_EXIT_EVENT);

	if ((event & EVENT_TYPE) == EVENT_NMI) {
		vmx_nmi();
		return true;
	}
	if ((event & EVENT_VECTOR) == VECTOR_MACHINE_CHECK) {
		return false;
	}
	if ((event & EVENT_VECTOR) == VECTOR_DEBUG) {
		debug_set();
	}
	vmcs_write(VMCS_GUEST_BLOCKING, vmcs_read(VMCS_GUEST_BLOCKING) & ~(uint64_t)BLOCKING_SHADOW);
	vmcs_write(VMCS_ENTRY_ERROR, vmcs_read(VMCS_EXIT_EVENT_ERROR));
	vmcs_write(VMCS_ENTRY_LENGTH, vmcs_read(VMCS_EXIT_LENGTH));
	vmcs_write(VMCS_ENTRY_EVENT, event & ~(uint64_t)EVENT_UNBLOCKED);
	return true;
}

/*
 * Bits that a guest may not change are masked: they read as it wrote them last, and a write that changes one of them exits. Then
 * they take the new value in what the guest reads, and the instruction is executed again, by the processor, with all else that
 * it means. In CR4 only MCE may change so: the other ones are of features that guests have not.
 */
static enum verdict cr0_change(uint64_t value)
{
	if ((value & (CR0_WRITE_THROUGH | CR0_UNCACHED)) == CR0_WRITE_THROUGH) {
		return VERDICT_PROTECTION;
	}
	vmcs_write(VMCS_CR0_SHADOW, value);
	return VERDICT_NEXT;
}

static enum verdict cr4_change(uint64_t value)
{
	if ((value & vmcs_read(VMCS_CR4_MASK) & ~CR4_MCE) != 0u) {
		return VERDICT_PROTECTION;
	}
	vmcs_write(VMCS_CR4_SHADOW, value);
	return VERDICT_NEXT;
}

static void control_register(struct guest *guest)
{
	uint64_t qualification = vmcs_read(VMCS_QUALIFICATION);
	uint64_t value;
	enum verdict verdict = VERDICT_PROTECTION;

	self()->exits[EXIT_SYSREG]++;
	value = guest->gpr[decode_gpr((uint32_t)(qualification >> CONTROL_GPR_SHIFT) & 15u)];
	if ((qualification & CONTROL_KIND) == 0u) {
		verdict = cr0_change(value);
	} else if ((qualification & CONTROL_KIND) == 4u) {
		verdict = cr4_change(value);
	} else {
		/* no other one exits */
	}
	if (verdict != VERDICT_NEXT) {
		vmx_inject(VECTOR_PROTECTION);
	}
}

/* Exits that the guest may cause without ending. */
APART bool vmx_rare(const struct guest *guest, uint32_t reason)
{
	bool known = true;

	switch (reason) {
	case REASON_EXCEPTION:
		known = vmx_exception();
		break;
	case REASON_NMI_WINDOW:
		self()->exits[EXIT_SGI]++;
		nmi_window();
		break;
	case REASON_INIT: /* nobody's here to send: it is gone with the exit */
		break;
	case REASON_XSETBV:
		vmx_finish(xcr_handle(guest));
		break;
	case REASON_INVD: /* as WBINVD, of which nothing is left to do: caches are coherent, and not one guest's to empty */
	case REASON_WBINVD:
		self()->exits[EXIT_SYSREG]++;
		vmx_skip();
		break;
	case REASON_RDPMC:
		self()->exits[EXIT_SYSREG]++;
		vmx_inject(VECTOR_PROTECTION);
		break;
	case REASON_GETSEC:
	case REASON_MWAIT:
	case REASON_MONITOR:
	case REASON_INVEPT:
	case REASON_INVVPID:
		self()->exits[EXIT_SYSREG]++;
		vmx_inject(VECTOR_UNDEFINED);
		break;
	default:
		known = (reason >= REASON_VMCLEAR) && (reason <= REASON_VMXON);
		if (known) {
			self()->exits[EXIT_SYSREG]++;
			vmx_inject(VECTOR_UNDEFINED);
		}
		break;
	}
	return known;
}

/* The likely ones first. What the last entry injected is done: the processor has taken it back. */
bool vmx_exit(struct guest *guest)
{
	uint32_t reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON);
	bool known = true;

	if (reason == REASON_VMCALL) {
		vmcall(guest);
	} else if (reason == REASON_MSR_WRITE) {
		vmx_finish(msr_write_handle(guest));
	} else if (reason == REASON_MSR_READ) {
		vmx_finish(msr_read_handle(guest));
	} else if (reason == REASON_CPUID) {
		vmx_finish(cpuid_handle(guest));
	} else if (reason == REASON_PORT) {
		vmx_port(guest);
	} else {
		known = vmx_rare(guest, reason);
	}
	return known;
}

void vmx_exit_whole(struct guest *guest)
{
	uint32_t reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON);

	guest->gpr[GPR_RSP] = vmcs_read(VMCS_GUEST_RSP);
	switch (reason) {
	case REASON_CONTROL_REGISTER:
		control_register(guest);
		break;
	case REASON_NESTED_PAGE:
		vmx_nested_page(guest);
		break;
	case REASON_EXCEPTION:
		exit_fault(guest, vmcs_read(VMCS_EXIT_EVENT), "a machine check");
		break;
	case REASON_TRIPLE_FAULT:
		exit_fault(guest, reason, "a triple fault");
		break;
	case REASON_TASK_SWITCH:
		exit_fault(guest, reason, "a task switch");
		break;
	default:
		if ((reason & REASON_ENTRY_FAILED) != 0u) {
			core_panic("VM entry fails, reason", reason, vmcs_read(VMCS_GUEST_RIP));
		}
		exit_fault(guest, reason, "an exit that has no answer");
		break;
	}
}

void vmx_refused(void)
{
	core_panic("VM entry is refused, error", vmcs_read(VMCS_INSTRUCTION_ERROR), vmcs_read(VMCS_GUEST_RIP));
}
