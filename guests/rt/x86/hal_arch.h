/* SPDX-License-Identifier: Apache-2.0 */
/* The inline half of the x86-64 back end: processor context, interrupt mask, device accesses. */
#ifndef RT_X86_HAL_ARCH_H
#define RT_X86_HAL_ARCH_H

#include <stddef.h>
#include <stdint.h>

#include "rt/x86/context.h"
#include "rt/x86/registers.h"

/* Everything that a task owns of the core. Interrupts save all of it, since handlers may use memcpy and hence SSE. */
struct hal_context {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rsp;
	uint64_t rip;
	uint64_t rflags;
	_Alignas(16) uint8_t fx[512];
};

_Static_assert(offsetof(struct hal_context, r8) == CONTEXT_R8, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, rsp) == CONTEXT_RSP, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, rip) == CONTEXT_RIP, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, rflags) == CONTEXT_RFLAGS, "as in vectors.S");
_Static_assert(offsetof(struct hal_context, fx) == CONTEXT_FX, "as in vectors.S");
_Static_assert(sizeof(struct hal_context) == CONTEXT_SIZE, "as in vectors.S");

/* Masks interrupts; returns the state to hand to hal_interrupts_restore(). Pairs nest. */
static inline uint64_t hal_interrupts_mask(void)
{
	uint64_t rflags;

	__asm__ volatile("pushfq\n\tpopq %0\n\tcli" : "=r"(rflags)::"memory");
	return rflags;
}

static inline void hal_interrupts_restore(uint64_t state)
{
	if ((state & RFLAGS_IF) != 0)
		__asm__ volatile("sti" ::: "memory");
}

/* Device registers are reached by plain moves only: a hypervisor that emulates a register has to decode them. */
static inline uint32_t mmio_read32(uint64_t address)
{
	uint32_t value;

	__asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	__asm__ volatile("movl %0, (%1)" ::"r"(value), "r"(address) : "memory");
}

static inline uint8_t port_read8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void port_write8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

#endif
