/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WFI, trapped by `wfi = "trap"`: slept at EL2, so that a kick always finds a core that it can wake. A guest that has closed its
 * CPU interface to it (disabled, mask or running priority too high, the kick's SGI active or at too low a priority: both are
 * banked, so that only this core can tell) is slept for by C, which opens it meanwhile.
 */
#include "arch/armv8/exit_asm.h"
#include "arch/armv8/start_offsets.h"
#include "arch/core_state.h"

	.section .text.vectors, "ax"

/* From the vectors: x1 = syndrome; x0-x3 on the stack */
	.global gic_wfi
gic_wfi:
	tbnz	x1, #0, exit_save_all		/* WFE is not trapped; WFIT/WFET are answered in C */
	mrs	x2, tpidr_el2
	ldr	x3, [x2, #CORE_STATE_PLAN]
	ldr	x3, [x3, #PLAN_GICD_VA_OFFSET]
	ldr	x2, [x2, #CORE_STATE_CORE]
	ldr	x2, [x2, #CORE_GICR_VA_OFFSET]	/* GICC */
	ldr	w0, [x2]			/* GICC_CTLR */
	tbz	w0, #0, exit_save_all
	ldr	w0, [x2, #0x14]			/* GICC_RPR */
	cmp	w0, #0xff
	b.ne	exit_save_all
	ldr	w0, [x3, #0x300]		/* GICD_ISACTIVER0: the kick's */
	tbnz	w0, #0, exit_save_all
	ldr	w2, [x2, #0x4]			/* GICC_PMR */
	ldrb	w0, [x3, #0x400]		/* GICD_IPRIORITYR0: the kick's */
	cmp	w0, w2
	b.hs	exit_save_all
	b	exit_wfi_sleep
