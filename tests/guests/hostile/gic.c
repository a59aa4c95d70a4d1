/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses of all sizes, and what the controllers have in common. */
#include "hostile/gic.h"

#include "rt/hal.h"

#define TAKE_LIMIT 64u
#define ID(acknowledged) ((acknowledged)&0x3ffu)

uint64_t gic_read(uint64_t address, unsigned size)
{
	uint64_t value;

	switch (size) {
	case 1:
		__asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
		break;
	case 2:
		__asm__ volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
		break;
	case 4:
		__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
		break;
	default:
		__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
		break;
	}
	return value;
}

void gic_write(uint64_t address, unsigned size, uint64_t value)
{
	switch (size) {
	case 1:
		__asm__ volatile("strb %w0, [%1]" ::"r"(value), "r"(address) : "memory");
		break;
	case 2:
		__asm__ volatile("strh %w0, [%1]" ::"r"(value), "r"(address) : "memory");
		break;
	case 4:
		__asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
		break;
	default:
		__asm__ volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
		break;
	}
}

bool gic_is_own(uint32_t id)
{
	return id == rt_board.uart_interrupt || (id < FIRST_SHARED && ((gic_private_in_gicd >> id) & 1u) != 0);
}

void gic_bank_repair(uint64_t base, uint32_t word, uint32_t bits)
{
	gic_write(base + GIC_ICACTIVER + 4u * word, 4, UINT32_MAX);
	gic_write(base + GIC_ICPENDR + 4u * word, 4, UINT32_MAX);
	gic_write(base + GIC_ICENABLER + 4u * word, 4, ~bits);
	gic_write(base + GIC_ISENABLER + 4u * word, 4, bits);
}

uint32_t gic_take_private(void)
{
	uint32_t taken = 0;

	for (unsigned i = 0; i < TAKE_LIMIT; i++) {
		uint32_t acknowledged = gic_acknowledge();

		if (ID(acknowledged) >= GIC_SPURIOUS)
			break;
		__asm__ volatile("dsb sy" ::: "memory");
		gic_end(acknowledged);
		taken |= ID(acknowledged) < FIRST_SHARED ? 1u << ID(acknowledged) : 0u;
	}
	return taken;
}
