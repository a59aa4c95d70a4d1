/* SPDX-License-Identifier: Apache-2.0 */
/* The last instructions before a guest: empty stack, clean registers, ERET. */
#include "arch/armv8/sysreg.h"

	.section .text, "ax"

/* void vcpu_enter(uint64_t entry, uint64_t argument, uint64_t stack_top, uint64_t spsr) */
	.global vcpu_enter
vcpu_enter:
	mov	sp, x2
	msr	elr_el2, x0
	msr	spsr_el2, x3
	mov	x0, x1
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	movi	v\n\().2d, #0
	.endr
	msr	fpcr, xzr
	msr	fpsr, xzr
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov	x\n, #0
	.endr
	eret
	dsb	nsh
	isb
