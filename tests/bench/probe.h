/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe: a guest that measures what a hypervisor costs it, natively or in a partition, in ticks of the virtual
 * counter. Here is what its files share; what is measured is in probe_rows.c, how in probe_measure.S.
 */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#define PROBE_UART 0x09000000 /* PL011 */
#define PROBE_GICD 0x08000000

#define PROBE_SGI 1
#define PROBE_TIMER 27
#define PROBE_UART_INTID 33

#define PROBE_UART_ICR 0x44
#define PROBE_UART_TX 0x20 /* in ICR and IMSC: transmit */

#include "probe_gic.h"

/* Offsets in struct probe_interrupt, for assembly. */
#define INTERRUPT_COUNT 0
#define INTERRUPT_TIME 8
#define INTERRUPT_ACKNOWLEDGE 16
#define INTERRUPT_END 24
#define INTERRUPT_SIZE 32

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

/* A core's last interrupt, written by its handler in probe_start.S. */
struct probe_interrupt {
	uint64_t count;       /* interrupts since the sampler last cleared it */
	uint64_t time;        /* counter at the handler's first instruction */
	uint64_t acknowledge; /* ticks from a read of the counter over its acknowledgement and a DSB to the next read */
	uint64_t end;         /* the same over the end of interrupt */
};

_Static_assert(offsetof(struct probe_interrupt, time) == INTERRUPT_TIME, "known to assembly");
_Static_assert(offsetof(struct probe_interrupt, acknowledge) == INTERRUPT_ACKNOWLEDGE, "known to assembly");
_Static_assert(offsetof(struct probe_interrupt, end) == INTERRUPT_END, "known to assembly");
_Static_assert(sizeof(struct probe_interrupt) == INTERRUPT_SIZE, "known to assembly");

#define PROBE_CORES 2
extern volatile struct probe_interrupt probe_interrupts[PROBE_CORES];

extern uint64_t probe_first;                /* CNTPCT_EL0 at the first instruction after reset */
extern volatile uint64_t probe_second_time; /* CNTVCT_EL0 at the second core's first instruction, then not 0 */

/* ---- probe_start.S: both cores' entry, the interrupt handler ---- */

void probe_second_start(void); /* where PSCI CPU_ON shall enter; never called */

/* ---- probe_measure.S: each returns the ticks between two reads of the counter around one operation ---- */

/* Loads x0-x3 from `call` and issues HVC #0 or SMC #0. The results are dropped. */
uint64_t measure_hvc(const uint64_t call[4]);
uint64_t measure_smc(const uint64_t call[4]);
uint64_t measure_read32(uintptr_t address);
uint64_t measure_read64(uintptr_t address);
uint64_t measure_write32(uintptr_t address, uint32_t value);
uint64_t measure_write64(uintptr_t address, uint64_t value);
/* A store with writeback: the processor does not say in its syndrome what it was. */
uint64_t measure_write32_post(uintptr_t address, uint32_t value);
uint64_t measure_priority_mask(uint64_t value);
uint64_t measure_sgi_write(uint64_t value);

/* probe_paths_measure.S: the operations of probe_paths.c */
uint64_t measure_hvc_1(void);
uint64_t measure_smc_1(void);
uint64_t measure_read32_signed(uintptr_t address);
uint64_t measure_read32_pair(uintptr_t address);
uint64_t measure_write32_pair(uintptr_t address, uint32_t value);
uint64_t measure_write32_pre(uintptr_t address, uint32_t value);
uint64_t measure_write8(uintptr_t address, uint32_t value);
uint64_t measure_read8(uintptr_t address);
uint64_t measure_clean_line(uintptr_t address);
uint64_t measure_constant_read(void);  /* ACTLR_EL1 */
uint64_t measure_constant_write(void); /* ACTLR_EL1 */
uint64_t measure_set_way(void);        /* DC ISW */
uint64_t measure_os_lock(void);        /* OSLAR_EL1 */
uint64_t measure_identity(void);       /* ID_AA64PFR0_EL1 */
uint64_t measure_wfi(void);

