/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv2 for one core (Arm IHI 0048B): all interrupts at one priority, so they never nest. Not here: interrupts between
 * cores.
 */
#include <stdbool.h>
#include <stdint.h>

#include "rt/armv8/gic.h"
#include "rt/hal.h"

#define GICD_CTLR 0x000u
#define ISENABLER 0x100u
#define ICENABLER 0x180u
#define IPRIORITYR 0x400u
#define ITARGETSR 0x800u
#define ENABLE 1u

#define GICC_CTLR 0x00u
#define GICC_PMR 0x04u
#define GICC_IAR 0x0cu
#define GICC_EOIR 0x10u
#define IAR_ID(value) ((value)&0x3ffu)

#define FIRST_SHARED 32u
#define SPURIOUS 1020u /* and above: special identifiers */
#define PRIORITY 0xa0u
#define PRIORITY_MASK_ALL 0xffu

void hal_interrupt_init(void)
{
	mmio_write32(rt_board.gicd_base + ICENABLER, UINT32_MAX);
	mmio_write32(rt_board.gicd_base + GICD_CTLR, ENABLE);
	mmio_write32(rt_board.gicc_base + GICC_PMR, PRIORITY_MASK_ALL);
	mmio_write32(rt_board.gicc_base + GICC_CTLR, ENABLE);
}

void hal_interrupt_enable(uint32_t id)
{
	uint64_t gicd = rt_board.gicd_base;
	uint64_t state = hal_interrupts_mask();

	mmio_write8(gicd + IPRIORITYR + id, PRIORITY);
	/* The targets of private interrupts read as this core, which is how a core learns its number. */
	if (id >= FIRST_SHARED)
		mmio_write8(gicd + ITARGETSR + id, (uint8_t)mmio_read32(gicd + ITARGETSR));
	mmio_write32(gicd + ISENABLER + 4u * (id / 32u), 1u << (id % 32u));
	hal_interrupts_restore(state);
}

void gic_on_interrupt(void)
{
	for (;;) {
		uint32_t acknowledged = mmio_read32(rt_board.gicc_base + GICC_IAR);

		if (IAR_ID(acknowledged) >= SPURIOUS)
			return;
		/* The acknowledge must be complete before the handler quiets its device. */
		__asm__ volatile("dsb sy" ::: "memory");
		interrupt_dispatch(IAR_ID(acknowledged));
		mmio_write32(rt_board.gicc_base + GICC_EOIR, acknowledged);
	}
}
