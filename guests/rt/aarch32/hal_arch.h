/* SPDX-License-Identifier: Apache-2.0 */
/* The inline half of the AArch32 back end: processor context, interrupt mask, device accesses. */
#ifndef RT_AARCH32_HAL_ARCH_H
#define RT_AARCH32_HAL_ARCH_H

#include <stddef.h>
#include <stdint.h>

#include "rt/aarch32/context.h"

/* Everything that a task owns of the core. Interrupts save all of it, since handlers may use memcpy and hence FP. */
struct hal_context {
	uint32_t r[13];
	uint32_t sp;
	uint32_t lr;
	uint32_t pc;
	uint32_t psr;
	uint32_t fpscr;
	uint64_t d[32];
};

_Static_assert(offsetof(struct hal_context, r) == CONTEXT_R, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, pc) == CONTEXT_PC, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, fpscr) == CONTEXT_FPSCR, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, d) == CONTEXT_D, "as in vectors.S");
_Static_assert(sizeof(struct hal_context) == CONTEXT_SIZE, "as in vectors.S");

/* Masks interrupts; returns the state to hand to hal_interrupts_restore(). Pairs nest. */
static inline uint64_t hal_interrupts_mask(void)
{
	uint32_t psr;

	__asm__ volatile("mrs %0, cpsr\n\tcpsid i" : "=r"(psr)::"memory");
	return psr;
}

static inline void hal_interrupts_restore(uint64_t state)
{
	__asm__ volatile("msr cpsr_c, %0" ::"r"((uint32_t)state) : "memory");
}

/*
 * Device registers are reached by plain loads and stores of one register only: a hypervisor that emulates a register
 * gets no syndrome for LDRD, LDM and the writeback forms that a compiler may choose for a volatile access in a loop.
 */
static inline uint32_t mmio_read32(uint64_t address)
{
	uint32_t value;

	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"((uint32_t)address) : "memory");
	return value;
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	__asm__ volatile("str %0, [%1]" ::"r"(value), "r"((uint32_t)address) : "memory");
}

/* Two accesses, the low word first: for registers that do not change in between. */
static inline uint64_t mmio_read64(uint64_t address)
{
	uint64_t low = mmio_read32(address);

	return low | (uint64_t)mmio_read32(address + 4u) << 32;
}

static inline void mmio_write64(uint64_t address, uint64_t value)
{
	mmio_write32(address, (uint32_t)value);
	mmio_write32(address + 4u, (uint32_t)(value >> 32));
}

static inline void mmio_write8(uint64_t address, uint8_t value)
{
	__asm__ volatile("strb %0, [%1]" ::"r"((uint32_t)value), "r"((uint32_t)address) : "memory");
}

#endif