/* These return the counter just before the operation; the time of the interrupt is in probe_interrupts. */
uint64_t measure_sgi(uint64_t value, const volatile struct probe_interrupt *interrupt);
uint64_t measure_sgi_other(uint64_t value, const volatile struct probe_interrupt *interrupt);
uint64_t measure_uart(uint32_t value, const volatile struct probe_interrupt *interrupt);
uint64_t measure_cpu_on(const uint64_t call[4]);

/* Spins until something takes more than a turn; returns how much more. */
uint64_t measure_stolen(void);
/* Stores `value` again and again until an interrupt came. */
void hammer_write32(uintptr_t address, uint32_t value, const volatile struct probe_interrupt *interrupt);
/* Sets the same priority mask again and again, likewise. */
void hammer_priority_mask(uint64_t value, const volatile struct probe_interrupt *interrupt);
/* Sleeps by WFI until an interrupt came. */
void sleep_for(const volatile struct probe_interrupt *interrupt);

/* ---- samplers and rows ---- */

/* A sampler of one operation. */
#define SAMPLE(name, operation)                                                                                        \
	static uint64_t name(uint32_t index)                                                                           \
	{                                                                                                              \
		(void)index;                                                                                           \
		return operation;                                                                                      \
	}

/* A sampler of one call, by HVC or SMC: the function id and its arguments. */
#define SAMPLE_CALL(name, by, ...)                                                                                     \
	static uint64_t name(uint32_t index)                                                                           \
	{                                                                                                              \
		static const uint64_t call[4] = {__VA_ARGS__};                                                         \
		(void)index;                                                                                           \
		return measure_##by(call);                                                                             \
	}

struct probe_row {
	const char *name;
	uint64_t (*sample)(uint32_t index);
};

struct probe_rows {
	const struct probe_row *rows;
	uint32_t count;
};

/* ---- probe_gic.c, one of gicv2/ and gicv3/ ---- */

/* Each core calls it once, core 0 first; the UART's interrupt goes to core 0. Cannot fail. */
void gic_start(uint32_t core);
/* What a guest does to its distributor, natively or in a partition. */
extern const struct probe_rows gic_rows;

/* ---- probe_gic_paths.c, likewise: the controller's further exits ---- */

extern const struct probe_rows gic_paths;

/* ---- probe_machine.c: timer, UART ---- */

/* Each core calls it once, core 0 first; cannot fail. */
void machine_start(uint32_t core);
/* The virtual timer's interrupt `distance` ticks from now; returns its deadline. */
uint64_t machine_timer(uint64_t distance);
void machine_uart_interrupt(uint32_t on);
void machine_print(const char *text);
void machine_print_number(uint64_t value);
/* HVC #0: arguments in, results out, in the same array. */
void machine_call(uint64_t values[4]);
_Noreturn void machine_off(void);

/* ---- probe_rows.c ---- */

/* Takes PROBE_SAMPLES samples and prints them as row `name`, if it is one of those to run. */
void probe_run(const char *name, uint64_t (*sample)(uint32_t index));
void probe_run_rows(const struct probe_rows *rows);
/* A sample of a timer interrupt's latency while this core stores `value` again and again. */
uint64_t probe_timer_hammered(uint32_t index, uintptr_t address, uint32_t value);

/* ---- probe_paths.c, or probe_endings.c, or nothing ---- */

/* Further rows of a partition; `cores` of them run. May end the partition. */
void probe_further(uint32_t cores);

/* ---- probe_rows.c ---- */

_Noreturn void probe_main(void);
_Noreturn void probe_second_main(void);
/* From the vectors: prints what happened and switches off. */
_Noreturn void probe_exception(uint64_t syndrome, uint64_t pc, uint64_t address);

#endif
#endif
