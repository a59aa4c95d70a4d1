/* SPDX-License-Identifier: Apache-2.0 */
/* Exits from AArch32 code. Registers are those of the AArch64 view (Arm ARM D1.20.1): R14_und is X22. */
#include "arch/armv8/aarch32.h"

#include "arch/armv8/sysreg.h"
#include "arch/armv8/trap_table.h"

/* ISS of the conditional classes */
#define ISS_CONDITION_VALID 0x1000000u
#define ISS_CONDITION(iss) (((iss) >> 20) & 0xfu)
#define ISS_READ 0x1u
#define ESR_LONG 0x2000000u /* a 32-bit instruction */
#define CONDITION_ALWAYS 0xeu

/* SPSR for AArch32 (Arm ARM C5.2.19) */
#define SPSR_N 0x80000000u
#define SPSR_Z 0x40000000u
#define SPSR_C 0x20000000u
#define SPSR_V 0x10000000u
#define SPSR_IT 0x0600fc00u
#define SPSR_THUMB 0x20u
#define SPSR_MASK_IRQ 0x80u
#define SPSR_BIG_ENDIAN 0x200u
#define SPSR_ILLEGAL 0x100000u
#define SPSR_MODE 0x1fu
#define MODE_UNDEFINED 0x1bu

#define SCTLR_HIGH_VECTORS 0x2000u
#define SCTLR_EE 0x2000000u
#define SCTLR_TE 0x40000000u
#define HIGH_VECTORS 0xffff0000u
#define UNDEFINED_VECTOR 4u
#define LR_UNDEFINED 22u
#define ZERO_REGISTER 31u

static uint32_t it_state(uint32_t spsr)
{
	return ((spsr >> 25) & 0x3u) | ((spsr >> 8) & 0xfcu);
}

static uint32_t condition_of(uint32_t iss, uint32_t spsr)
{
	uint32_t it = it_state(spsr);

	if ((iss & ISS_CONDITION_VALID) != 0u) {
		return ISS_CONDITION(iss);
	}
	if ((it & 0xfu) != 0u) {
		return it >> 4; /* Thumb, left to us by the core */
	}
	return CONDITION_ALWAYS;
}

/* ConditionHolds() of the Arm ARM's pseudocode. */
bool aarch32_condition_holds(uint64_t syndrome)
{
	uint32_t spsr = (uint32_t)sysreg_read(spsr_el2);
	uint32_t condition = condition_of((uint32_t)syndrome, spsr);
	bool n = (spsr & SPSR_N) != 0u;
	bool z = (spsr & SPSR_Z) != 0u;
	bool c = (spsr & SPSR_C) != 0u;
	bool v = (spsr & SPSR_V) != 0u;
	bool holds;

	switch (condition >> 1) {
	case 0:
		holds = z;
		break;
	case 1:
		holds = c;
		break;
	case 2:
		holds = n;
		break;
	case 3:
		holds = v;
		break;
	case 4:
		holds = c && !z;
		break;
	case 5:
		holds = n == v;
		break;
	case 6:
		holds = (n == v) && !z;
		break;
	default:
		return true; /* always, and the unconditional space */
	}
	return ((condition & 1u) != 0u) ? !holds : holds;
}

void aarch32_skip(uint64_t syndrome)
{
	uint32_t spsr = (uint32_t)sysreg_read(spsr_el2);
	uint32_t it = it_state(spsr);

	if (it != 0u) {
		it = ((it & 0x7u) == 0u) ? 0u : ((it & 0xe0u) | ((it << 1) & 0x1fu));
		spsr = (spsr & ~SPSR_IT) | ((it & 0x3u) << 25) | ((it & 0xfcu) << 8);
		sysreg_write(spsr_el2, spsr);
	}
	sysreg_write(elr_el2, (uint32_t)(sysreg_read(elr_el2) + (((syndrome & ESR_LONG) != 0u) ? 4u : 2u)));
}

void aarch32_undefined_inject(struct exit_frame *frame)
{
	uint32_t spsr = (uint32_t)sysreg_read(spsr_el2);
	uint32_t sctlr = (uint32_t)sysreg_read(sctlr_el1);
	uint32_t base = ((sctlr & SCTLR_HIGH_VECTORS) != 0u) ? HIGH_VECTORS : (uint32_t)sysreg_read(vbar_el1);
	uint32_t next = spsr & ~(SPSR_MODE | SPSR_THUMB | SPSR_BIG_ENDIAN | SPSR_IT | SPSR_ILLEGAL);

	next |= MODE_UNDEFINED | SPSR_MASK_IRQ;
	next |= ((sctlr & SCTLR_TE) != 0u) ? SPSR_THUMB : 0u;
	next |= ((sctlr & SCTLR_EE) != 0u) ? SPSR_BIG_ENDIAN : 0u;
	frame->x[LR_UNDEFINED] = (uint32_t)(sysreg_read(elr_el2) + (((spsr & SPSR_THUMB) != 0u) ? 2u : 4u));
	sysreg_write(spsr_und, spsr);
	sysreg_write(spsr_el2, next);
	sysreg_write(elr_el2, base + UNDEFINED_VECTOR);
}

static uint64_t low_word(const struct exit_frame *frame, uint32_t rt)
{
	return (rt == ZERO_REGISTER) ? 0u : (uint32_t)frame->x[rt];
}

/*
 * Most CP15 registers carry the numbers of their AArch64 namesakes, with op0 3, cache maintenance (CRn 7) op0 1, CP14 op0 2.
 * CRn 9 to 11 and 15 are implementation-defined where they trap (HCR_EL2.TIDCP, HSTR_EL2.T15): as AArch64's CRn 11.
 */
static uint32_t coprocessor_key(uint32_t iss, bool cp15)
{
	uint32_t crn = (iss >> 10) & 0xfu;
	uint32_t crm = (iss >> 1) & 0xfu;
	uint32_t op1 = (iss >> 14) & 0x7u;
	uint32_t op2 = (iss >> 17) & 0x7u;

	if (!cp15) {
		return TRAP_KEY(2u, op1, crn, crm, op2);
	}
	if (((crn >= 9u) && (crn <= 11u)) || (crn == 15u)) {
		return TRAP_KEY(3u, 0u, 11u, crm, op2);
	}
	return TRAP_KEY((crn == 7u) ? 1u : 3u, op1, crn, crm, op2);
}

/* MCR and MRC: one register. */
static bool single_transfer(struct exit_frame *frame, uint32_t iss, bool cp15)
{
	uint32_t rt = (iss >> 5) & 0x1fu;
	uint64_t value = low_word(frame, rt);
	uint64_t status = register_transfer(coprocessor_key(iss, cp15), (iss & ISS_READ) != 0u, &value);

	if ((status == TRANSFER_READ) && (rt != ZERO_REGISTER)) {
		frame->x[rt] = (uint32_t)value;
	}
	return status != TRANSFER_UNFINISHED;
}

/* MCRR and MRRC of CRm 12: ICC_SGI1R (opc1 0), ICC_ASGI1R (1), ICC_SGI0R (2); writes only (IHI 0069, 12.6). */
static bool pair_transfer(const struct exit_frame *frame, uint32_t iss)
{
	uint32_t op1 = (iss >> 16) & 0xfu;
	uint64_t value = low_word(frame, (iss >> 5) & 0x1fu) | (low_word(frame, (iss >> 10) & 0x1fu) << 32);
	uint32_t key = TRAP_KEY(3u, 0u, 12u, 11u, 5u + op1);

	if ((((iss >> 1) & 0xfu) != 12u) || (op1 > 2u) || ((iss & ISS_READ) != 0u)) {
		return false;
	}
	return register_transfer(key, false, &value) != TRANSFER_UNFINISHED;
}

/* MRRC of CP14's CRm 1 and 2, DBGDRAR and DBGDSAR: where debug registers are mapped; nowhere, as their 32-bit forms say. */
static bool debug_address_read(struct exit_frame *frame, uint32_t iss)
{
	uint32_t crm = (iss >> 1) & 0xfu;
	uint32_t low = (iss >> 5) & 0x1fu;
	uint32_t high = (iss >> 10) & 0x1fu;

	if (((iss & ISS_READ) == 0u) || ((crm != 1u) && (crm != 2u)) || (low == ZERO_REGISTER) ||
	    (high == ZERO_REGISTER)) {
		return false;
	}
	frame->x[low] = 0;
	frame->x[high] = 0;
	self()->exits[EXIT_SYSREG]++;
	return true;
}

bool aarch32_coprocessor(struct exit_frame *frame, uint64_t syndrome)
{
	uint32_t iss = (uint32_t)syndrome & 0x1ffffffu;
	bool done = false;

	switch ((uint32_t)(syndrome >> 26)) {
	case EC_CP15:
		done = single_transfer(frame, iss, true);
		break;
	case EC_CP14:
		done = single_transfer(frame, iss, false);
		break;
	case EC_CP15_PAIR:
		done = pair_transfer(frame, iss);
		break;
	case EC_CP14_PAIR:
		done = debug_address_read(frame, iss);
		break;
	default: /* LDC and STC of the debug channel: not there */
		break;
	}
	return done;
}
