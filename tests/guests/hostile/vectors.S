/* SPDX-License-Identifier: Apache-2.0 */
/* The probe's vectors and its jump. Attacks run at EL1t; exceptions use the kernel's stack, which is empty then. */
#include "hostile/probe.h"

	.macro	entry target
	.balign	0x80
	b	\target
	.endm

	.section .text.hostile, "ax"
	.balign	0x800
	.global	probe_vectors
probe_vectors:
	.rept	4		/* from EL1t, EL1h, EL0, EL0 in A32 state: synchronous, IRQ, FIQ, SError */
	entry	probe_synchronous
	entry	probe_unmasked
	entry	probe_unmasked
	entry	probe_unmasked
	.endr

probe_synchronous:
	stp	x0, x1, [sp, #-32]!
	stp	x2, x3, [sp, #16]
	adrp	x0, probe
	add	x0, x0, :lo12:probe
	ldr	x1, [x0, #PROBE_COUNT]
	add	x1, x1, #1
	str	x1, [x0, #PROBE_COUNT]
	mrs	x1, esr_el1
	str	x1, [x0, #PROBE_SYNDROME]
	mrs	x1, far_el1
	str	x1, [x0, #PROBE_ADDRESS]
	mrs	x1, elr_el1
	str	x1, [x0, #PROBE_PC]
	add	x1, x1, #4
	ldr	x2, [x0, #PROBE_RESUME]
	cbz	x2, 1f
	str	xzr, [x0, #PROBE_RESUME]
	mov	x1, x2
	mov	x2, #PROBE_EL1
	msr	spsr_el1, x2
1:	msr	elr_el1, x1
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #32
	eret

/* Interrupts are masked while these vectors are in use. */
probe_unmasked:
	b	probe_unmasked

/* uint64_t probe_jump(uint64_t pc, uint64_t pstate) */
	.global	probe_jump
probe_jump:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	adrp	x2, probe
	add	x2, x2, :lo12:probe
	mov	x3, sp
	str	x3, [x2, #PROBE_STACK]
	adr	x3, 1f
	str	x3, [x2, #PROBE_RESUME]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	isb
	eret
1:	adrp	x2, probe
	add	x2, x2, :lo12:probe
	ldr	x3, [x2, #PROBE_STACK]
	mov	sp, x3
	ldr	x0, [x2, #PROBE_SYNDROME]
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #96
	ret
