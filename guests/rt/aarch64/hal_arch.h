/* SPDX-License-Identifier: Apache-2.0 */
/* The inline half of the AArch64 back end: processor context, interrupt mask, device accesses. */
#ifndef RT_AARCH64_HAL_ARCH_H
#define RT_AARCH64_HAL_ARCH_H

#include <stddef.h>
#include <stdint.h>

#include "rt/aarch64/context.h"

/* Everything that a task owns of the core. Interrupts save all of it, since handlers may use memcpy and hence FP. */
struct hal_context {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t pstate;
	uint64_t fpsr;
	uint64_t fpcr;
	__uint128_t q[32];
};

_Static_assert(offsetof(struct hal_context, sp) == CONTEXT_SP, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, pc) == CONTEXT_PC, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, pstate) == CONTEXT_PSTATE, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, fpsr) == CONTEXT_FPSR, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, q) == CONTEXT_Q, "as in vectors.S");
_Static_assert(sizeof(struct hal_context) == CONTEXT_SIZE, "as in vectors.S");

/* Masks interrupts; returns the state to hand to hal_interrupts_restore(). Pairs nest. */
static inline uint64_t hal_interrupts_mask(void)
{
	uint64_t daif;

	__asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(daif)::"memory");
	return daif;
}

static inline void hal_interrupts_restore(uint64_t state)
{
	__asm__ volatile("msr daif, %0" ::"r"(state) : "memory");
}

/*
 * Device registers are reached by plain loads and stores only: a hypervisor that emulates a register gets no syndrome
 * for the writeback forms that a compiler may choose for a volatile access in a loop.
 */
static inline uint32_t mmio_read32(uint64_t address)
{
	uint32_t value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline uint64_t mmio_read64(uint64_t address)
{
	uint64_t value;

	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write64(uint64_t address, uint64_t value)
{
	__asm__ volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline void mmio_write8(uint64_t address, uint8_t value)
{
	__asm__ volatile("strb %w0, [%1]" ::"r"((uint32_t)value), "r"(address) : "memory");
}

#endif
