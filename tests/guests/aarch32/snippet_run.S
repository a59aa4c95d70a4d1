/* SPDX-License-Identifier: Apache-2.0 */
/* Into a snippet by an exception return, out of it by whatever exception it ends with. */
	.syntax	unified
	.arch	armv8-a
	.arm

#define PSR_MASKED 0x1c0

/* In the exception's mode: r0-r3 to the area, by way of TPIDRPRW since no other register is free. */
	.macro	caught ending
	mcr	p15, 0, r0, c13, c0, 4
	ldr	r0, =area
	str	r1, [r0, #4]
	str	r2, [r0, #8]
	str	r3, [r0, #12]
	mrc	p15, 0, r1, c13, c0, 4
	str	r1, [r0]
	mov	r1, #\ending
	b	leave
	.endm

	.section .text.snippet, "ax"
	.balign	32
snippet_vectors:
	b	.
	b	undefined
	b	passed
	b	prefetch_abort
	b	data_abort
	b	.
	b	.
	b	.

undefined:
	caught	2
passed:
	caught	1
prefetch_abort:
	caught	3
data_abort:
	caught	4

/* System mode has the stack of the caller, who was in it. */
leave:
	clrex
	cps	#0x1f
	ldr	r2, [r0, #16]
	mov	sp, r2
	ldr	r2, [r0, #20]
	mcr	p15, 0, r2, c12, c0, 0
	isb
	mov	r2, r0
	mov	r0, r1
	pop	{r1}				/* the caller's registers */
	ldr	r3, [r2]
	str	r3, [r1]
	ldr	r3, [r2, #4]
	str	r3, [r1, #4]
	ldr	r3, [r2, #8]
	str	r3, [r1, #8]
	ldr	r3, [r2, #12]
	str	r3, [r1, #12]
	pop	{r4-r11, pc}

	.global	snippet_enter
	.type	snippet_enter, %function
snippet_enter:
	push	{r4-r11, lr}
	push	{r2}
	ldr	r4, =area
	str	sp, [r4, #16]
	mrc	p15, 0, r5, c12, c0, 0
	str	r5, [r4, #20]
	ldr	r5, =snippet_vectors
	mcr	p15, 0, r5, c12, c0, 0
	isb
	cps	#0x13
	orr	r1, r1, #PSR_MASKED
	msr	spsr_cxsf, r1
	mov	lr, r0
	mov	r4, r2
	ldm	r4, {r0-r3}
	movs	pc, lr
	.ltorg

	.bss
	.balign	8
area:
	.space	24				/* r0-r3, the stack, the vectors before */
