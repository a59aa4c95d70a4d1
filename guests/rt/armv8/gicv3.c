/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv3 for one core (Arm IHI 0069): all interrupts in group 1 at one priority, so they never nest. Not here: LPIs,
 * and interrupts between cores.
 */
#include "rt/armv8/gic.h"

#include <stdbool.h>
#include <stdint.h>

#include "cpu_arch.h"
#include "rt/hal.h"

#define GICD_CTLR 0x0000u
#define GICD_CTLR_GROUP1 (1u << 1)
#define GICD_CTLR_ARE (1u << 4)
#define GICD_CTLR_RWP (1u << 31)
#define GICD_IROUTER 0x6000u

#define GICR_TYPER 0x0008u
#define GICR_TYPER_LAST (1u << 4)
#define GICR_WAKER 0x0014u
#define GICR_WAKER_PROCESSOR_SLEEP (1u << 1)
#define GICR_WAKER_CHILDREN_ASLEEP (1u << 2)
#define GICR_FRAME_SIZE 0x20000u
#define GICR_SGI_FRAME 0x10000u

/* The same in the distributor and in a redistributor's SGI frame. */
#define IGROUPR 0x0080u
#define ISENABLER 0x0100u
#define ICENABLER 0x0180u
#define IPRIORITYR 0x0400u

#define FIRST_SHARED 32u
#define SPURIOUS 1020u /* and above: special identifiers */
#define PRIORITY 0xa0u
#define PRIORITY_MASK_ALL 0xffu

static uint64_t redistributor; /* address of this core's frame */

/* GICR_TYPER names its core in the upper word, as Aff3..Aff0 bytes. */
static uint64_t redistributor_find(void)
{
	uint64_t own = cpu_affinity();
	uint64_t affinity = ((own >> 8) & 0xff000000u) | (own & 0xffffffu);
	uint64_t frame = rt_board.gicr_base;

	for (;;) {
		uint64_t typer = mmio_read64(frame + GICR_TYPER);

		if (typer >> 32 == affinity || (typer & GICR_TYPER_LAST) != 0)
			return frame;
		frame += GICR_FRAME_SIZE;
	}
}

static void redistributor_wake(void)
{
	uint32_t waker = mmio_read32(redistributor + GICR_WAKER);

	mmio_write32(redistributor + GICR_WAKER, waker & ~GICR_WAKER_PROCESSOR_SLEEP);
	while ((mmio_read32(redistributor + GICR_WAKER) & GICR_WAKER_CHILDREN_ASLEEP) != 0)
		;
}

void hal_interrupt_init(void)
{
	redistributor = redistributor_find();
	redistributor_wake();
	mmio_write32(redistributor + GICR_SGI_FRAME + ICENABLER, UINT32_MAX);
	mmio_write32(rt_board.gicd_base + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GROUP1);
	while ((mmio_read32(rt_board.gicd_base + GICD_CTLR) & GICD_CTLR_RWP) != 0)
		;
	cpu_interface_open(PRIORITY_MASK_ALL);
}

void hal_interrupt_enable(uint32_t id)
{
	bool shared = id >= FIRST_SHARED;
	uint64_t base = shared ? rt_board.gicd_base : redistributor + GICR_SGI_FRAME;
	uint64_t word = 4u * (id / 32u);
	uint32_t bit = 1u << (id % 32u);
	uint64_t state = hal_interrupts_mask();

	mmio_write32(base + IGROUPR + word, mmio_read32(base + IGROUPR + word) | bit);
	mmio_write8(base + IPRIORITYR + id, PRIORITY);
	if (shared)
		mmio_write64(base + GICD_IROUTER + 8u * id, cpu_affinity());
	mmio_write32(base + ISENABLER + word, bit);
	hal_interrupts_restore(state);
}

void gic_on_interrupt(void)
{
	for (;;) {
		uint32_t id = cpu_interface_acknowledge();

		if (id >= SPURIOUS)
			return;
		/* The acknowledge must be complete before the handler quiets its device. */
		__asm__ volatile("dsb sy" ::: "memory");
		interrupt_dispatch(id);
		cpu_interface_end(id);
	}
}
