/* SPDX-License-Identifier: Apache-2.0 */
/* The jump to a snippet and the way back: as probe_jump, with registers. */
#include "hostile/probe.h"

/* uint64_t snippet_call(uint64_t pc, uint64_t pstate, uint64_t registers[4]): x10..x13 in and out */
	.text
	.global	snippet_call
snippet_call:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x2, [sp, #96]
	adrp	x4, probe
	add	x4, x4, :lo12:probe
	mov	x3, sp
	str	x3, [x4, #PROBE_STACK]
	adr	x3, 1f
	str	x3, [x4, #PROBE_RESUME]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	ldp	x10, x11, [x2]
	ldp	x12, x13, [x2, #16]
	isb
	eret
1:	adrp	x4, probe
	add	x4, x4, :lo12:probe
	ldr	x3, [x4, #PROBE_STACK]
	mov	sp, x3
	ldr	x2, [sp, #96]
	stp	x10, x11, [x2]
	stp	x12, x13, [x2, #16]
	ldr	x0, [x4, #PROBE_SYNDROME]
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #112
	ret
