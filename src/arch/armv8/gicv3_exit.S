/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WFI, trapped by `wfi = "trap"`: slept at EL2, so that a kick always finds a core that it can wake. A guest that has closed its
 * CPU interface (disabled, mask or running priority too high) is slept for by C, which opens it meanwhile.
 */
#include "arch/armv8/exit_asm.h"

	.section .text.vectors, "ax"

/* From the vectors: x1 = syndrome; x0-x3 on the stack */
	.global gic_wfi
gic_wfi:
	tbnz	x1, #0, exit_save_all		/* WFE is not trapped; WFIT/WFET are answered in C */
	mrs	x0, S3_0_C12_C12_7		/* ICC_IGRPEN1_EL1 */
	tbz	x0, #0, exit_save_all
	mrs	x0, S3_0_C4_C6_0		/* ICC_PMR_EL1 */
	cmp	x0, #WFI_PMR_OPEN
	b.lo	exit_save_all
	mrs	x0, S3_0_C12_C11_3		/* ICC_RPR_EL1 */
	cmp	x0, #0xff
	b.ne	exit_save_all
	b	exit_wfi_sleep
