/* SPDX-License-Identifier: Apache-2.0 */
/* The GICv2 as the probe starts it, in the one group that it has, and what it measures of its registers. */
#include "probe.h"

#define ISENABLER 0x0100u
#define IPRIORITYR 0x0400u
#define ITARGETSR 0x0800u
#define ENABLE 0x1u
#define PRIORITY 0x80u
#define CORE_0 0x01u

#define GICD_ITARGETSR8 (PROBE_GICD + 0x820u)

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
	write32(PROBE_GICD, ENABLE);
	write8(PROBE_GICD + IPRIORITYR + PROBE_UART_INTID, PRIORITY);
	write8(PROBE_GICD + ITARGETSR + PROBE_UART_INTID, CORE_0);
	write32(PROBE_GICD + ISENABLER + 4u, 1u << (PROBE_UART_INTID - 32));
}

void gic_start(uint32_t core)
{
	if (core == 0u) {
		distributor_start();
	}
	write8(PROBE_GICD + IPRIORITYR + PROBE_SGI, PRIORITY);
	write8(PROBE_GICD + IPRIORITYR + PROBE_TIMER, PRIORITY);
	write32(PROBE_GICD + ISENABLER, (1u << PROBE_SGI) | (1u << PROBE_TIMER));
	probe_priority_mask(0xffu);
	write32(PROBE_GICC + PROBE_GICC_CTLR, ENABLE);
}

SAMPLE(timer_itargetsr, probe_timer_hammered(index, GICD_ITARGETSR8, CORE_0 * 0x01010101u))
SAMPLE(timer_sgir, probe_timer_hammered(index, PROBE_GICD_SGIR, PROBE_SGI_NOBODY))
SAMPLE(gicd_itargetsr, measure_write32(GICD_ITARGETSR8, CORE_0 * 0x01010101u))

static const struct probe_row rows[] = {
	{"timer_itargetsr", timer_itargetsr},
	{"timer_sgir", timer_sgir},
	{"gicd_itargetsr", gicd_itargetsr},
};

const struct probe_rows gic_rows = {rows, sizeof(rows) / sizeof(rows[0])};
