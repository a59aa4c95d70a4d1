/* SPDX-License-Identifier: Apache-2.0 */
/* The seam of gic.h on a GICv3: the CPU interface is system registers, interrupts 0-31 are in redistributors. */
#include "hostile/gicv3.h"

#include "hostile/gic.h"
#include "rt/aarch64/sysreg.h"
#include "rt/hal.h"

#define PAGE 0x1000u
#define SGI_BROADCAST (UINT64_C(1) << 40)
#define MPIDR_AFF0 0xffu

const uint32_t gic_distributor_size = GICD_SIZE;
const uint32_t gic_banks_end = GICD_IROUTER;
const uint32_t gic_identification = 0xffe0u;
const uint32_t gic_private_in_gicd = 0;

uint64_t gic_private_banks(void)
{
	return rt_board.gicr_base + GICR_FRAME_SIZE * (SYSREG_READ(mpidr_el1) & MPIDR_AFF0) + GICR_SGI_FRAME;
}

uint64_t gic_page(uint32_t index)
{
	uint64_t offset = (uint64_t)index * PAGE;

	if (offset < GICD_SIZE)
		return rt_board.gicd_base + offset;
	offset -= GICD_SIZE;
	return offset < CORES * GICR_FRAME_SIZE ? rt_board.gicr_base + offset : 0;
}

void gic_repair(void)
{
	uint32_t uart = (uint32_t)rt_board.uart_interrupt;

	gic_write(rt_board.gicd_base + GIC_IPRIORITYR + uart, 1, GIC_PRIORITY_RESET);
	gic_write(rt_board.gicd_base + GICD_IROUTER + 8u * uart, 8, 0);
	gic_bank_repair(rt_board.gicd_base, uart / 32u, 1u << (uart % 32u));
	for (uint32_t id = 0; id < FIRST_SHARED; id += 4u)
		gic_write(gic_private_banks() + GIC_IPRIORITYR + id, 4, GIC_PRIORITY_RESET);
	gic_bank_repair(gic_private_banks(), 0, GIC_TIMER_BIT);
	SYSREG_WRITE(s3_0_c12_c12_4, 0); /* ICC_CTLR_EL1 */
	SYSREG_WRITE(s3_0_c12_c12_3, 0); /* ICC_BPR1_EL1 */
	SYSREG_WRITE(s3_0_c12_c9_0, 0);  /* ICC_AP1R0_EL1 */
	gic_interface_open();
}

void gic_interface_open(void)
{
	gic_interface_mask(0xff);
	gic_interface_enable(true);
}

void gic_interface_enable(bool on)
{
	SYSREG_WRITE(s3_0_c12_c12_7, on ? UINT64_C(1) : 0); /* ICC_IGRPEN1_EL1 */
	isb();
}

void gic_interface_mask(uint32_t priority)
{
	SYSREG_WRITE(s3_0_c4_c6_0, priority); /* ICC_PMR_EL1 */
	isb();
}

void gic_interface_no_preemption(void)
{
	SYSREG_WRITE(s3_0_c12_c12_3, 7); /* ICC_BPR1_EL1 */
	isb();
}

void gic_interface_claim(void)
{
	SYSREG_WRITE(s3_0_c12_c9_0, 1); /* ICC_AP1R0_EL1 */
	isb();
}

uint32_t gic_interface_state(void)
{
	return (uint32_t)(SYSREG_READ(s3_0_c12_c12_7) << 8 | SYSREG_READ(s3_0_c4_c6_0));
}

uint32_t gic_acknowledge(void)
{
	return (uint32_t)SYSREG_READ(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */
}

void gic_end(uint32_t acknowledged)
{
	SYSREG_WRITE(s3_0_c12_c12_1, acknowledged); /* ICC_EOIR1_EL1 */
	isb();
}

void gic_sgi_self(uint32_t id)
{
	SYSREG_WRITE(s3_0_c12_c11_5, (uint64_t)id << 24 | UINT64_C(1) << (SYSREG_READ(mpidr_el1) & MPIDR_AFF0));
	isb();
}

void gic_sgi_spread(void)
{
	SYSREG_WRITE(s3_0_c12_c11_5, SGI_BROADCAST | UINT64_C(0xffff)); /* ICC_SGI1R_EL1 */
	SYSREG_WRITE(s3_0_c12_c11_5, UINT64_C(0xffffffff));
	(void)gic_read(rt_board.gicr_base + GICR_TYPER, 8);
}
