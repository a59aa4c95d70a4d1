/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model-specific registers that a guest does not reach by itself (the plan's permission map opens the others): one sorted
 * table of answers. A register that has no row does not exist for guests, and those that only read refuse writes: #GP.
 */
#include "arch/cpu.h"
#include "arch/x86/apic.h"
#include "arch/x86/exit.h"
#include "arch/x86/guest.h"
#include "arch/x86/icr.h"

#define APIC_BASE_RESET 0xfee00c00u /* enabled, in x2APIC mode */
#define APIC_BASE_BOOTS 0x100u

/* The local vector table (Intel SDM volume 3, figure 11-8): what its registers have. Read-only bits are no mistake. */
#define LVT_VECTOR_STATUS 0x110ffu /* vector, delivery status, mask: all have these */
#define LVT_MODE 0x700u
#define LVT_PIN 0xe000u /* polarity, remote IRR, trigger */
#define LVT_PERIODIC 0x20000u
#define LVT_DEADLINE 0x40000u
#define LVT_MODE_FIXED 0x000u
#define LVT_MODE_NMI 0x400u
#define LVT_MODE_EXTERNAL 0x700u
#define LVT_MASKED 0x10000u

#define FEATURES_DEADLINE 0x1000000u /* CPUID leaf 1, ECX: the timer has a deadline mode */

#define HWCR_TSC_AT_P0 UINT64_C(0x1000000) /* the time-stamp counter runs at the rate of P0: it is invariant */

enum msr_read {
	READ_FAULT,
	READ_VALUE, /* the row's */
	READ_NATIVE,
	READ_APIC_BASE,
	READ_EFER,
	READ_NUMBER, /* of the virtual core */
	READ_TSC_FREQUENCY,
	READ_APIC_FREQUENCY
};

enum msr_write { WRITE_FAULT, WRITE_IGNORED, WRITE_APIC_BASE, WRITE_LVT, WRITE_EFER };

struct msr_row {
	uint32_t number;
	uint8_t read;  /* enum msr_read */
	uint8_t write; /* enum msr_write */
	uint64_t value;
};

/* Registers of the 0x40000000 range: Hypervisor Top-Level Functional Specification; the others: vendors' manuals. */
static const struct msr_row msr_rows[] = {
	{0x17u, READ_VALUE, WRITE_FAULT, 0}, /* PLATFORM_ID */
	{MSR_APIC_BASE, READ_APIC_BASE, WRITE_APIC_BASE, 0},
	{0x79u, READ_FAULT, WRITE_IGNORED, 0},         /* microcode updates: BIOS_UPDT_TRIG */
	{0x8bu, READ_NATIVE, WRITE_IGNORED, 0},        /* their revision */
	{0x1a0u, READ_VALUE, WRITE_IGNORED, 0x1801u},  /* MISC_ENABLE: fast strings, no BTS, no PEBS */
	{0x1d9u, READ_VALUE, WRITE_IGNORED, 0},        /* DEBUGCTL */
	{MSR_X2APIC_ICR, READ_NATIVE, WRITE_FAULT, 0}, /* written in msr_write_handle */
	{MSR_X2APIC_LVT_TIMER, READ_NATIVE, WRITE_LVT, LVT_VECTOR_STATUS | LVT_PERIODIC | LVT_DEADLINE},
	{MSR_X2APIC_LVT_THERMAL, READ_NATIVE, WRITE_LVT, LVT_VECTOR_STATUS | LVT_MODE},
	{MSR_X2APIC_LVT_PERFORMANCE, READ_NATIVE, WRITE_LVT, LVT_VECTOR_STATUS | LVT_MODE},
	{MSR_X2APIC_LVT_LINT0, READ_NATIVE, WRITE_LVT, LVT_VECTOR_STATUS | LVT_MODE | LVT_PIN},
	{MSR_X2APIC_LVT_LINT1, READ_NATIVE, WRITE_LVT, LVT_VECTOR_STATUS | LVT_MODE | LVT_PIN},
	{MSR_X2APIC_LVT_ERROR, READ_NATIVE, WRITE_LVT, LVT_VECTOR_STATUS},
	{0x40000000u, READ_VALUE, WRITE_IGNORED, 0}, /* the guest's name */
	{0x40000001u, READ_VALUE, WRITE_IGNORED, 0}, /* hypercall page: there is none */
	{0x40000002u, READ_NUMBER, WRITE_FAULT, 0},
	{0x40000022u, READ_TSC_FREQUENCY, WRITE_FAULT, 0},
	{0x40000023u, READ_APIC_FREQUENCY, WRITE_FAULT, 0},
	{0x40000073u, READ_VALUE, WRITE_IGNORED, 0},  /* assist page: likewise */
	{0x40000118u, READ_VALUE, WRITE_IGNORED, 1u}, /* the time-stamp counter is invariant */
	{MSR_EFER, READ_EFER, WRITE_EFER, 0},
	{0xc0010010u, READ_VALUE, WRITE_FAULT, 0}, /* SYSCFG */
	{0xc0010015u, READ_VALUE, WRITE_IGNORED, HWCR_TSC_AT_P0},
	{0xc001001fu, READ_VALUE, WRITE_IGNORED, 0}, /* NB_CFG */
	{0xc0010055u, READ_VALUE, WRITE_IGNORED, 0}, /* interrupt pending messages */
	{0xc0010058u, READ_VALUE, WRITE_FAULT, 0},   /* MMIO configuration base */
};

#define ROW_COUNT (sizeof(msr_rows) / sizeof(msr_rows[0]))

static const struct msr_row msr_nothing = {0, READ_FAULT, WRITE_FAULT, 0};

static const struct msr_row *msr_row_find(uint32_t number)
{
	uint32_t first = 0;
	uint32_t end = ROW_COUNT;

	while (first < end) {
		uint32_t middle = (first + end) / 2u;

		if (msr_rows[middle].number == number) {
			return &msr_rows[middle];
		}
		if (msr_rows[middle].number < number) {
			first = middle + 1u;
		} else {
			end = middle;
		}
	}
	return &msr_nothing;
}

static uint64_t apic_base(void)
{
	return APIC_BASE_RESET | ((self()->vcpu->number == 0u) ? APIC_BASE_BOOTS : 0u);
}

/* What an answer other than READ_FAULT reads. */
static uint64_t answer(const struct guest *guest, const struct msr_row *row)
{
	uint64_t value = row->value;

	switch (row->read) {
	case READ_NATIVE:
		value = msr_read(row->number);
		break;
	case READ_APIC_BASE:
		value = apic_base();
		break;
	case READ_EFER:
		value = guest_efer(guest);
		break;
	case READ_NUMBER:
		value = self()->vcpu->number;
		break;
	case READ_TSC_FREQUENCY:
		value = arch_counter_frequency();
		break;
	case READ_APIC_FREQUENCY:
		value = x86_of(self()->plan)->apic_frequency;
		break;
	default: /* READ_VALUE */
		break;
	}
	return value;
}

enum verdict msr_read_handle(struct guest *guest)
{
	const struct msr_row *row = msr_row_find((uint32_t)guest->gpr[GPR_RCX]);
	uint64_t value;

	self()->exits[EXIT_SYSREG]++;
	if (row->read == (uint8_t)READ_FAULT) {
		return VERDICT_PROTECTION;
	}
	value = answer(guest, row);
	guest->gpr[GPR_RAX] = (uint32_t)value;
	guest->gpr[GPR_RDX] = value >> 32;
	return VERDICT_NEXT;
}

/* Bits that this processor lets a guest set. */
static uint64_t efer_allowed(void)
{
	struct cpuid features = cpuid_read(0x80000001u, 0);
	uint64_t allowed = EFER_SCE | EFER_LME | EFER_LMA;

	allowed |= ((features.edx & 0x100000u) != 0u) ? EFER_NXE : 0u;
	allowed |= ((features.edx & 0x2000000u) != 0u) ? EFER_FFXSR : 0u;
	allowed |= ((features.ecx & 0x20000u) != 0u) ? EFER_TCE : 0u;
	return allowed;
}

/* LMA follows paging; LME does not change under it (AMD APM volume 2, 3.1.7). */
static enum verdict efer_write(struct guest *guest, uint64_t value)
{
	uint64_t old = guest_efer(guest);
	struct guest_mode mode;

	guest_mode_read(guest, &mode);
	if ((value & ~efer_allowed()) != 0u) {
		return VERDICT_PROTECTION;
	}
	if (((mode.cr0 & CR0_PG) != 0u) && (((value ^ old) & EFER_LME) != 0u)) {
		return VERDICT_PROTECTION;
	}
	guest_efer_set(guest, (value & ~EFER_LMA) | (old & EFER_LMA));
	return VERDICT_NEXT;
}

/* Bits of the timer's entry that this processor does not have, or not both of. */
static bool is_timer_wrong(uint64_t value)
{
	bool has_deadline = (cpuid_read(1u, 0).ecx & FEATURES_DEADLINE) != 0u;

	return ((value & LVT_DEADLINE) != 0u) && (!has_deadline || ((value & LVT_PERIODIC) != 0u));
}

/*
 * What the processor would refuse must not be our own mistake: bits that there are not, entries that there are not. Of the ways
 * in which a local interrupt is delivered, system management and INIT are not a guest's; some processors have them in
 * entries where others have reserved bits.
 */
static enum verdict lvt_write(const struct msr_row *row, uint64_t value)
{
	uint64_t mode = value & LVT_MODE;
	bool allowed = (mode == LVT_MODE_FIXED) || (mode == LVT_MODE_NMI) || (mode == LVT_MODE_EXTERNAL);

	if (((value & ~row->value) != 0u) || !apic_has_vector(row->number) ||
	    ((row->number == MSR_X2APIC_LVT_TIMER) && is_timer_wrong(value))) {
		return VERDICT_PROTECTION;
	}
	msr_write(row->number, allowed ? value : ((value & ~(uint64_t)LVT_MODE) | LVT_MASKED));
	return VERDICT_NEXT;
}

APART enum verdict row_write(struct guest *guest, uint32_t number, uint64_t value)
{
	const struct msr_row *row = msr_row_find(number);
	enum verdict verdict = VERDICT_NEXT;

	self()->exits[EXIT_SYSREG]++;
	switch (row->write) {
	case WRITE_IGNORED:
		break;
	case WRITE_APIC_BASE:
		verdict = (value == apic_base()) ? VERDICT_NEXT : VERDICT_PROTECTION;
		break;
	case WRITE_LVT:
		verdict = lvt_write(row, value);
		break;
	case WRITE_EFER:
		verdict = efer_write(guest, value);
		break;
	default: /* WRITE_FAULT */
		verdict = VERDICT_PROTECTION;
		break;
	}
	return verdict;
}

enum verdict msr_write_handle(struct guest *guest)
{
	uint32_t number = (uint32_t)guest->gpr[GPR_RCX];

	if (number == MSR_X2APIC_ICR) {
		icr_write((uint32_t)guest->gpr[GPR_RDX], (uint32_t)guest->gpr[GPR_RAX]);
		return VERDICT_NEXT;
	}
	return row_write(guest, number, (guest->gpr[GPR_RDX] << 32) | (uint32_t)guest->gpr[GPR_RAX]);
}
