/* SPDX-License-Identifier: Apache-2.0 */
/* A core's first instructions after CPU_ON, which note what is left in its registers; code whose own page goes away. */
#include "hostile/remains.h"

	.section .text, "ax"

	.macro	add_register name
	mrs	x2, \name
	orr	x1, x1, x2
	.endm

/* PSCI entry, MMU off: x0 = struct remains. Fills it, then the core is off again. */
	.global	remains_entry
remains_entry:
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	orr	x1, x1, x\n
	.endr
	str	x1, [x0, #REMAINS_GENERAL]
	mov	x1, #0
	add_register	tpidr_el0
	add_register	tpidrro_el0
	add_register	tpidr_el1
	add_register	sp_el0
	add_register	ttbr0_el1
	add_register	ttbr1_el1
	add_register	tcr_el1
	add_register	mair_el1
	add_register	vbar_el1
	add_register	contextidr_el1
	add_register	elr_el1
	add_register	spsr_el1
	add_register	esr_el1
	add_register	far_el1
	add_register	par_el1
	add_register	afsr0_el1
	add_register	afsr1_el1
	add_register	cpacr_el1
	add_register	cntkctl_el1
	add_register	cntv_cval_el0
	add_register	cntp_cval_el0
	add_register	mdscr_el1
	str	x1, [x0, #REMAINS_SYSTEM]
	mrs	x1, sctlr_el1
	str	x1, [x0, #REMAINS_CONTROL]
	mrs	x1, mpidr_el1
	str	x1, [x0, #REMAINS_IDENTITY]
	mov	x1, #(3 << 20)			/* CPACR_EL1.FPEN */
	msr	cpacr_el1, x1
	isb
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	orr	v0.16b, v0.16b, v\n\().16b
	.endr
	mov	x1, v0.d[0]
	mov	x2, v0.d[1]
	orr	x1, x1, x2
	add_register	fpcr
	add_register	fpsr
	str	x1, [x0, #REMAINS_VECTOR]
	mov	x1, #1
	str	x1, [x0, #REMAINS_DONE]
	dsb	sy
	movz	w0, #0x8400, lsl #16		/* CPU_OFF */
	movk	w0, #0x0002
	hvc	#0
1:	wfi
	b	1b

/* void remains_fill(void): all registers that a call may change, and those of the vector unit */
	.global	remains_fill
remains_fill:
	mov	x0, #-1
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	dup	v\n\().2d, x0
	.endr
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17
	mov	x\n, x0
	.endr
	ret

/*
 * void remains_move(uint64_t *descriptor, uint64_t value, uint64_t address): runs at an alias whose descriptor it
 * writes, while the old translation is still known, then reads a trapped register without a syndrome. In one page.
 */
	.balign	64
	.global	remains_move
remains_move:
	str	x1, [x0]
	dsb	sy
	ldr	w3, [x2], #4
	ret
