/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses of all sizes, and the repair of what attacks leave behind. */
#include "hostile/gic.h"

#include "hostile/attack.h"
#include "rt/aarch64/sysreg.h"
#include "rt/hal.h"

#define PRIORITY 0xa0a0a0a0u
#define TIMER (1u << 27)
#define SPURIOUS 1020u
#define TAKE_LIMIT 64u

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
	return id == rt_board.uart_interrupt;
}

/* What enabling one interrupt, or one word of private ones, takes. */
static void bank_repair(uint64_t base, uint32_t word, uint32_t bits)
{
	gic_write(base + GIC_ICACTIVER + 4u * word, 4, UINT32_MAX);
	gic_write(base + GIC_ICPENDR + 4u * word, 4, UINT32_MAX);
	gic_write(base + GIC_ICENABLER + 4u * word, 4, ~bits);
	gic_write(base + GIC_ISENABLER + 4u * word, 4, bits);
}

void gic_repair(void)
{
	uint32_t uart = (uint32_t)rt_board.uart_interrupt;

	gic_write(rt_board.gicd_base + GIC_IPRIORITYR + uart, 1, PRIORITY);
	gic_write(rt_board.gicd_base + GICD_IROUTER + 8u * uart, 8, 0);
	bank_repair(rt_board.gicd_base, uart / 32u, 1u << (uart % 32u));
	for (uint32_t id = 0; id < FIRST_SHARED; id += 4u)
		gic_write(rt_board.gicr_base + GICR_SGI_FRAME + GIC_IPRIORITYR + id, 4, PRIORITY);
	bank_repair(rt_board.gicr_base + GICR_SGI_FRAME, 0, TIMER);
	SYSREG_WRITE(s3_0_c12_c12_4, 0);  /* ICC_CTLR_EL1 */
	SYSREG_WRITE(s3_0_c4_c6_0, 0xff); /* ICC_PMR_EL1 */
	SYSREG_WRITE(s3_0_c12_c12_3, 0);  /* ICC_BPR1_EL1 */
	SYSREG_WRITE(s3_0_c12_c9_0, 0);   /* ICC_AP1R0_EL1 */
	SYSREG_WRITE(s3_0_c12_c12_7, 1);  /* ICC_IGRPEN1_EL1 */
	isb();
}

uint32_t gic_take_private(void)
{
	uint32_t taken = 0;

	for (unsigned i = 0; i < TAKE_LIMIT; i++) {
		uint64_t id = SYSREG_READ(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */

		if (id >= SPURIOUS)
			break;
		__asm__ volatile("dsb sy" ::: "memory");
		SYSREG_WRITE(s3_0_c12_c12_1, id); /* ICC_EOIR1_EL1 */
		isb();
		taken |= id < FIRST_SHARED ? 1u << id : 0u;
	}
	return taken;
}
