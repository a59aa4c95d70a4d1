/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both cores: a partition that ends while one of them does not want to come back, cores that come and go, storms of exits.
 * The first core is the victim, since it has gates and stacks; the second one makes the partition end.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "hostile/x86/attacks.h"
#include "hostile/x86/probe.h"
#include "plan/abi.h"
#include "rt/hal.h"
#include "rt/x86/acpi.h"
#include "rt/x86/cpu.h"
#include "rt/x86/secondary.h"

#define TRAMPOLINE 0x8000u  /* as the runtime's own */
#define NOBODYS 0x10000000u /* mapped, as all of the lower 4 GiB is */
#define SETTLE 20000000u    /* ticks */
#define COMMAND_INIT 0x4500u
#define COMMAND_STARTUP (0x4600u | TRAMPOLINE >> 12)
#define COMMAND_NMI 0x4400u
#define COMMAND_OTHERS 0xc0000u
#define TARGET_SHIFT 32
#define IOAPIC 0xfec00000u
#define VECTOR 0x61u
#define CYCLES 200u
#define ROUND 256u
#define PERIOD 1000000u
#define FLAG_TRAP UINT64_C(0x100)

extern const char secondary_trampoline[];
extern const char secondary_trampoline_end[];
extern const struct secondary_start *secondary_waiting;

static _Alignas(16) unsigned char stack[4096];
static struct secondary_start start;
static volatile uint64_t arrivals;
static volatile bool is_ready;
static void (*second_function)(void *argument);

static void wait_ticks(uint64_t ticks)
{
	uint64_t until = cpu_timestamp() + ticks;

	while (cpu_timestamp() < until)
		;
}

static void command(uint32_t value)
{
	uint32_t target = 0;

	(void)acpi_processor(1, &target);
	__asm__ volatile("mfence\n\tlfence" ::: "memory");
	msr_write(APIC_COMMAND, (uint64_t)target << TARGET_SHIFT | value);
}

static void arrive(void *argument)
{
	arrivals++;
	second_function(argument);
}

void second_start(void (*function)(void *argument), void *argument)
{
	uint64_t before = arrivals;

	second_function = function;
	start = (struct secondary_start){stack + sizeof(stack), arrive, argument};
	secondary_waiting = &start;
	(void)memcpy((void *)(uintptr_t)TRAMPOLINE, secondary_trampoline,
		     (size_t)(secondary_trampoline_end - secondary_trampoline));
	command(COMMAND_INIT);
	while (arrivals == before) {
		command(COMMAND_STARTUP);
		wait_ticks(PERIOD);
	}
}

/* ---- victims: states of the first core, by the argument's number ---- */

static void halts_deaf(void)
{
	for (;;)
		__asm__ volatile("cli\n\thlt");
}

static void spins_deaf(void)
{
	__asm__ volatile("cli\n1:\tjmp 1b");
}

static void ticks(bool sleeps)
{
	msr_write(APIC_LVT_TIMER, VECTOR | 0x20000u);
	msr_write(APIC_TIMER_COUNT, PERIOD);
	__asm__ volatile("sti");
	for (;;) {
		if (sleeps)
			__asm__ volatile("hlt");
	}
}

static void halts_with_timer(void)
{
	ticks(true);
}

static void spins_with_timer(void)
{
	ticks(false);
}

static void halts_without_apic(void)
{
	msr_write(APIC_SPURIOUS, VECTOR_SPURIOUS);
	halts_deaf();
}

static void halts_at_top_priority(void)
{
	msr_write(APIC_TASK_PRIORITY, 0xff);
	for (;;)
		__asm__ volatile("sti\n\thlt");
}

static void halts_in_service(void)
{
	msr_write(APIC_COMMAND, UINT64_C(0x44000) | 0xfe);
	halts_deaf();
}

/* An NMI that never ends: its IRET never comes, since its handler begins with this loop. */
static void nmi_for_ever(void)
{
	probe_gate_set(VECTOR_NMI, halts_deaf);
	msr_write(APIC_COMMAND, UINT64_C(0x40000) | COMMAND_NMI);
	halts_deaf();
}

/*
 * A trap behind each instruction, and a handler that goes straight back. (A breakpoint on the stack that its own delivery writes to,
 * CVE-2015-8104, ends QEMU by an assertion, and alignment checks, CVE-2015-5307, it does not know.)
 */
static void steps(void)
{
	probe.hook = VECTOR_DEBUG;
	__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq\n1:\tjmp 1b" ::"i"(FLAG_TRAP) : "memory");
}

static void storms_cpuid(void)
{
	uint32_t values[4];

	for (;;)
		__asm__ volatile("cpuid"
				 : "=a"(values[0]), "=b"(values[1]), "=c"(values[2]), "=d"(values[3])
				 : "a"(0), "c"(0));
}

static void storms_icr(void)
{
	for (;;)
		msr_write(APIC_COMMAND, COMMAND_OTHERS | 0x4000u | VECTOR);
}

static void storms_ioapic(void)
{
	for (;;)
		mmio_write32(IOAPIC, 1);
}

static void undefined(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("ud2");
}

static void storms_faults(void)
{
	for (;;)
		(void)probe_try(undefined, 0);
}

static void (*const victims[])(void) = {
	halts_deaf,       spins_deaf,         halts_with_timer,
	spins_with_timer, halts_without_apic, halts_at_top_priority,
	halts_in_service, nmi_for_ever,       steps,
	storms_cpuid,     storms_icr,         storms_ioapic,
	storms_faults,
};

