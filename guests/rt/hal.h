/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seam between the neutral runtime and one instruction set: what guests/rt/<architecture>/ provides, and the few
 * functions that it calls back. The kernel runs on one virtual core.
 */
#ifndef RT_HAL_H
#define RT_HAL_H

#include <stdint.h>

/* struct hal_context, hal_interrupts_mask(), hal_interrupts_restore(), mmio_read32(), mmio_write32(); x86: ports. */
#include "hal_arch.h"

/* ---- processor state --------------------------------------------------------------------------------------------- */

/* Makes `context` enter `entry(argument)` on the stack that ends at `stack_top`, with interrupts on. Cannot fail. */
void hal_context_init(struct hal_context *context, void *stack_top, void (*entry)(void *argument), void *argument);

/* Leaves the start-up stack for ever and enters `context`, which becomes the running one. */
_Noreturn void hal_context_start(struct hal_context *context);

/* Saves the caller and enters what scheduler_switch() chooses. In a task, interrupts masked; they stay so for it. */
void hal_context_switch(void);

/* Sleeps until an interrupt; for the idle task, interrupts on. */
void hal_idle(void);

/* ---- interrupts -------------------------------------------------------------------------------------------------- */

/* Once, at start-up, interrupts masked: brings up the controller with everything disabled. */
void hal_interrupt_init(void);

/* Lets interrupt `id` (level triggered; x86: as its bus has it) reach this core; its handler is interrupt_dispatch(id). */
void hal_interrupt_enable(uint32_t id);

/* ---- time -------------------------------------------------------------------------------------------------------- */

/* Once, at start-up, after hal_interrupt_init(): the timer is stopped and its interrupt calls clock_on_timer(). */
void hal_timer_init(void);

/* The free-running counter of this core, in ticks of hal_timer_frequency() Hz. */
uint64_t hal_timer_now(void);
uint64_t hal_timer_frequency(void);

/* Interrupts once the counter has reached `deadline`, at once when it is past; replaces an earlier deadline. */
void hal_timer_set(uint64_t deadline);
void hal_timer_stop(void);

/* ---- the partition ----------------------------------------------------------------------------------------------- */

/* Switches this partition off, or starts it anew; others do not notice. */
_Noreturn void hal_power_off(void);
_Noreturn void hal_power_reset(void);

/* One call of plan/abi.h: its results; result[1..3] are its arguments on entry. */
void hal_hypercall(uint32_t function, uint64_t result[4]);

/* ---- called by the architecture ---------------------------------------------------------------------------------- */

/* C entry of the runtime: memory map on, .bss cleared, interrupts masked. */
_Noreturn void rt_start(void);

/* Accounts for the running task, chooses the next and returns its context. Interrupts masked, on the kernel's stack. */
struct hal_context *scheduler_switch(void);

/* Runs the handler of interrupt `id`. Interrupts masked, on the kernel's stack. */
void interrupt_dispatch(uint32_t id);

/* ---- the board, fixed at link time (--defsym) -------------------------------------------------------------------- */

struct rt_board {
	uint64_t ram_base;
	uint64_t ram_size;
	uint64_t gicd_base;
	uint64_t gicr_base; /* GICv3: this partition's redistributors */
	uint64_t gicc_base; /* GICv2: the CPU interface */
	uint64_t uart_base; /* x86: its first port */
	uint64_t uart_interrupt;
};

extern const struct rt_board rt_board;

#endif
