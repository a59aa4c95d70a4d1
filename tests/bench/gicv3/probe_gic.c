/* SPDX-License-Identifier: Apache-2.0 */
/* The GICv3 as the probe starts it, all interrupts in group 1, and what it measures of its registers. */
#include "probe.h"

#define GICD_CTLR 0x0000u
#define GICD_CTLR_ARE_GROUP1 0x12u
#define GICD_IROUTER 0x6000u
#define GICR_WAKER 0x0014u
#define WAKER_PROCESSOR_SLEEP 0x2u
#define WAKER_CHILDREN_ASLEEP 0x4u
/* the same in the distributor and in a redistributor's SGI frame */
#define IGROUPR 0x0080u
#define ISENABLER 0x0100u
#define IPRIORITYR 0x0400u
#define PRIORITY 0x80u

#define GICD_IROUTER33 (PROBE_GICD + 0x6108u)
#define GICR_TYPER (PROBE_GICR + 0x8u)

static uint32_t read32(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

static void write32(uintptr_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

static void write8(uintptr_t address, uint8_t value)
{
	*(volatile uint8_t *)address = value;
}

static void distributor_start(void)
{
	write32(PROBE_GICD + GICD_CTLR, GICD_CTLR_ARE_GROUP1);
	write32(PROBE_GICD + IGROUPR + 4u, 1u << (PROBE_UART_INTID - 32));
	write8(PROBE_GICD + IPRIORITYR + PROBE_UART_INTID, PRIORITY);
	*(volatile uint64_t *)(PROBE_GICD + GICD_IROUTER + (8u * PROBE_UART_INTID)) = 0u;
	write32(PROBE_GICD + ISENABLER + 4u, 1u << (PROBE_UART_INTID - 32));
}

static void redistributor_start(uintptr_t frame)
{
	uintptr_t sgi_frame = frame + PROBE_GICR_SGI_FRAME;

	write32(frame + GICR_WAKER, read32(frame + GICR_WAKER) & ~WAKER_PROCESSOR_SLEEP);
	while ((read32(frame + GICR_WAKER) & WAKER_CHILDREN_ASLEEP) != 0u) {
	}
	write32(sgi_frame + IGROUPR, UINT32_MAX);
	write8(sgi_frame + IPRIORITYR + PROBE_SGI, PRIORITY);
	write8(sgi_frame + IPRIORITYR + PROBE_TIMER, PRIORITY);
	write32(sgi_frame + ISENABLER, (1u << PROBE_SGI) | (1u << PROBE_TIMER));
}

void gic_start(uint32_t core)
{
	if (core == 0u) {
		distributor_start();
	}
	redistributor_start(PROBE_GICR + ((uintptr_t)core * PROBE_GICR_STRIDE));
	__asm__ volatile("msr S3_0_C12_C12_5, %0\n\tisb" ::"r"(1ul)); /* ICC_SRE_EL1.SRE */
	probe_priority_mask(0xffu);
	__asm__ volatile("msr S3_0_C12_C12_7, %0\n\tisb" ::"r"(1ul)); /* ICC_IGRPEN1_EL1 */
}

SAMPLE(gicd_irouter, measure_write64(GICD_IROUTER33, 0))
SAMPLE(gicr_read, measure_read64(GICR_TYPER))

static const struct probe_row rows[] = {
	{"gicd_irouter", gicd_irouter},
	{"gicr_read", gicr_read},
};

const struct probe_rows gic_rows = {rows, sizeof(rows) / sizeof(rows[0])};
