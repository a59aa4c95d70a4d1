/* SPDX-License-Identifier: Apache-2.0 */
/* Copying golden images, 64 bytes a step, and cleaning what was written to the point of coherency. */

	.section .text, "ax"

/* void arch_loader_copy(uint64_t to, uint64_t from, uint64_t size, uint64_t fill): arch/loader.h */
	.global arch_loader_copy
arch_loader_copy:
	mov	x8, x0				/* for the cleaning */
	subs	x2, x2, #64
	b.lo	2f
1:	ldp	x4, x5, [x1], #64
	ldp	x6, x7, [x1, #-48]
	stp	x4, x5, [x0], #64
	stp	x6, x7, [x0, #-48]
	ldp	x4, x5, [x1, #-32]
	ldp	x6, x7, [x1, #-16]
	subs	x2, x2, #64
	stp	x4, x5, [x0, #-32]
	stp	x6, x7, [x0, #-16]
	b.hs	1b
2:	adds	x2, x2, #64
	b.eq	4f
3:	ldrb	w4, [x1], #1
	strb	w4, [x0], #1
	subs	x2, x2, #1
	b.ne	3b

	/* fill: bytes up to a 64-byte boundary, then lines, then bytes */
4:	cbz	x3, 8f
5:	tst	x0, #63
	b.eq	6f
	strb	wzr, [x0], #1
	subs	x3, x3, #1
	b.ne	5b
	b	8f
6:	subs	x3, x3, #64
	b.lo	7f
	stp	xzr, xzr, [x0], #64
	stp	xzr, xzr, [x0, #-48]
	stp	xzr, xzr, [x0, #-32]
	stp	xzr, xzr, [x0, #-16]
	b	6b
7:	adds	x3, x3, #64
	b.eq	8f
9:	strb	wzr, [x0], #1
	subs	x3, x3, #1
	b.ne	9b

	/* clean and invalidate [x8, x0) by the smallest data cache line (CTR_EL0.DminLine, log2 of words) */
8:	dsb	ish
	mrs	x4, ctr_el0
	ubfx	x4, x4, #16, #4
	mov	x5, #4
	lsl	x5, x5, x4
	sub	x6, x5, #1
	bic	x8, x8, x6
10:	cmp	x8, x0
	b.hs	11f
	dc	civac, x8
	add	x8, x8, x5
	b	10b
11:	dsb	sy
	ret
