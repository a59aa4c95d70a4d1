/* SPDX-License-Identifier: Apache-2.0 */
/* Data aborts at stage 2: accesses to trapped register pages, with or without a syndrome; all else is a guest fault. */
#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "arch/armv8/sysreg.h"
#include "core/entry.h"
#include "plan/view.h"

/* ESR_EL2.ISS of a data abort (Arm ARM D19.2.39) */
#define ISS_VALID (1u << 24)
#define ISS_SIGN_EXTEND (1u << 21)
#define ISS_WIDE (1u << 15)
#define ISS_MAINTENANCE (1u << 8)
#define ISS_WALK (1u << 7)
#define ISS_WRITE (1u << 6)
#define ISS_STATUS_LEVEL_LESS 0x3cu
#define STATUS_TRANSLATION 0x04u
#define ZERO_REGISTER 31u

/* The partition's filter around `address`, NULL where there is none. A partition has one a frame kind: a few. */
static inline const struct plan_filter *filter_find(const struct core_state *core, uint64_t address)
{
	const struct plan_filter *filter = core->filters;

	for (uint64_t i = core->filter_count; i > 0u; i--) {
		if ((address - filter->base) < filter->size) {
			return filter;
		}
		filter++;
	}
	return NULL;
}

/* A misaligned access, possible where a guest maps registers as memory, reads zero and writes nothing. */
static inline uint64_t filter_access(struct core_state *core, const struct plan_filter *filter, struct access access)
{
	uint64_t value = 0;

	if (filter->kind == (uint16_t)PLAN_FILTER_GICR) {
		core->exits[EXIT_GICR]++;
	} else {
		core->exits[EXIT_GICD]++;
	}
	if ((access.offset & (access.size - 1u)) != 0u) {
		value = 0;
	} else if (filter->kind == (uint16_t)PLAN_FILTER_GICR) {
		value = gic_redistributor_access(filter, access);
	} else {
		value = gic_distributor_access(filter, access);
	}
	return value;
}

static uint64_t extended(uint64_t value, uint32_t size, bool sign, bool wide)
{
	uint64_t result = value;

	if (size < 8u) {
		uint64_t top = UINT64_C(1) << ((8u * size) - 1u);

		result &= (top << 1) - 1u;
		result = sign ? ((result ^ top) - top) : result;
	}
	return wide ? result : (uint32_t)result;
}

struct transfer mmio_transfer(uint64_t value, uint64_t syndrome)
{
	struct core_state *core = self();
	uint32_t iss = (uint32_t)syndrome;
	uint64_t address = abort_address().value;
	const struct plan_filter *filter = filter_find(core, address);
	struct transfer transfer = {0, TRANSFER_UNFINISHED};
	struct access access;

	if (((iss & (ISS_VALID | ISS_WALK | ISS_STATUS_LEVEL_LESS)) != (ISS_VALID | STATUS_TRANSLATION)) ||
	    (filter == NULL)) {
		return transfer;
	}
	access.value = value;
	access.offset = (uint32_t)(address - filter->base);
	access.size = (uint16_t)(1u << ((iss >> 22) & 0x3u));
	access.write = (iss & ISS_WRITE) != 0u;
	transfer.value = filter_access(core, filter, access);
	transfer.status = access.write ? TRANSFER_WRITTEN : TRANSFER_READ;
	if ((iss & ISS_SIGN_EXTEND) != 0u) {
		transfer.value = extended(transfer.value, access.size, true, (iss & ISS_WIDE) != 0u);
	}
	return transfer;
}

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

/* Register `index` of a decoded instruction, at `address`, which lies in `filter` too. */
static void access_one(struct exit_frame *frame, const struct decoded *decoded, uint32_t index,
		       const struct plan_filter *filter, uint64_t address)
{
	uint32_t rt = decoded->registers[index];
	struct access access = {
		.value = (rt == ZERO_REGISTER) ? 0u : frame->x[rt],
		.offset = (uint32_t)(address - filter->base),
		.size = decoded->size,
		.write = decoded->write,
	};
	uint64_t value = filter_access(self(), filter, access);

	if (!decoded->write && (rt != ZERO_REGISTER)) {
		frame->x[rt] = extended(value, access.size, decoded->sign_extend, decoded->wide);
	}
}

/*
 * No syndrome: the instruction tells. It must be the one that aborted: its address, from the registers of now, must be
 * the one that the core reports, else another core of this partition has changed the code under us.
 */
static void access_by_instruction(struct exit_frame *frame, uint64_t syndrome, const struct plan_filter *filter,
				  uint64_t address)
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
	if (!decode_load_store(instruction, &decoded)) {
		exit_fault_at(frame, syndrome, "a register access by an instruction that is not decoded", instruction);
	}
	base = base_read(frame, decoded.base);
	next = base + (uint64_t)(int64_t)decoded.offset;
	first = decoded.post_index ? base : next;
	bytes = (uint64_t)decoded.size * decoded.register_count;
	if ((first != sysreg_read(far_el2)) || (bytes > (filter->size - (address - filter->base))) ||
	    (((address & 0xfffu) + bytes) > PLAN_PAGE)) {
		exit_fault_at(frame, syndrome, "a register access that crosses a page or changed meanwhile",
			      instruction);
	}
	for (uint32_t i = 0; i < decoded.register_count; i++) {
		access_one(frame, &decoded, i, filter, address + ((uint64_t)i * decoded.size));
	}
	if (decoded.writeback) {
		base_write(frame, decoded.base, next);
	}
}

void data_abort_handle(struct exit_frame *frame, uint64_t syndrome)
{
	uint32_t iss = (uint32_t)syndrome;
	uint64_t address = abort_address().value;
	const struct plan_filter *filter;

	if ((iss & (ISS_WALK | ISS_STATUS_LEVEL_LESS)) != STATUS_TRANSLATION) {
		exit_fault(frame, syndrome,
			   ((iss & ISS_WALK) != 0u) ? "page tables outside its memory" : "a data access that aborted");
	}
	filter = filter_find(self(), address);
	if (filter == NULL) {
		exit_fault(frame, syndrome,
			   ((iss & ISS_WRITE) != 0u) ? "a write outside its memory and devices"
						     : "a read outside its memory and devices");
	}
	if ((iss & ISS_MAINTENANCE) == 0u) { /* cache maintenance by address of a device does nothing */
		access_by_instruction(frame, syndrome, filter, address);
	}
	exit_skip();
}
