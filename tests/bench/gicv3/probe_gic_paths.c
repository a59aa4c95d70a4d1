/* SPDX-License-Identifier: Apache-2.0 */
/* The further exits that a GICv3 alone brings: routes, redistributors, a trapped CPU interface, rare SGIs. */
#include "probe.h"

#define GICD_IROUTER33 (PROBE_GICD + 0x6108u)
#define GICR_WAKER (PROBE_GICR + 0x14u)
#define GICR_TYPER (PROBE_GICR + 0x8u)
#define GICR_PROPBASER (PROBE_GICR + 0x70u)
#define SGI_AFF2 (UINT64_C(1) << 32)

/* probe_gic_measure.S */
uint64_t measure_group_0(void);          /* ICC_IAR0_EL1 */
uint64_t measure_interface_read(void);   /* ICC_CTLR_EL1 */
uint64_t measure_interface_write(void);  /* ICC_CTLR_EL1 */
uint64_t measure_running_priority(void); /* ICC_RPR_EL1 */
uint64_t measure_deactivate(void);       /* ICC_DIR_EL1 */
uint64_t measure_sgi_other_group(void);  /* ICC_SGI0R_EL1 */

SAMPLE(gicd_irouter_read, measure_read64(GICD_IROUTER33))
SAMPLE(gicr_typer_word, measure_read32(GICR_TYPER + 4u))
SAMPLE(gicr_waker, measure_write32(GICR_WAKER, 0))
SAMPLE(gicr_propbaser, measure_read64(GICR_PROPBASER))
SAMPLE(interface_group_0, measure_group_0())
SAMPLE(interface_read, measure_interface_read())
SAMPLE(interface_write, measure_interface_write())
SAMPLE(interface_running, measure_running_priority())
SAMPLE(interface_deactivate, measure_deactivate())
SAMPLE(sgi_far, measure_sgi_write(PROBE_SGI_SELF | SGI_AFF2))
SAMPLE(sgi_other_group, measure_sgi_other_group())

static const struct probe_row rows[] = {
	{"gicd_irouter_read", gicd_irouter_read},
	{"gicr_typer_word", gicr_typer_word},
	{"gicr_waker", gicr_waker},
	{"gicr_propbaser", gicr_propbaser},
	{"interface_group_0", interface_group_0},
	{"interface_read", interface_read},
	{"interface_write", interface_write},
	{"interface_running", interface_running},
	{"interface_deactivate", interface_deactivate},
	{"sgi_far", sgi_far},
	{"sgi_other_group", sgi_other_group},
};

const struct probe_rows gic_paths = {rows, sizeof(rows) / sizeof(rows[0])};
