/* SPDX-License-Identifier: Apache-2.0 */
/* Data aborts at stage 2: accesses to trapped register pages, with or without a syndrome; all else is a guest fault. */
#include "arch/armv8/aarch32.h"
#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "arch/armv8/exit_asm.h"
#include "arch/armv8/sysreg.h"
#include "core/entry.h"
#include "plan/view.h"

/* ESR_EL2.ISS of a data abort (Arm ARM D19.2.39) */
#define ISS_VALID 0x1000000u
#define ISS_SIGN_EXTEND 0x200000u
#define ISS_WIDE 0x8000u
#define ISS_MAINTENANCE 0x100u
#define ISS_WALK 0x80u
#define ISS_WRITE 0x40u
#define ZERO_REGISTER 31u

static uint64_t sign_extended(uint64_t value, uint32_t size_log2, bool wide)
{
	uint64_t top = UINT64_C(1) << ((8u << size_log2) - 1u);
	uint64_t result = (value ^ top) - top;

	return wide ? result : (uint32_t)result;
}

/* Register `rt` of an access to a trapped register page; false: the address is in none. */
static bool access_one(struct exit_frame *frame, uint64_t address, uint32_t rt, const struct decoded *decoded)
{
	uint32_t how = HOW_SIZE(decoded->size_log2) | (decoded->write ? HOW_WRITE : 0u);
	uint64_t value = (rt == ZERO_REGISTER) ? 0u : frame->x[rt];
	uint64_t status = gic_access(&value, how, address);

	if ((status == TRANSFER_READ) && (rt != ZERO_REGISTER)) {
		frame->x[rt] = decoded->sign_extend ? sign_extended(value, decoded->size_log2, decoded->wide) : value;
	}
	return status != TRANSFER_UNFINISHED;
}

/* What the vectors leave over of those that have a syndrome: sign-extending loads, and AArch32's. */
static bool access_by_syndrome(struct exit_frame *frame, uint32_t iss, uint64_t address)
{
	struct decoded decoded = {
		.size_log2 = (uint8_t)((iss >> 22) & 0x3u),
		.write = HOW_IS_WRITE(iss),
		.sign_extend = (iss & ISS_SIGN_EXTEND) != 0u,
		.wide = (iss & ISS_WIDE) != 0u,
	};

	return access_one(frame, address, (iss >> 16) & 0x1fu, &decoded);
}

/* A decoded instruction's base register; 31 is the stack pointer that PSTATE.SP selects. */
static uint64_t base_read(const struct exit_frame *frame, uint32_t base)
{
	if (base < ZERO_REGISTER) {
		return frame->x[base];
	}
	return ((sysreg_read(spsr_el2) & 0x1u) != 0u) ? sysreg_read(sp_el1) : sysreg_read(sp_el0);
}

static void base_write(struct exit_frame *frame, uint32_t base, uint64_t value)
{
	if (base < ZERO_REGISTER) {
		frame->x[base] = value;
	} else if ((sysreg_read(spsr_el2) & 0x1u) != 0u) {
		sysreg_write(sp_el1, value);
	} else {
		sysreg_write(sp_el0, value);
	}
}

/*
 * No syndrome: the instruction tells. It must be the one that aborted: its address, from the registers of now, must be
 * the one that the core reports, else another core of this partition has changed the code under us.
 */
static void access_by_instruction(struct exit_frame *frame, uint64_t syndrome, uint64_t address)
{
	struct decoded decoded;
	uint32_t instruction = 0;
	uint64_t base;
	uint64_t next;
	uint64_t first;
	uint64_t bytes;

	if (!window_fetch(sysreg_read(elr_el2), &instruction)) {
		exit_fault(frame, syndrome, "a register access whose instruction is outside its memory");
	}
	if (((sysreg_read(spsr_el2) & SPSR_AARCH32) != 0u) || !decode_load_store(instruction, &decoded)) {
		exit_fault_at(frame, syndrome, "a register access by an instruction that is not decoded", instruction);
	}
	base = base_read(frame, decoded.base);
	next = base + (uint64_t)(int64_t)decoded.offset;
	first = decoded.post_index ? base : next;
	bytes = (uint64_t)decoded.register_count << decoded.size_log2;
	if ((first != sysreg_read(far_el2)) || (((address & 0xfffu) + bytes) > PLAN_PAGE)) {
		exit_fault_at(frame, syndrome, "a register access that crosses a page or changed meanwhile",
			      instruction);
	}
	for (uint32_t i = 0; i < decoded.register_count; i++) {
		(void)access_one(frame, address + ((uint64_t)i << decoded.size_log2), decoded.registers[i], &decoded);
	}
	if (decoded.writeback) {
		base_write(frame, decoded.base, next);
	}
}

/* Whether the partition's filters answer at `address`; they begin and end at page boundaries. */
static bool is_filtered(uint64_t address)
{
	const struct core_state *core = self();
	bool filtered = false;

	for (uint64_t i = 0; i < core->filter_count; i++) {
		filtered = filtered || ((address - core->filters[i].base) < core->filters[i].size);
	}
	return filtered;
}

void data_abort_handle(struct exit_frame *frame, uint64_t syndrome)
{
	uint32_t iss = (uint32_t)syndrome;
	uint64_t address = abort_address().value;
	bool filtered;

	if ((iss & (ISS_WALK | (uint32_t)ISS_STATUS_LEVEL_LESS)) != (uint32_t)STATUS_TRANSLATION) {
		exit_fault(frame, syndrome,
			   ((iss & ISS_WALK) != 0u) ? "page tables outside its memory" : "a data access that aborted");
	}
	if ((iss & ISS_VALID) != 0u) {
		filtered = access_by_syndrome(frame, iss, address);
	} else {
		filtered = is_filtered(address);
		if (filtered && ((iss & ISS_MAINTENANCE) == 0u)) { /* cache maintenance of a device does nothing */
			access_by_instruction(frame, syndrome, address);
		}
	}
	if (!filtered) {
		exit_fault(frame, syndrome,
			   ((iss & ISS_WRITE) != 0u) ? "a write outside its memory and devices"
						     : "a read outside its memory and devices");
	}
	exit_skip(syndrome);
}
