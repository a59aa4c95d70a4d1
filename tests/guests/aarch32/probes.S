/* SPDX-License-Identifier: Apache-2.0 */
/* The probes of probes.h, assembled twice, and the vector that catches their exceptions. */
	.syntax	unified
	.arch_extension virt
	.arch_extension sec

	.macro	probe name, state
	.balign	4
	.type	\name\()_\state, %function
\name\()_\state:
	.endm

	.macro	probes state
	.\state
	probe	mask_written, \state
	cmp	r0, r0
	it	eq
	mcreq	p15, 0, r0, c4, c6, 0
	bx	lr

	probe	mask_kept, \state
	cmp	r0, r0
	it	ne
	mcrne	p15, 0, r0, c4, c6, 0
	bx	lr

	probe	mask_in_block, \state
	mov	r1, #0
	cmp	r0, r0
	ittee	eq
	mcreq	p15, 0, r0, c4, c6, 0
	addeq	r1, r1, #1
	addne	r1, r1, #2
	addne	r1, r1, #4
	mov	r0, r1
	bx	lr

	probe	hvc, \state
	hvc	#0
	bx	lr

	probe	smc, \state
	smc	#0
	bx	lr

	probe	smc_kept, \state
	cmp	r0, r0
	it	ne
	smcne	#0
	bx	lr

/* r2: where to go on. */
	probe	undefined, \state
	adr	r2, 2f
	adr	r0, 1f
	.balign	4
1:	udf	#0
	.balign	4
2:	bx	lr

	.pushsection .rodata.probes_\state, "a"
	.balign	4
	.global	probes_\state
probes_\state:
	.word	mask_written_\state, mask_kept_\state, mask_in_block_\state, hvc_\state, smc_\state, smc_kept_\state
	.word	undefined_\state
	.popsection
	.endm

	.section .text.probes, "ax"
	probes	arm
	probes	thumb

	.arm
	.balign	32
probe_vectors:
	b	.
	b	undefined_caught
	b	vectors + 8
	b	vectors + 12
	b	vectors + 16
	b	.
	b	vectors + 24
	b	vectors + 28

/* Undefined mode has no stack here: its SP serves as a pointer. SPSR has the state to go on in. */
undefined_caught:
	movw	sp, #:lower16:probe_record
	movt	sp, #:upper16:probe_record
	str	lr, [sp]
	mrs	lr, spsr
	str	lr, [sp, #4]
	movs	pc, r2

	.global	probes_catch
	.type	probes_catch, %function
probes_catch:
	adr	r0, probe_vectors
	mcr	p15, 0, r0, c12, c0, 0
	isb
	bx	lr

	.bss
	.balign	8
	.global	probe_record
probe_record:
	.space	8
