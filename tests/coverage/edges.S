/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that walks the exit paths which no usual guest takes: every register in a trapped transfer, an access without
 * syndrome from EL0, WFI behind a closed CPU interface, zero fill of odd sizes. Prints "edges: <step> ok" and so on; a
 * step that goes wrong ends with its name and "failed".
 */
#define UART 0x09000000
#define GICD_TYPER 0x08000004
#define GICR_SGI_FRAME 0x080b0000
#define GICR_ISENABLER0 0x100
#define TIMER_BIT 0x8000000		/* PPI 27, the virtual timer */
#define TIMER_TICKS 10000
#define TCR 0x200800020		/* 4 GiB, EPD1, 40 bits */
#define EC_SVC64 0x15
#define SCTLR_SPAN 0x800000

	.macro say text
	adr	x0, 91f
	bl	print
	b	92f
91:	.asciz	"\text"
	.balign	4
92:
	.endm

	.section .text, "ax"
	.global _start
_start:
	ldr	x0, =stack_top
	mov	sp, x0
	adr	x0, vectors
	msr	vbar_el1, x0
	isb

	/* the image's fill, up to, over and behind a line of 64 bytes */
	say	"edges: fill"
	ldr	x1, =few_fill
	ldr	x2, =few_end
	bl	zeros
	ldr	x1, =many_fill
	ldr	x2, =many_end
	bl	zeros
	ldr	x1, =few_data
	ldrb	w2, [x1]
	cmp	w2, #0x5a
	b.ne	failed
	say	" ok\n"

	/* a read into each register, and a write from it, which a read-only register ignores */
	say	"edges: transfers"
	.macro transfer number, base
	ldr	x\base, =GICD_TYPER
	ldr	w\number, [x\base]
	str	w\number, [x\base]
	ldr	x\base, =moved
	str	x\number, [x\base, #\number * 8]
	.endm
	.irp	n, 0,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	transfer \n, 1
	.endr
	transfer 1, 2
	ldr	x1, =GICD_TYPER
	ldr	wzr, [x1]
	str	wzr, [x1]
	ldr	x1, =moved
	ldr	x2, [x1]
	cbz	x2, failed
	mov	x4, #31
1:	ldr	x3, [x1], #8
	cmp	x2, x3
	b.ne	failed
	subs	x4, x4, #1
	b.ne	1b
	say	" ok\n"

	/* an SGI to nobody from each register */
	say	"edges: SGIs"
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov	x\n, #0x1000000
	msr	S3_0_C12_C11_5, x\n
	.endr
	msr	S3_0_C12_C11_5, xzr		/* SGI 0 to nobody, too */
	say	" ok\n"

	/* EL0, stage 1 off: a post-indexed load, which has no syndrome */
	say	"edges: user"
	adr	x0, user
	msr	elr_el1, x0
	mov	x0, #0x3c0			/* EL0t, all masked */
	msr	spsr_el1, x0
	ldr	x1, =GICD_TYPER
	adr	x20, back
	isb
	eret
user:	ldr	w3, [x1], #4
	svc	#0
back:	mrs	x0, esr_el1
	lsr	x0, x0, #26
	cmp	x0, #EC_SVC64
	b.ne	failed
	ldr	x0, =GICD_TYPER + 4
	cmp	x0, x1
	b.ne	failed
	ldr	x0, =moved
	ldr	x0, [x0]
	cmp	x0, x3
	b.ne	failed
	say	" ok\n"

	/*
	 * A trace register at EL1, and an implementation-defined one in AArch32 at EL0, where there is that: undefined. With
	 * SPAN clear the exception sets PAN where there is one.
	 */
	say	"edges: undefined"
	mrs	x0, sctlr_el1
	bic	x0, x0, #SCTLR_SPAN
	msr	sctlr_el1, x0
	adr	x1, 1f
	mov	x2, #0x3c5			/* EL1, all masked */
	bl	undefined
	mrs	x0, id_aa64pfr0_el1
	and	x0, x0, #0xf
	cmp	x0, #2
	adr	x1, 2f
	mov	x2, #0x1d0			/* User mode, all masked */
	b.ne	3f
	bl	undefined
3:	say	" ok\n"
	b	4f
1:	msr	S2_1_C11_C0_0, x0
2:	.inst	0xee0f0f10			/* mcr p15, 0, r0, c15, c0, 0 */
4:

	/* the timer wakes a WFI that is trapped: interface open, priority mask closed, group closed */
	say	"edges: sleep"
	ldr	x1, =GICR_SGI_FRAME
	mov	w2, #TIMER_BIT
	str	w2, [x1, #GICR_ISENABLER0]
	mov	x1, #1
	mov	x2, #0xff
	bl	sleep
	mov	x2, #0
	bl	sleep
	mov	x1, #0
	mov	x2, #0xff
	bl	sleep
	say	" ok\n"

	/*
	 * Code whose translation is gone from memory, but not from the TLB: the hypervisor must not read it through tables
	 * that no longer lead there. It ends this guest.
	 */
	say	"edges: stale\n"
	ldr	x0, =table
	ldr	x1, =0x401			/* 0: registers */
	str	x1, [x0]
	ldr	x1, =0x40000405			/* 1 GiB and, once more, 2 GiB: memory, not cacheable */
	str	x1, [x0, #8]
	str	x1, [x0, #16]
	msr	ttbr0_el1, x0
	mov	x1, #0x4400			/* MAIR: device, memory */
	msr	mair_el1, x1
	ldr	x1, =TCR
	msr	tcr_el1, x1
	dsb	sy
	isb
	mrs	x1, sctlr_el1
	orr	x1, x1, #1
	msr	sctlr_el1, x1
	isb
	adr	x1, 1f
	mov	x2, #0x40000000
	add	x1, x1, x2
	br	x1
	.balign	4096
1:	str	xzr, [x0, #16]
	dsb	sy
	ldr	x1, =GICD_TYPER
	ldr	w2, [x1], #4
failed:
	say	" failed\n"
	b	.

/* x1 = ICC_IGRPEN1_EL1, x2 = ICC_PMR_EL1; both still are so afterwards */
/* Runs the instruction at x1 with the processor state x2: it must be undefined, and PAN set behind it. */
undefined:
	msr	elr_el1, x1
	msr	spsr_el1, x2
	adr	x20, 1f
	isb
	eret
1:	adr	x20, failed
	mrs	x0, esr_el1
	lsr	x0, x0, #26
	cbnz	x0, failed			/* unknown reason */
	mrs	x0, id_aa64mmfr1_el1
	ubfx	x0, x0, #20, #4
	cbz	x0, 2f
	mrs	x0, S3_0_C4_C2_3		/* PAN */
	tbz	x0, #22, failed
	msr	S3_0_C4_C2_3, xzr
2:	ret

sleep:
	msr	S3_0_C12_C12_7, x1
	msr	S3_0_C4_C6_0, x2
	mov	x3, #TIMER_TICKS
	msr	cntv_tval_el0, x3
	mov	x3, #1
	msr	cntv_ctl_el0, x3
	isb
1:	wfi
	mrs	x3, cntv_ctl_el0
	tbz	x3, #2, 1b			/* ISTATUS */
	msr	cntv_ctl_el0, xzr
	isb
	mrs	x3, S3_0_C12_C12_7
	cmp	x1, x3
	b.ne	failed
	ret

/* [x1, x2) */
zeros:
	ldrb	w3, [x1], #1
	cbnz	w3, failed
	cmp	x1, x2
	b.lo	zeros
	ret

/* x0 = text; keeps all but x0, x9 and x10 */
print:
	ldr	x9, =UART
1:	ldrb	w10, [x0], #1
	cbz	w10, 2f
	str	w10, [x9]
	b	1b
2:	ret
	.ltorg

	.balign	2048
vectors:
	.rept	4
	.balign	128
	b	failed
	.endr
	.balign	128				/* synchronous, from EL1 */
	br	x20
	.rept	3
	.balign	128
	b	failed
	.endr
	.balign	128				/* synchronous, from EL0 in AArch64 */
	br	x20
	.rept	3
	.balign	128
	b	failed
	.endr
	.balign	128				/* and in AArch32 */
	br	x20
	.rept	3
	.balign	128
	b	failed
	.endr

	.section .few_data, "aw", %progbits
few_data:
	.fill	61, 1, 0x5a
	.section .few_bss, "aw", %nobits
few_fill:
	.space	2
few_end:
	.section .many_data, "aw", %progbits
	.fill	61, 1, 0x5a
	.section .many_bss, "aw", %nobits
many_fill:
	.space	3 + 64 + 5
many_end:

	.section .bss, "aw", %nobits
	.balign	16
moved:	.space	31 * 8
	.balign	32
table:	.space	4 * 8
	.space	1024
	.balign	16
stack_top:
