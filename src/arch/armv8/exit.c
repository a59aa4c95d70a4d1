/* SPDX-License-Identifier: Apache-2.0 */
/* Exits that the vectors do not finish: by exception class to their answer, or to a guest fault. */
#include "arch/armv8/exit.h"

#include "arch/armv8/aarch32.h"
#include "arch/armv8/exit_asm.h"
#include "arch/armv8/gic.h"
#include "arch/armv8/sysreg.h"
#include "core/entry.h"

/* PSTATE bits of SPSR_EL2 and what an exception to EL1 makes of them (Arm ARM D1.3.4) */
#define SPSR_MODE 0x1fu
#define SPSR_EL1T 0x4u
#define SPSR_EL1H 0x5u
#define SPSR_DAIF 0x3c0u
#define SPSR_SSBS 0x1000u
#define SPSR_KEPT 0xf1400000u /* NZCV, DIT, PAN */
#define SPSR_PAN 0x400000u
#define SCTLR_SPAN 0x800000u
#define SCTLR_DSSBS (UINT64_C(1) << 44)
#define ESR_UNKNOWN_IL 0x2000000u

void exit_skip(uint64_t syndrome)
{
	if ((sysreg_read(spsr_el2) & SPSR_AARCH32) != 0u) {
		aarch32_skip(syndrome);
	} else {
		sysreg_write(elr_el2, sysreg_read(elr_el2) + 4u);
	}
}

static uint64_t vector_offset(uint64_t mode)
{
	uint64_t offset;

	if (mode == SPSR_EL1H) {
		offset = 0x200u;
	} else if (mode == SPSR_EL1T) {
		offset = 0x0u;
	} else {
		offset = ((mode & 0x10u) != 0u) ? 0x600u : 0x400u;
	}
	return offset;
}

/* To AArch64 EL1, from it or from EL0 in either state. */
static void undefined_inject64(void)
{
	uint64_t spsr = sysreg_read(spsr_el2);
	uint64_t sctlr = sysreg_read(sctlr_el1);
	uint64_t next = (spsr & SPSR_KEPT) | SPSR_DAIF | SPSR_EL1H;

	if ((sctlr & SCTLR_SPAN) == 0u) {
		next |= (id_field(sysreg_read(id_aa64mmfr1_el1), 20u) != 0u) ? SPSR_PAN : 0u;
	}
	next |= ((sctlr & SCTLR_DSSBS) != 0u) ? SPSR_SSBS : 0u;
	sysreg_write(esr_el1, ESR_UNKNOWN_IL);
	sysreg_write(elr_el1, sysreg_read(elr_el2));
	sysreg_write(spsr_el1, spsr);
	sysreg_write(elr_el2, sysreg_read(vbar_el1) + vector_offset(spsr & SPSR_MODE));
	sysreg_write(spsr_el2, next);
}

void undefined_inject(struct exit_frame *frame)
{
	self()->exits[EXIT_SYSREG]++;
	if ((sysreg_read(hcr_el2) & HCR_RW) != 0u) {
		undefined_inject64();
	} else {
		aarch32_undefined_inject(frame);
	}
}

static bool is_abort(uint64_t syndrome)
{
	uint32_t class = (uint32_t)(syndrome >> 26);

	return (class == EC_DATA_ABORT) || (class == EC_INSTRUCTION_ABORT);
}

static NORETURN void fault_raise(struct guest_fault *fault, const struct exit_frame *frame, uint64_t syndrome)
{
	static const char *const names[] = {"x0..", "x6..", "x12..", "x18..", "x24..", "x30.."};

	fault->syndrome = syndrome;
	fault->pc = sysreg_read(elr_el2);
	fault->registers = frame->x;
	fault->register_count = 31;
	fault->register_names = names;
	if (is_abort(syndrome)) {
		fault->has_address = true;
		fault->address = abort_address().value;
	}
	core_on_guest_fault(fault);
}

