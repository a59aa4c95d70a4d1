/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the benchmark on x86-64: one operation each, SAMPLES times, printed as `row NAME MIN SUM MAX COUNT`. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "plan/abi.h"
#include "rt/hal.h"
#include "rt/hypercall.h"
#include "rt/x86/cpu.h"

#define SAMPLES 1000u
#define GATES 256u
#define VECTOR 0x61u
#define GATE_INTERRUPT (UINT64_C(0x8e01) << 32) /* on the runtime's kernel stack */
#define TO_FOREIGN 7u
#define TO_EVERYONE UINT32_MAX
#define TO_ALL 0x80000u
#define TO_ALL_OTHERS 0xc0000u
#define LOGICAL 0x800u
#define LOWEST 0x100u
#define NMI 0x400u
#define INIT 0x500u
#define SHORTHAND_SELF 0x40000u
#define FIXED (0x4000u | VECTOR)
#define IOAPIC 0xfec00000u
#define IOAPIC_DATA (IOAPIC + 0x10u)
#define IOAPIC_VERSION 1u
#define PIN_FOREIGN 0x10u /* pin 0: nobody's in a partition */
#define PIN_OWN 0x18u     /* of COM1 */

struct operands {
	uint64_t rax, rbx, rcx, rdx, rdi;
};

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

/* probe.S */
typedef uint64_t (*measure)(const struct operands *operands);
uint64_t measure_vmmcall(const struct operands *operands);
uint64_t measure_cpuid(const struct operands *operands);
uint64_t measure_rdmsr(const struct operands *operands);
uint64_t measure_wrmsr(const struct operands *operands);
uint64_t measure_in8(const struct operands *operands);
uint64_t measure_out8(const struct operands *operands);
uint64_t measure_load(const struct operands *operands);
uint64_t measure_store(const struct operands *operands);
uint64_t measure_wbinvd(const struct operands *operands);
uint64_t measure_nothing(const struct operands *operands);
uint64_t measure_timer(uint64_t count, uint64_t sleeps);
extern const char probe_handler[];
extern uint64_t probe_first;

/* RAX, RBX, RCX, RDX, RDI; rows that need a hypervisor are not measured without one. */
static const struct row {
	const char *name;
	measure measure;
	struct operands operands;
	bool is_partitions;
	bool is_by_id;  /* RDX counts from this core's id */
	uint32_t index; /* of the I/O APIC's register, 0: whatever it is */
} rows[] = {
	{"nothing", measure_nothing, {0}, false, false, 0},
	{"vmmcall", measure_vmmcall, {.rax = ABI_FEATURES}, true, false, 0},
	{"vmmcall_uid", measure_vmmcall, {.rax = ABI_UID}, true, false, 0},
	{"vmmcall_exits", measure_vmmcall, {.rax = ABI_EXITS, .rbx = ABI_SELF}, true, false, 0},
	{"vmmcall_unknown", measure_vmmcall, {.rax = 0x86001234u}, true, false, 0},
	{"cpuid", measure_cpuid, {0}, false, false, 0},
	{"cpuid_hypervisor", measure_cpuid, {.rax = 0x40000003u}, false, false, 0},
	{"cpuid_none", measure_cpuid, {.rax = 0x80000020u}, false, false, 0},
	{"msr_read", measure_rdmsr, {.rcx = 0x1a0u}, false, false, 0},
	{"msr_write", measure_wrmsr, {.rcx = 0x8bu}, false, false, 0},
	{"msr_efer", measure_rdmsr, {.rcx = 0xc0000080u}, false, false, 0},
	{"msr_lvt", measure_wrmsr, {.rax = APIC_LVT_MASKED, .rcx = APIC_LVT_LINT0}, false, false, 0},
	{"msr_own", measure_rdmsr, {.rcx = APIC_ID}, false, false, 0},
	{"icr_self", measure_wrmsr, {.rax = FIXED, .rcx = APIC_COMMAND, .rdx = 0}, false, true, 0},
	{"icr_other", measure_wrmsr, {.rax = FIXED, .rcx = APIC_COMMAND, .rdx = 1}, false, true, 0},
	{"icr_foreign", measure_wrmsr, {.rax = FIXED, .rcx = APIC_COMMAND, .rdx = TO_FOREIGN}, true, false, 0},
	{"icr_shorthand", measure_wrmsr, {.rax = SHORTHAND_SELF | FIXED, .rcx = APIC_COMMAND}, false, false, 0},
	{"icr_others", measure_wrmsr, {.rax = TO_ALL_OTHERS | FIXED, .rcx = APIC_COMMAND}, false, false, 0},
	{"icr_all", measure_wrmsr, {.rax = TO_ALL | FIXED, .rcx = APIC_COMMAND}, true, false, 0},
	{"icr_everyone", measure_wrmsr, {.rax = FIXED, .rcx = APIC_COMMAND, .rdx = TO_EVERYONE}, true, false, 0},
	{"icr_logical", measure_wrmsr, {.rax = LOGICAL | FIXED, .rcx = APIC_COMMAND, .rdx = 0xffffu}, true, false, 0},
	{"icr_lowest", measure_wrmsr, {.rax = LOWEST | FIXED, .rcx = APIC_COMMAND, .rdx = 3}, true, true, 0},
	{"icr_nmi", measure_wrmsr, {.rax = TO_ALL_OTHERS | NMI | FIXED, .rcx = APIC_COMMAND}, true, false, 0},
	{"icr_init", measure_wrmsr, {.rax = TO_ALL_OTHERS | INIT | FIXED, .rcx = APIC_COMMAND}, true, false, 0},
	{"ioapic_index", measure_store, {.rax = IOAPIC_VERSION, .rdi = IOAPIC}, false, false, 0},
	{"ioapic_write", measure_store, {.rax = APIC_LVT_MASKED, .rdi = IOAPIC_DATA}, false, false, PIN_FOREIGN},
	{"ioapic_read", measure_load, {.rdi = IOAPIC_DATA}, false, false, PIN_FOREIGN},
	{"ioapic_own_write", measure_store, {.rax = APIC_LVT_MASKED, .rdi = IOAPIC_DATA}, false, false, PIN_OWN},
	{"ioapic_own_read", measure_load, {.rdi = IOAPIC_DATA}, false, false, PIN_OWN},
	{"port_read", measure_in8, {.rdx = 0x71}, false, false, 0},
	{"port_write", measure_out8, {.rdx = 0x80}, false, false, 0},
	{"port_own", measure_in8, {.rdx = 0x3fd}, false, false, 0},
	{"wbinvd", measure_wbinvd, {0}, false, false, 0},
};