static void fault_later(void *argument)
{
	(void)argument;
	while (!is_ready)
		;
	wait_ticks(SETTLE);
	(void)mmio_read32(NOBODYS);
}

static void recall(uint64_t victim)
{
	if (victim >= sizeof(victims) / sizeof(victims[0]))
		return;
	second_start(fault_later, NULL);
	is_ready = true;
	victims[victim]();
	answer("still here");
}

/* ---- cores that come and go ---- */

static void nothing(void *argument)
{
	(void)argument;
}

static void cycle(uint64_t argument)
{
	unsigned cycles = 0;

	(void)argument;
	for (; cycles < CYCLES; cycles++)
		second_start(nothing, NULL);
	answer("cycles %u", cycles);
}

/* INIT and start-up without any order: whatever the core is at. It works afterwards. */
static void muddle(uint64_t argument)
{
	static const uint32_t commands[] = {COMMAND_INIT, COMMAND_STARTUP, COMMAND_STARTUP, 0x4000u | VECTOR};
	uint64_t before;

	(void)argument;
	second_start(nothing, NULL);
	for (unsigned i = 0; i < 20000u; i++)
		command(commands[random_next() % (sizeof(commands) / sizeof(commands[0]))]);
	before = arrivals;
	second_start(nothing, NULL);
	answer("works %d", arrivals > before);
}

/* ---- what a core leaves to its next life ---- */

static volatile uint64_t remains[12];

static void first_life(void *argument)
{
	static const uint64_t ones = UINT64_MAX;

	(void)argument;
	__asm__ volatile("movq %0, %%dr0\n\tmovq %0, %%dr3" ::"r"(UINT64_C(0x77777777)));
	__asm__ volatile("movq %0, %%cr2" ::"r"(ones));
	__asm__ volatile("movq %0, %%xmm0\n\tmovq %0, %%xmm15\n\tfldpi" ::"m"(ones) : "xmm0", "xmm15");
	msr_write(0xc0000081u, ones);
	msr_write(0xc0000082u, 0x77777777u);
	msr_write(0xc0000102u, 0x77777777u);
	msr_write(0x175u, 0x77777777u);
	msr_write(0x277u, 0);
	msr_write(APIC_TASK_PRIORITY, 0xf0);
	msr_write(APIC_LVT_TIMER, VECTOR);
	msr_write(APIC_TIMER_COUNT, 1000000u);
	msr_write(APIC_COMMAND, UINT64_C(0x44000) | VECTOR);
	is_ready = true;
}

static void second_life(void *argument)
{
	uint64_t low;
	uint64_t high;
	uint64_t state[64] __attribute__((aligned(16)));

	(void)argument;
	__asm__ volatile("fxsave64 %0" : "=m"(state));
	__asm__ volatile("movq %%dr0, %0\n\tmovq %%dr3, %1" : "=r"(low), "=r"(high));
	remains[0] = low | high;
	__asm__ volatile("movq %%cr2, %0" : "=r"(low));
	remains[1] = low;
	remains[2] = state[160 / 8] | state[(160 + 15 * 16) / 8] | state[32 / 8];
	remains[3] = msr_read(0xc0000081u) | msr_read(0xc0000082u) | msr_read(0xc0000102u) | msr_read(0x175u);
	remains[4] = msr_read(0x277u);
	remains[5] = msr_read(APIC_TASK_PRIORITY);
	remains[6] = msr_read(APIC_LVT_TIMER);
	remains[7] = msr_read(APIC_REQUESTS + VECTOR / 32);
	is_ready = true;
}

static void wait_ready(void)
{
	while (!is_ready)
		;
	is_ready = false;
}

static void second_remains(uint64_t argument)
{
	(void)argument;
	second_start(first_life, NULL);
	wait_ready();
	second_start(second_life, NULL);
	wait_ready();
	answer("dr %lx cr2 %lx vectors %lx msrs %lx pat %lx tpr %lx timer %lx pending %lx", remains[0], remains[1],
	       remains[2], remains[3], remains[4], remains[5], remains[6], remains[7]);
}

/* ---- storms ---- */

static void storm_round(void)
{
	for (unsigned i = 0; i < ROUND; i++) {
		uint64_t call[4] = {ABI_FEATURES, 0, 0, 0};

		hal_hypercall(ABI_FEATURES, call);
		msr_write(APIC_COMMAND, COMMAND_OTHERS | 0x4000u | VECTOR);
		mmio_write32(IOAPIC, 0x10u);
		mmio_write32(IOAPIC + 0x10u, 0x10000u);
		(void)port_read8(0x71);
		(void)cpu_id(0);
		msr_write(0x1a0u, 0);
		__asm__ volatile("wbinvd\n\tinvd" ::: "memory");
	}
}

static void storm_of_second(void *argument)
{
	(void)argument;
	for (;;)
		storm_round();
}

static void storm(uint64_t argument)
{
	(void)argument;
	(void)puts("storms");
	second_start(storm_of_second, NULL);
	for (;;)
		storm_round();
}

const struct attack second_attacks[] = {
	{"recall", recall},        {"second-cycle", cycle},
	{"second-muddle", muddle}, {"second-remains", second_remains},
	{"storm", storm},          {NULL, NULL},
};
