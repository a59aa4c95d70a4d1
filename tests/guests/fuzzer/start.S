/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start, vectors and the jump into the arena. Whatever ends a block of random instructions comes through the vectors to
 * `recover`, which trusts no register and no stack: it sets all that the fuzzer needs anew and goes on in C.
 */
#include "fuzzer/layout.h"

	/* Addresses and constants without a load: data may be big-endian, or the MMU off. */
	.macro	adr_far register, symbol
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
	.endm

	.macro	constant register, value
	movz	\register, #((\value) & 0xffff)
	movk	\register, #(((\value) >> 16) & 0xffff), lsl #16
	.endm

	/* x20 = this core's number; stack, tables, MMU, and everything that random instructions may have set */
	.macro	core_restore
	msr	daifset, #0xf
	msr	spsel, #1
	constant x0, FUZZER_SCTLR & ~1	/* MMU off: TTBR0 and TCR may be anything, and what the TLB holds may go */
	msr	sctlr_el1, x0
	isb
	mrs	x20, mpidr_el1
	and	x20, x20, #0xff
	adr_far	x0, stacks
	add	x1, x20, #1
	mov	x2, #STACK_SIZE
	madd	x0, x1, x2, x0
	mov	sp, x0
	adr_far	x0, vectors
	msr	vbar_el1, x0
	constant x0, FUZZER_CPACR
	msr	cpacr_el1, x0
	constant x0, FUZZER_MAIR
	msr	mair_el1, x0
	constant x0, FUZZER_TCR
	movk	x0, #FUZZER_TCR_IPS, lsl #32
	msr	tcr_el1, x0
	adr_far	x0, tables
	msr	ttbr0_el1, x0
	msr	mdscr_el1, xzr
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	constant x0, FUZZER_SCTLR
	msr	sctlr_el1, x0
	ic	iallu
	dsb	nsh
	isb
	msr	cntv_ctl_el0, xzr
	msr	cntp_ctl_el0, xzr
	msr	s3_0_c12_c12_4, xzr		/* ICC_CTLR_EL1 */
	msr	s3_0_c12_c12_3, xzr		/* ICC_BPR1_EL1 */
	msr	s3_0_c12_c9_0, xzr		/* ICC_AP1R0_EL1 */
	mov	x0, #0xff
	msr	s3_0_c4_c6_0, x0		/* ICC_PMR_EL1 */
	mov	x0, #1
	msr	s3_0_c12_c12_7, x0		/* ICC_IGRPEN1_EL1 */
	isb
	.endm

	.section .text.start, "ax"
	.global	_start
_start:
	msr	daifset, #0xf
	adr_far	x0, __bss_start
	adr_far	x1, __bss_end
1:	cmp	x0, x1
	b.hs	2f
	stp	xzr, xzr, [x0], #16
	b	1b
2:	adr_far	x0, stacks
	add	x0, x0, #STACK_SIZE
	mov	sp, x0
	bl	map_build
	core_restore
	b	fuzzer_main

	.global	secondary_entry
secondary_entry:
	core_restore
	mov	x0, x20
	b	fuzzer_core

	.macro	entry kind, target=recover
	.balign	0x80
	.ifc	\target, recover
	mov	x1, #\kind
	.endif
	b	\target
	.endm

	.section .text.vectors, "ax"
	.balign	0x800
vectors:
	.irp	target, skip, skip, skip, recover	/* from EL1t, EL1h, EL0, EL0 in AArch32 */
	entry	0, \target				/* synchronous, IRQ, FIQ, SError */
	entry	1
	entry	2
	entry	3
	.endr

/*
 * A synchronous exception in the arena: on behind the instruction, unless it was the call that ends the block.
 * Registers are kept, but for those that serve to keep them: TPIDR_EL1, TPIDRRO_EL0, SP_EL1.
 */
skip:
	msr	tpidr_el1, x0
	msr	tpidrro_el0, x1
	mrs	x0, esr_el1
	lsr	x0, x0, #26
	cmp	x0, #CLASS_SVC
	b.eq	1f
	mrs	x1, elr_el1
	and	x1, x1, #~(CORES * ARENA_SIZE - 1)
	mov	x0, #ARENA
	cmp	x0, x1
	mov	x0, #ARENA_USER
	ccmp	x0, x1, #4, ne
	b.ne	1f
	mov	sp, x2
	adr_far	x0, skipped
	mrs	x1, mpidr_el1
	and	x1, x1, #0xff
	add	x0, x0, x1, lsl #9		/* CLASSES of 8 bytes */
	mrs	x1, esr_el1
	lsr	x1, x1, #26
	ldr	x2, [x0, x1, lsl #3]
	add	x2, x2, #1
	str	x2, [x0, x1, lsl #3]
	mov	x2, sp
	mrs	x1, elr_el1
	add	x1, x1, #4
	msr	elr_el1, x1
	mrs	x1, tpidrro_el0
	mrs	x0, tpidr_el1
	eret
1:	mov	x1, #0
	b	recover

/* x1 = kind of exception */
recover:
	mov	x21, x1
	core_restore
	mrs	x2, esr_el1
	mov	x0, x20
	mov	x1, x21
	b	fuzzer_next

/* _Noreturn void arena_enter(uint64_t registers[34]): x0..x30, SP, ELR, SPSR */
	.global	arena_enter
arena_enter:
	ldp	x1, x2, [x0, #248]
	msr	sp_el0, x1
	mov	sp, x1
	msr	elr_el1, x2
	ldr	x1, [x0, #264]
	msr	spsr_el1, x1
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	isb
	eret

/* What a run is: the driver writes it into a copy of the program. The first word is how it finds the place. */
	.section .rodata, "a"
	.balign	8
	.global	fuzzer_run
fuzzer_run:
	.quad	0x444545535a5a5546	/* "FUZZSEED" */
	.quad	0			/* seed */
	.quad	0			/* profile */
	.quad	1			/* cores */

	.bss
	.balign	16
	.global	skipped			/* exceptions that a block went on behind: [core][class] */
skipped:
	.space	CORES * CLASSES * 8
stacks:
	.space	CORES * STACK_SIZE
