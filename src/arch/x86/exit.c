/* SPDX-License-Identifier: Apache-2.0 */
/* Exits that no table answers: calls, accesses that nested paging stopped, and what ends a guest. */
#include "arch/x86/exit.h"

#include "arch/x86/decode.h"
#include "arch/x86/ioapic_filter.h"
#include "arch/x86/message.h"
#include "arch/x86/pci.h"
#include "core/entry.h"

void call_handle(struct guest *guest)
{
	if (!core_on_service((uint32_t)guest->gpr[GPR_RAX], guest->gpr)) {
		guest->gpr[GPR_RAX] = (uint64_t)(int64_t)ABI_NOT_SUPPORTED;
	}
}

static NORETURN void fault_raise(const struct guest *guest, struct guest_fault *fault)
{
	static const char *const names[] = {"rax rbx rcx rdx rsi rdi", "rbp rsp r8..", "r12.."};
	struct instruction instruction = {0};
	struct guest_mode mode;

	guest_mode_read(guest, &mode);
	instruction_fetch(&mode, &instruction);
	fault->pc = mode.rip;
	fault->registers = guest->gpr;
	fault->register_count = GPR_COUNT;
	fault->register_names = names;
	fault->has_instruction = instruction.count >= sizeof(fault->instruction);
	for (uint32_t i = 0; i < sizeof(fault->instruction); i++) { /* reads as the bytes are in memory */
		fault->instruction = (fault->instruction << 8) | instruction.bytes[i];
	}
	core_on_guest_fault(fault);
}

void exit_fault(const struct guest *guest, uint64_t syndrome, const char *cause)
{
	struct guest_fault fault = {.cause = cause, .syndrome = syndrome};

	fault_raise(guest, &fault);
}

static NORETURN void page_fault_raise(const struct guest *guest, const struct page_fault *page_fault, const char *cause)
{
	struct guest_fault fault = {
		.cause = cause, .syndrome = page_fault->code, .has_address = true, .address = page_fault->address};

	fault_raise(guest, &fault);
}

static const char *cause_of(const struct page_fault *fault)
{
	const char *cause = "a read outside its memory and devices";

	if (fault->is_walk) {
		cause = "page tables outside its memory";
	} else if (fault->is_fetch) {
		cause = fault->is_present ? "execution where it is not allowed"
					  : "instruction fetch outside its memory";
	} else if (fault->is_event) {
		cause = "an exception delivered outside its memory";
	} else if (fault->is_present) {
		cause = "a data access that is not allowed";
	} else if (fault->is_write) {
		cause = "a write outside its memory and devices";
	} else {
		/* a read */
	}
	return cause;
}

/* The partition's filter that answers there. */
static const struct plan_filter *filter_find(uint64_t address)
{
	const struct core_state *core = self();
	const struct plan_filter *found = NULL;

	for (uint64_t i = 0; i < core->filter_count; i++) {
		if ((address - core->filters[i].base) < core->filters[i].size) {
			found = &core->filters[i];
		}
	}
	return found;
}

static uint32_t filter_read(const struct plan_filter *filter, uint64_t offset, uint32_t size)
{
	uint32_t value;

	if (filter->kind == (uint16_t)PLAN_FILTER_PCI) {
		value = pci_guest_read(offset, size);
	} else if (filter->kind == (uint16_t)PLAN_FILTER_MSIX) {
		value = message_guest_read(filter, offset, size);
	} else {
		value = ioapic_filter_read((uint32_t)offset);
	}
	return value;
}

static void filter_write(const struct plan_filter *filter, uint64_t offset, uint32_t size, uint32_t value)
{
	if (filter->kind == (uint16_t)PLAN_FILTER_PCI) {
		pci_guest_write(offset, size, value);
	} else if (filter->kind == (uint16_t)PLAN_FILTER_MSIX) {
		message_guest_write(filter, offset, size, value);
	} else {
		ioapic_filter_write((uint32_t)offset, value);
	}
}

/* The I/O APIC has registers of 32 bits only, each read and written as a whole. */
static bool is_answered(const struct plan_filter *filter, const struct page_fault *fault, const struct move *move)
{
	bool whole = (move->size == 4u) && ((fault->address % sizeof(uint32_t)) == 0u);

	return (move->is_write == fault->is_write) && (whole || (filter->kind != (uint16_t)PLAN_FILTER_IOAPIC));
}

/* A result of 4 bytes clears the register's upper half, smaller ones leave the rest as it is. */
static void move_to_register(struct guest *guest, const struct move *move, uint32_t value)
{
	uint64_t mask = ((UINT64_C(1) << (8u * move->size)) - 1u) << move->shift;
	uint64_t kept = (move->size == 4u) ? 0u : (guest->gpr[move->gpr] & ~mask);

	guest->gpr[move->gpr] = kept | (((uint64_t)value << move->shift) & mask);
}

uint32_t page_fault_handle(struct guest *guest, const struct page_fault *fault)
{
	const struct plan_filter *filter = filter_find(fault->address);
	struct instruction instruction;
	struct guest_mode mode;
	struct move move;
	uint64_t offset;

	if ((filter == NULL) || fault->is_walk || fault->is_fetch || fault->is_event || fault->is_present) {
		page_fault_raise(guest, fault, cause_of(fault));
	}
	self()->exits[EXIT_GICD]++;
	guest_mode_read(guest, &mode);
	instruction_fetch(&mode, &instruction);
	if (!decode_move(&instruction, &mode, &move) || !is_answered(filter, fault, &move)) {
		page_fault_raise(guest, fault, "a register access by an instruction that is not decoded");
	}
	offset = fault->address - filter->base;
	if (move.is_write) {
		uint32_t value = (uint32_t)(guest->gpr[move.gpr] >> move.shift);

		filter_write(filter, offset, move.size, move.has_value ? move.value : value);
	} else {
		move_to_register(guest, &move, filter_read(filter, offset, move.size));
	}
	return move.length;
}