void exit_fault(const struct exit_frame *frame, uint64_t syndrome, const char *cause)
{
	struct guest_fault fault = {.cause = cause};

	fault_raise(&fault, frame, syndrome);
}

void exit_fault_at(const struct exit_frame *frame, uint64_t syndrome, const char *cause, uint32_t instruction)
{
	struct guest_fault fault = {.cause = cause, .has_instruction = true, .instruction = instruction};

	fault_raise(&fault, frame, syndrome);
}

/* WFI that the vectors leave over, and WFIT; the guest may see it end early, which the architecture allows (D1.6.2). */
static void wfx_handle(uint64_t syndrome)
{
	self()->exits[EXIT_WFI]++;
	if ((syndrome & 0x3u) == 0u) {
		gic_sleep();
	}
	exit_skip(syndrome);
}

static const char *instruction_abort_cause(uint64_t syndrome)
{
	return ((syndrome & 0x3cu) == 0xcu) ? "execution where it is not allowed"
					    : "instruction fetch outside its memory";
}

/* The classes whose instruction may be conditional in AArch32; it then still exits where the condition fails. */
static bool is_conditional(uint32_t class)
{
	return (class == EC_WFX) || (class == EC_FP) || ((class >= EC_CP15) && (class <= EC_CP14_TRANSFER)) ||
	       (class == EC_CP14_PAIR) || (class == EC_SMC32);
}

static bool is_skipped(uint64_t syndrome)
{
	return ((sysreg_read(spsr_el2) & SPSR_AARCH32) != 0u) && is_conditional((uint32_t)(syndrome >> 26)) &&
	       !aarch32_condition_holds(syndrome);
}

bool exit_handle(struct exit_frame *frame, uint64_t syndrome)
{
	bool call = false;

	if (is_skipped(syndrome)) {
		exit_skip(syndrome);
		return false;
	}
	switch ((uint32_t)(syndrome >> 26)) {
	case EC_DATA_ABORT:
		data_abort_handle(frame, syndrome);
		break;
	case EC_SMC32:
		exit_skip(syndrome); /* ELR_EL2 is the SMC itself */
		call = true;
		break;
	case EC_SMC64: /* immediates other than 0 */
		exit_skip(syndrome);
		call_refuse(frame);
		break;
	case EC_HVC32:
	case EC_HVC64:
		call_refuse(frame);
		break;
	case EC_WFX:
		wfx_handle(syndrome);
		break;
	case EC_CP15:
	case EC_CP15_PAIR:
	case EC_CP14:
	case EC_CP14_PAIR:
		if (aarch32_coprocessor(frame, syndrome)) {
			exit_skip(syndrome);
		} else {
			undefined_inject(frame);
		}
		break;
	case EC_SYSREG: /* left over by sysreg_transfer */
	case EC_CP14_TRANSFER:
	case EC_FP:
	case EC_SVE:
	case EC_SME:
		undefined_inject(frame);
		break;
	case EC_INSTRUCTION_ABORT:
		exit_fault(frame, syndrome, instruction_abort_cause(syndrome));
		break;
	default:
		exit_fault(frame, syndrome, "an exception that has no answer");
		break;
	}
	return call;
}

void exit_stray(struct exit_frame *frame, uint64_t syndrome)
{
	const char *cause = (syndrome == STRAY_SERROR) ? "a system error (SError)"
						       : "an interrupt that was routed to the hypervisor";

	exit_fault(frame, sysreg_read(esr_el2) & 0x3ffffffu, cause);
}

/* From the vectors, on an empty stack: an exception that EL2's own code took. */
NORETURN void exit_own(uint64_t stack, uint64_t syndrome, uint64_t pc);

void exit_own(uint64_t stack, uint64_t syndrome, uint64_t pc)
{
	(void)stack;
	core_panic("exception at EL2, syndrome", syndrome, pc);
}
