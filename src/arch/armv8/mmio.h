/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers from C: one plain load or store each, never merged or split, nor with writeback, which "m" leaves out. */
#ifndef ARMV8_MMIO_H
#define ARMV8_MMIO_H

#include "types.h"

static inline uint32_t mmio_read32(uint64_t address)
{
	uint32_t value;

	__asm__ volatile("ldr %w0, %1" : "=r"(value) : "m"(*(volatile uint32_t *)address) : "memory");
	return value;
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	__asm__ volatile("str %w0, %1" ::"r"(value), "m"(*(volatile uint32_t *)address) : "memory");
}

static inline uint64_t mmio_read64(uint64_t address)
{
	uint64_t value;

	__asm__ volatile("ldr %0, %1" : "=r"(value) : "m"(*(volatile uint64_t *)address) : "memory");
	return value;
}

static inline void mmio_write64(uint64_t address, uint64_t value)
{
	__asm__ volatile("str %0, %1" ::"r"(value), "m"(*(volatile uint64_t *)address) : "memory");
}

static inline uint8_t mmio_read8(uint64_t address)
{
	uint32_t value;

	__asm__ volatile("ldrb %w0, %1" : "=r"(value) : "m"(*(volatile uint8_t *)address) : "memory");
	return (uint8_t)value;
}

/* The lowest byte of `value`. */
static inline void mmio_write8(uint64_t address, uint32_t value)
{
	__asm__ volatile("strb %w0, %1" ::"r"(value), "m"(*(volatile uint8_t *)address) : "memory");
}

#endif
