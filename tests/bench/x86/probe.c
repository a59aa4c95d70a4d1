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
#define TO_SELF 0u
#define TO_OTHER UINT64_C(0x100000000)
#define TO_FOREIGN UINT64_C(0x300000000)
#define TO_ALL_OTHERS 0xc0000u
#define FIXED (0x4000u | VECTOR)
#define IOAPIC 0xfec00000u
#define IOAPIC_DATA (IOAPIC + 0x10u)
#define IOAPIC_VERSION 1u

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
} rows[] = {
	{"nothing", measure_nothing, {0}, false},
	{"vmmcall", measure_vmmcall, {.rax = ABI_FEATURES}, true},
	{"vmmcall_uid", measure_vmmcall, {.rax = ABI_UID}, true},
	{"vmmcall_exits", measure_vmmcall, {.rax = ABI_EXITS, .rbx = ABI_SELF}, true},
	{"vmmcall_unknown", measure_vmmcall, {.rax = 0x86001234u}, true},
	{"cpuid", measure_cpuid, {0}, false},
	{"cpuid_hypervisor", measure_cpuid, {.rax = 0x40000003u}, false},
	{"cpuid_none", measure_cpuid, {.rax = 0x80000020u}, false},
	{"msr_read", measure_rdmsr, {.rcx = 0x1a0u}, false},
	{"msr_write", measure_wrmsr, {.rcx = 0x8bu}, false},
	{"msr_efer", measure_rdmsr, {.rcx = 0xc0000080u}, false},
	{"msr_lvt", measure_wrmsr, {.rax = APIC_LVT_MASKED, .rcx = APIC_LVT_LINT0}, false},
	{"msr_own", measure_rdmsr, {.rcx = APIC_ID}, false},
	{"icr_self", measure_wrmsr, {.rax = FIXED, .rcx = APIC_COMMAND, .rdx = TO_SELF}, false},
	{"icr_other", measure_wrmsr, {.rax = FIXED, .rcx = APIC_COMMAND, .rdx = TO_OTHER >> 32}, false},
	{"icr_foreign", measure_wrmsr, {.rax = FIXED, .rcx = APIC_COMMAND, .rdx = TO_FOREIGN >> 32}, true},
	{"icr_others", measure_wrmsr, {.rax = TO_ALL_OTHERS | FIXED, .rcx = APIC_COMMAND}, false},
	{"ioapic_index", measure_store, {.rax = IOAPIC_VERSION, .rdi = IOAPIC}, false},
	{"ioapic_write", measure_store, {.rax = APIC_LVT_MASKED, .rdi = IOAPIC_DATA}, false},
	{"ioapic_read", measure_load, {.rdi = IOAPIC_DATA}, false},
	{"port_read", measure_in8, {.rdx = 0x71}, false},
	{"port_write", measure_out8, {.rdx = 0x80}, false},
	{"port_own", measure_in8, {.rdx = 0x3fd}, false},
	{"wbinvd", measure_wbinvd, {0}, false},
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
	uint64_t low = UINT64_MAX;
	uint64_t sum = 0;
	uint64_t high = 0;

	for (uint32_t i = 0; i < SAMPLES; i++) {
		uint64_t value = row->measure(&row->operands);

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
	mmio_write32(IOAPIC, 0x10u); /* the pin that is written: nobody's in a partition */
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