static uint64_t gates[GATES][2];

static void gates_load(void)
{
	struct table_register at;
	uint64_t address = (uint64_t)(uintptr_t)probe_handler;
	const uint64_t(*old)[2];

	__asm__ volatile("sidt %0" : "=m"(at));
	old = (const uint64_t(*)[2])(uintptr_t)at.base;
	for (uint32_t i = 0; i < GATES; i++) {
		gates[i][0] = old[i][0];
		gates[i][1] = old[i][1];
	}
	gates[VECTOR][0] = (address & 0xffffu) | ((uint64_t)SELECTOR_CODE << 16) | GATE_INTERRUPT |
			   (((address >> 16) & 0xffffu) << 48);
	gates[VECTOR][1] = address >> 32;
	at = (struct table_register){sizeof(gates) - 1u, (uint64_t)(uintptr_t)gates};
	__asm__ volatile("lidt %0" ::"m"(at) : "memory");
}

static void print(const char *name, uint64_t low, uint64_t sum, uint64_t high, uint64_t count)
{
	(void)printf("row %s %lu %lu %lu %lu\n", name, low, sum, high, count);
}

static void run(const struct row *row)
{
	struct operands operands = row->operands;
	uint64_t low = UINT64_MAX;
	uint64_t sum = 0;
	uint64_t high = 0;

	if (row->is_by_id)
		operands.rdx += msr_read(APIC_ID);
	if (row->index != 0)
		mmio_write32(IOAPIC, row->index);
	for (uint32_t i = 0; i < SAMPLES; i++) {
		uint64_t value = row->measure(&operands);

		low = value < low ? value : low;
		high = value > high ? value : high;
		sum += value;
	}
	__asm__ volatile("sti\n\tnop\n\tnop\n\tcli"); /* what was sent to this core */
	print(row->name, low, sum, high, SAMPLES);
}

static uint64_t exits(bool is_partition)
{
	uint64_t count = 0;

	if (is_partition)
		(void)hypercall_count_exits(0, &count);
	return count;
}

/* Deadlines that meet a loop in each of its phases, as the Armv8 probe's. */
static void run_timer(const char *name, const char *exits_name, bool sleeps, bool is_partition)
{
	uint64_t low = UINT64_MAX;
	uint64_t sum = 0;
	uint64_t high = 0;
	uint64_t before = exits(is_partition);

	for (uint32_t i = 0; i < SAMPLES; i++) {
		uint64_t value = measure_timer(2000u + i * 37u % 509u, sleeps);

		low = value < low ? value : low;
		high = value > high ? value : high;
		sum += value;
	}
	if (is_partition) {
		uint64_t made = exits(true) - before;

		print(exits_name, made, made, made, 1);
	}
	print(name, low, sum, high, SAMPLES);
}

int main(void)
{
	bool is_partition = hypercall_is_available();

	(void)hal_interrupts_mask();
	hal_timer_stop();
	gates_load();
	mmio_write32(IOAPIC, PIN_OWN + 1u); /* entries of own pins are for an own core: the longer way */
	mmio_write32(IOAPIC_DATA, (uint32_t)msr_read(APIC_ID) << 24);
	print("boot", probe_first, probe_first, probe_first, 1);
	msr_write(APIC_LVT_TIMER, VECTOR);
	run_timer("timer_hlt", "exits_timer_hlt", true,
		  is_partition); /* first: other cores come to their sleep meanwhile */
	run_timer("timer_busy", "exits_timer", false, is_partition);
	msr_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (is_partition || !rows[i].is_partitions)
			run(&rows[i]);
	}
	(void)puts("probe: done");
	hal_power_reset();
}
