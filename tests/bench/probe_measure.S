/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is timed, instruction by instruction: in assembly, so that no compiler changes a figure. Nothing but the
 * operation stands between the two reads of the counter.
 */
#include "measure.inc"
#include "probe.h"
#include "probe_gic.inc"

	/* A call's round trip has the four moves in it that fetch its arguments. */
	.macro	call instruction
	ldp	x4, x5, [x0]
	ldp	x6, x7, [x0, #16]
	before
	mov	x0, x4
	mov	x1, x5
	mov	x2, x6
	mov	x3, x7
	\instruction #0
	.endm

function measure_hvc
	call	hvc
	after

function measure_smc
	call	smc
	after

function measure_read32
	before
	ldr	w1, [x0]
	after

function measure_read64
	before
	ldr	x1, [x0]
	after

function measure_write32
	before
	str	w1, [x0]
	after

function measure_write64
	before
	str	x1, [x0]
	after

function measure_write32_post
	before
	str	w1, [x0], #4
	after

function measure_priority_mask
	gic_base 3
	before
	gic_mask 0, 3
	after

function measure_sgi_write
	gic_sgi_base 3
	before
	gic_sgi	0, 3
	after

function measure_sgi
	gic_sgi_base 3
	before
	gic_sgi	0, 3
1:	ldr	x2, [x1, #INTERRUPT_COUNT]
	cbz	x2, 1b
	mov	x0, x9
	ret

/* WFE hands the emulator's one thread to the other core at once. */
function measure_sgi_other
	gic_sgi_base 3
	before
	gic_sgi	0, 3
1:	wfe
	ldr	x2, [x1, #INTERRUPT_COUNT]
	cbz	x2, 1b
	mov	x0, x9
	ret

function measure_uart
	mov	x2, #PROBE_UART
	before
	str	w0, [x2]
1:	ldr	x2, [x1, #INTERRUPT_COUNT]
	cbz	x2, 1b
	mov	x0, x9
	ret

function measure_cpu_on
	call	hvc
	cbnz	x0, 2f
	ldr	x1, =probe_second_time
1:	wfe
	ldr	x2, [x1]
	cbz	x2, 1b
	sub	x0, x2, x9
	ret
2:	mov	x0, #0
	ret

/* A turn is five instructions. */
function measure_stolen
	before
1:	mrs	x10, cntvct_el0
	sub	x11, x10, x9
	mov	x9, x10
	cmp	x11, #16
	b.lo	1b
	sub	x0, x11, #5
	ret

function hammer_write32
1:	str	w1, [x0]
	ldr	x3, [x2, #INTERRUPT_COUNT]
	cbz	x3, 1b
	ret

function hammer_priority_mask
	gic_base 3
1:	gic_mask 0, 3
	ldr	x2, [x1, #INTERRUPT_COUNT]
	cbz	x2, 1b
	ret

/* Interrupts stay open: the caller arms the timer far enough ahead that it falls into the WFI. */
function sleep_for
1:	wfi
	ldr	x1, [x0, #INTERRUPT_COUNT]
	cbz	x1, 1b
	ret

	.ltorg
