/* SPDX-License-Identifier: Apache-2.0 */
/* The further exits that a GICv2 alone brings: targets of interrupts, pending SGIs. */
#include "probe.h"

#define GICD_ITARGETSR0 (PROBE_GICD + 0x800u)
#define GICD_ITARGETSR8 (PROBE_GICD + 0x820u)
#define GICD_CPENDSGIR0 (PROBE_GICD + 0xf10u)
#define OWN_BYTE (PROBE_UART_INTID % 4u)

SAMPLE(gicd_target_private, measure_read32(GICD_ITARGETSR0))
SAMPLE(gicd_target_read, measure_read32(GICD_ITARGETSR8))
SAMPLE(gicd_target_byte, measure_write8(GICD_ITARGETSR8 + OWN_BYTE, 0x1u))
SAMPLE(gicd_target_byte_read, measure_read8(GICD_ITARGETSR8 + OWN_BYTE))
SAMPLE(gicd_target_foreign, measure_write8(GICD_ITARGETSR8, 0x1u))
SAMPLE(gicd_sgi_clear, measure_write32(GICD_CPENDSGIR0, UINT32_MAX))
SAMPLE(gicd_sgi_pending, measure_read32(GICD_CPENDSGIR0))

static const struct probe_row rows[] = {
	{"gicd_target_private", gicd_target_private}, {"gicd_target_read", gicd_target_read},
	{"gicd_target_byte", gicd_target_byte},       {"gicd_target_byte_read", gicd_target_byte_read},
	{"gicd_target_foreign", gicd_target_foreign}, {"gicd_sgi_clear", gicd_sgi_clear},
	{"gicd_sgi_pending", gicd_sgi_pending},
};

const struct probe_rows gic_paths = {rows, sizeof(rows) / sizeof(rows[0])};
