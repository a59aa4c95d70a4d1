/* SPDX-License-Identifier: Apache-2.0 */
/* The seam of gic.h on a GICv2: the CPU interface is a page of memory, interrupts 0-31 are banked in the distributor. */
#include "hostile/gicv2.h"

#include "hostile/gic.h"
#include "rt/hal.h"

const uint32_t gic_distributor_size = GICD_SIZE;
const uint32_t gic_banks_end = GICD_SIZE;
const uint32_t gic_identification = 0xfe0u;
const uint32_t gic_private_in_gicd = 0x4800ffffu; /* SGIs, both timers */

static void gicc_write(uint32_t offset, uint32_t value)
{
	gic_write(rt_board.gicc_base + offset, 4, value);
	__asm__ volatile("dsb sy" ::: "memory");
}

static uint32_t gicc_read(uint32_t offset)
{
	return (uint32_t)gic_read(rt_board.gicc_base + offset, 4);
}

uint64_t gic_private_banks(void)
{
	return rt_board.gicd_base;
}

uint64_t gic_page(uint32_t index)
{
	return index == 0 ? rt_board.gicd_base : 0;
}

void gic_repair(void)
{
	uint64_t gicd = rt_board.gicd_base;
	uint32_t uart = (uint32_t)rt_board.uart_interrupt;

	gicc_write(GICC_CTLR, 0);
	gicc_write(GICC_BPR, 0);
	for (uint32_t i = 0; i < GICC_APRS; i++) {
		gicc_write(GICC_APR0 + 4u * i, 0);
		gicc_write(GICC_NSAPR0 + 4u * i, 0);
	}
	gic_write(gicd + GIC_IPRIORITYR + uart, 1, GIC_PRIORITY_RESET);
	gic_write(gicd + GICD_ITARGETSR + uart, 1, 1);
	gic_bank_repair(gicd, uart / 32u, 1u << (uart % 32u));
	for (uint32_t id = 0; id < FIRST_SHARED; id += 4u)
		gic_write(gicd + GIC_IPRIORITYR + id, 4, GIC_PRIORITY_RESET);
	for (uint32_t id = 0; id < GIC_SGIS; id += 4u)
		gic_write(gicd + GICD_CPENDSGIR + id, 4, UINT32_MAX);
	gic_bank_repair(gicd, 0, GIC_TIMER_BIT);
	gic_interface_open();
}

void gic_interface_open(void)
{
	gic_interface_mask(0xff);
	gic_interface_enable(true);
}

void gic_interface_enable(bool on)
{
	gicc_write(GICC_CTLR, on ? 1u : 0u);
}

void gic_interface_mask(uint32_t priority)
{
	gicc_write(GICC_PMR, priority);
}

void gic_interface_no_preemption(void)
{
	gicc_write(GICC_BPR, 7);
}

void gic_interface_claim(void)
{
	gicc_write(GICC_APR0, 1);
	gicc_write(GICC_NSAPR0, 1);
}

uint32_t gic_interface_state(void)
{
	return gicc_read(GICC_CTLR) << 8 | gicc_read(GICC_PMR);
}

uint32_t gic_acknowledge(void)
{
	return gicc_read(GICC_IAR);
}

void gic_end(uint32_t acknowledged)
{
	gicc_write(GICC_EOIR, acknowledged);
}

void gic_sgi_self(uint32_t id)
{
	gic_write(rt_board.gicd_base + GICD_SGIR, 4, SGIR_SELF | id);
}

void gic_sgi_spread(void)
{
	gic_write(rt_board.gicd_base + GICD_SGIR, 4, SGIR_OTHERS);
	gic_write(rt_board.gicd_base + GICD_SGIR, 4, SGIR_LIST(0xff) | 15u);
	(void)gic_read(rt_board.gicd_base + GICD_TYPER, 4);
}
