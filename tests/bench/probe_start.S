/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe's entry, MMU and caches off, and its vectors. It starts with the header of an arm64 Image, so that natively
 * it is started as the hypervisor is, by the emulator's loader for Linux.
 */
#include "probe.h"
#include "probe_gic.inc"

	.section .text.start, "ax"
	.global probe_start
probe_start:
	b	1f
	.long	0
	.quad	0x80000			/* text_offset */
	.quad	probe_memory_size
	.quad	0			/* flags: little-endian, load near the start of RAM */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

1:	mrs	x19, cntpct_el0		/* "the first guest instruction" */
	ldr	x0, =stack_top_0
	mov	sp, x0
	ldr	x0, =bss_start
	ldr	x1, =bss_end
2:	cmp	x0, x1
	b.hs	3f
	stp	xzr, xzr, [x0], #16
	b	2b
3:	ldr	x0, =probe_first
	str	x19, [x0]
	ldr	x0, =probe_vectors
	msr	vbar_el1, x0
	ldr	x0, =probe_interrupts
	msr	tpidr_el1, x0
	isb
	b	probe_main

	.global probe_second_start
probe_second_start:
	mrs	x18, cntvct_el0
	ldr	x0, =stack_top_1
	mov	sp, x0
	ldr	x0, =probe_vectors
	msr	vbar_el1, x0
	ldr	x0, =probe_interrupts + INTERRUPT_SIZE
	msr	tpidr_el1, x0
	isb
	ldr	x0, =probe_second_time
	str	x18, [x0]
	dsb	sy
	sev
	b	probe_second_main
	.ltorg

/*
 * x18 belongs to the handler (the probe's C is compiled with -ffixed-x18), so that its very first instruction can take
 * the time. The handler saves what an RTOS saves that calls C from here.
 */
	.section .text.vectors, "ax"
	.balign	2048
probe_vectors:
	.irp	entry, 0, 1, 2, 3, 4
	.balign	128
	b	unexpected
	.endr
	.balign	128
	mrs	x18, cntvct_el0
	b	interrupt
	.irp	entry, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	b	unexpected
	.endr
	.balign	128

unexpected:
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	mrs	x2, far_el1
	b	probe_exception

interrupt:
	stp	x0, x1, [sp, #-192]!
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x29, x30, [sp, #144]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [sp, #160]
	gic_base 5
	mrs	x0, cntvct_el0
	gic_acknowledge 1, 5
	dsb	sy
	mrs	x2, cntvct_el0
	sub	x2, x2, x0
	cmp	x1, #PROBE_TIMER
	b.ne	1f
	msr	cntv_ctl_el0, xzr
	b	2f
1:	cmp	x1, #PROBE_UART_INTID
	b.ne	2f
	mov	x3, #PROBE_UART
	mov	w4, #PROBE_UART_TX
	str	w4, [x3, #PROBE_UART_ICR]
2:	mrs	x0, cntvct_el0
	gic_end	1, 5
	mrs	x3, cntvct_el0
	sub	x3, x3, x0
	mrs	x0, tpidr_el1
	stp	x2, x3, [x0, #INTERRUPT_ACKNOWLEDGE]
	ldr	x1, [x0, #INTERRUPT_COUNT]
	add	x1, x1, #1
	stp	x1, x18, [x0, #INTERRUPT_COUNT]
	.rept	PROBE_HANDLER_FILL
	nop
	.endr
	ldp	x0, x1, [sp, #160]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	ldp	x29, x30, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #192
	eret

	.bss
	.balign	16
	.skip	2048
stack_top_0:
	.skip	2048
stack_top_1:
