/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of the benchmark: one sampler each, called PROBE_SAMPLES times, printed as `row NAME MIN SUM MAX COUNT`.
 * PROBE_ONLY names the one row to run, for the profile; empty means all.
 */
#include "plan/abi.h"
#include "probe.h"

#define PSCI_VERSION 0x84000000u
#define PSCI_AFFINITY_INFO 0xc4000004u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_FEATURES 0x8400000au
#define SMCCC_VERSION 0x80000000u
#define CALL_UNKNOWN 0xc600ff7fu

#define GICD_TYPER (PROBE_GICD + 0x4u)
#define GICD_ISENABLER1 (PROBE_GICD + 0x104u)
#define GICD_IPRIORITYR8 (PROBE_GICD + 0x420u)
#define PRIORITIES 0x80808080u
#define PRIORITY_MASK 0xffu

uint64_t probe_first;
volatile uint64_t probe_second_time;

static volatile struct probe_interrupt *const own = &probe_interrupts[0];
static volatile struct probe_interrupt *const other = &probe_interrupts[1];

/* Deadlines that meet a loop of up to some hundred instructions in each of its phases: 509 is prime. */
static uint64_t timer_arm(uint32_t index)
{
	own->count = 0;
	return machine_timer(2000u + ((index * 37u) % 509u));
}

static uint64_t timer_busy(uint32_t index)
{
	uint64_t deadline = timer_arm(index);

	(void)measure_stolen();
	return own->time - deadline;
}

static uint64_t timer_stolen(uint32_t index)
{
	(void)timer_arm(index);
	return measure_stolen();
}

static uint64_t timer_sleeping(uint32_t index)
{
	uint64_t deadline = timer_arm(index);

	sleep_for(own);
	return own->time - deadline;
}

uint64_t probe_timer_hammered(uint32_t index, uintptr_t address, uint32_t value)
{
	uint64_t deadline = timer_arm(index);

	hammer_write32(address, value, own);
	return own->time - deadline;
}

static uint64_t timer_priority_mask(uint32_t index)
{
	uint64_t deadline = timer_arm(index);

	hammer_priority_mask(PRIORITY_MASK, own);
	return own->time - deadline;
}

static uint64_t acknowledge(uint32_t index)
{
	(void)timer_stolen(index);
	return own->acknowledge;
}

static uint64_t end_of_interrupt(uint32_t index)
{
	(void)timer_stolen(index);
	return own->end;
}

static uint64_t uart_interrupt(uint32_t index)
{
	uint64_t sent;

	(void)index;
	machine_uart_interrupt(1);
	own->count = 0;
	sent = measure_uart('\n', own);
	machine_uart_interrupt(0);
	return own->time - sent;
}

static uint64_t sgi_self(uint32_t index)
{
	uint64_t sent;

	(void)index;
	own->count = 0;
	sent = measure_sgi(PROBE_SGI_SELF, own);
	return own->time - sent;
}

static uint64_t sgi_other(uint32_t index)
{
	uint64_t sent;

	(void)index;
	other->count = 0;
	sent = measure_sgi_other(PROBE_SGI_OTHER, other);
	return other->time - sent;
}

SAMPLE_CALL(hvc_version, hvc, PSCI_VERSION)
SAMPLE_CALL(smc_version, smc, PSCI_VERSION)
SAMPLE_CALL(hvc_features, hvc, PSCI_FEATURES, PSCI_CPU_ON)
SAMPLE_CALL(hvc_affinity, hvc, PSCI_AFFINITY_INFO, 0)
SAMPLE_CALL(hvc_smccc, hvc, SMCCC_VERSION)
SAMPLE_CALL(hvc_unknown, hvc, CALL_UNKNOWN)
SAMPLE_CALL(service_features, hvc, ABI_FEATURES)
SAMPLE_CALL(service_uid, hvc, ABI_UID)
SAMPLE_CALL(service_revision, hvc, ABI_REVISION)
SAMPLE_CALL(service_exits, hvc, ABI_EXITS, ABI_SELF, 0, EXIT_SGI)
SAMPLE_CALL(service_partition, hvc, ABI_PARTITION, ABI_SELF)

SAMPLE(timer_isenabler, probe_timer_hammered(index, PROBE_ISENABLER0, 1u << PROBE_TIMER))
SAMPLE(timer_ipriorityr, probe_timer_hammered(index, PROBE_IPRIORITYR6, PRIORITIES))
SAMPLE(gicd_read, measure_read32(GICD_TYPER))
SAMPLE(gicd_isenabler, measure_write32(GICD_ISENABLER1, 1u << (PROBE_UART_INTID - 32)))
SAMPLE(gicd_ipriorityr, measure_write32(GICD_IPRIORITYR8, PRIORITIES))
SAMPLE(own_isenabler, measure_write32(PROBE_ISENABLER0, 1u << PROBE_TIMER))
SAMPLE(own_ipriorityr, measure_write32(PROBE_IPRIORITYR6, PRIORITIES))
SAMPLE(no_syndrome, measure_write32_post(PROBE_ISENABLER0, 1u << PROBE_TIMER))
SAMPLE(priority_mask, measure_priority_mask(PRIORITY_MASK))

static const struct probe_row rows_anywhere[] = {
	{"timer_busy", timer_busy},
	{"timer_wfi", timer_sleeping},
	{"timer_stolen", timer_stolen},
	{"timer_isenabler", timer_isenabler},
	{"timer_ipriorityr", timer_ipriorityr},
	{"timer_priority_mask", timer_priority_mask},
	{"acknowledge", acknowledge},
	{"end", end_of_interrupt},
	{"uart", uart_interrupt},
	{"sgi_self", sgi_self},
	{"hvc", hvc_version},
	{"hvc_features", hvc_features},
	{"hvc_affinity", hvc_affinity},
	{"hvc_smccc", hvc_smccc},
	{"hvc_unknown", hvc_unknown},
	{"gicd_read", gicd_read},
	{"gicd_isenabler", gicd_isenabler},
	{"gicd_ipriorityr", gicd_ipriorityr},
	{"own_isenabler", own_isenabler},
	{"own_ipriorityr", own_ipriorityr},
	{"no_syndrome", no_syndrome},
	{"priority_mask", priority_mask},
};

static const struct probe_row rows_partition[] = {
	{"smc", smc_version},
	{"service_features", service_features},
	{"service_uid", service_uid},
	{"service_revision", service_revision},
	{"service_exits", service_exits},
	{"service_partition", service_partition},
};

static const struct probe_rows anywhere = {rows_anywhere, sizeof(rows_anywhere) / sizeof(rows_anywhere[0])};
static const struct probe_rows partition = {rows_partition, sizeof(rows_partition) / sizeof(rows_partition[0])};

static void print_row(const char *name, uint64_t low, uint64_t sum, uint64_t high, uint64_t count)
{
	const uint64_t numbers[4] = {low, sum, high, count};

	machine_print("\nrow ");
	machine_print(name);
	for (uint32_t i = 0; i < 4u; i++) {
		machine_print(" ");
		machine_print_number(numbers[i]);
	}
	machine_print("\n");
}

static uint32_t is_chosen(const char *name)
{
	const char *only = PROBE_ONLY;
	uint32_t i = 0;

	while ((only[i] != '\0') && (only[i] == name[i])) {
		i++;
	}
	return (PROBE_ONLY[0] == '\0') || (only[i] == name[i]);
}

void probe_run(const char *name, uint64_t (*sample)(uint32_t index))
{
	uint64_t low = UINT64_MAX;
	uint64_t sum = 0;
	uint64_t high = 0;

	for (uint32_t i = 0; is_chosen(name) && (i < PROBE_SAMPLES); i++) {
		uint64_t value = sample(i);

		low = (value < low) ? value : low;
		high = (value > high) ? value : high;
		sum += value;
	}
	if (is_chosen(name)) {
		print_row(name, low, sum, high, PROBE_SAMPLES);
	}
}

void probe_run_rows(const struct probe_rows *rows)
{
	for (uint32_t i = 0; i < rows->count; i++) {
		probe_run(rows->rows[i].name, rows->rows[i].sample);
	}
}

static uint32_t is_partition(void)
{
	uint64_t values[4] = {ABI_UID, 0, 0, 0};

	machine_call(values);
	return ((uint32_t)values[0] == ABI_UID_0) && ((uint32_t)values[1] == ABI_UID_1) &&
	       ((uint32_t)values[2] == ABI_UID_2) && ((uint32_t)values[3] == ABI_UID_3);
}

/* All exits of this core, whatever the reason, but for those that looking here takes. */
static uint64_t exits_total(void)
{
	uint64_t total = 0;

	for (uint32_t reason = 0; reason < EXIT_REASONS; reason++) {
		uint64_t values[4] = {ABI_EXITS, ABI_SELF, 0, reason};

		machine_call(values);
		total += (reason == EXIT_OBSERVE) ? 0u : values[1];
	}
	return total;
}

/* Exits of PROBE_SAMPLES interrupts together. */
static void run_exits(const char *name, uint64_t (*sample)(uint32_t index))
{
	uint64_t count = exits_total();

	for (uint32_t i = 0; i < PROBE_SAMPLES; i++) {
		(void)sample(i);
	}
	count = exits_total() - count;
	print_row(name, count, count, count, 1);
}

/* Starts the second core; 0 where there is none. */
static uint64_t second_start(void)
{
	static uint64_t call[4] = {PSCI_CPU_ON, 1, 0, 0};

	call[2] = (uint64_t)(uintptr_t)probe_second_start;
	return measure_cpu_on(call);
}

static void run_partition_rows(void)
{
	probe_run_rows(&partition);
	if (is_chosen("exits")) {
		run_exits("exits_timer", timer_busy);
		run_exits("exits_timer_wfi", timer_sleeping);
		run_exits("exits_uart", uart_interrupt);
	}
}

static void run_two_core_rows(void)
{
	uint64_t on = second_start();

	if (on == 0u) {
		return;
	}
	print_row("cpu_on", on, on, on, 1);
	while (other->count == 0u) { /* it says so when it is ready */
		__asm__ volatile("wfe");
	}
	probe_run("sgi_other", sgi_other);
	if (is_partition()) {
		probe_further(2);
	}
}

void probe_main(void)
{
	machine_start(0);
	print_row("boot", probe_first, probe_first, probe_first, 1);
	probe_run_rows(&anywhere);
	probe_run_rows(&gic_rows);
	if (is_partition()) {
		run_partition_rows();
		probe_further(1);
	}
	if (PROBE_ONLY[0] == '\0') {
		run_two_core_rows();
	}
	machine_print("\nprobe: done\n");
	machine_off();
}

void probe_second_main(void)
{
	machine_start(1);
	other->count = 1;
	__asm__ volatile("dsb sy\n\tsev");
	for (;;) {
		__asm__ volatile("wfi");
	}
}

void probe_exception(uint64_t syndrome, uint64_t pc, uint64_t address)
{
	print_row("exception", syndrome, pc, address, 0); /* which bench.py knows for what it is */
	machine_off();
}
