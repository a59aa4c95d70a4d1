/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with every register filled, so that one that does not come back as it was is seen. */

	/* x4.. = PATTERN + number, of those that a call must keep (Arm DEN 0028, 2.6: x4-x30) */
	.macro	fill register, number
	add	\register, x30, #\number
	.endm

	.macro	compare register, number
	add	x0, x30, #\number
	cmp	x0, \register
	cinc	x1, x1, ne
	.endm

	.macro	each operation
	\operation x4, 4
	\operation x5, 5
	\operation x6, 6
	\operation x7, 7
	\operation x8, 8
	\operation x9, 9
	\operation x10, 10
	\operation x11, 11
	\operation x12, 12
	\operation x13, 13
	\operation x14, 14
	\operation x15, 15
	\operation x16, 16
	\operation x17, 17
	\operation x18, 18
	\operation x19, 19
	\operation x20, 20
	\operation x21, 21
	\operation x22, 22
	\operation x23, 23
	\operation x24, 24
	\operation x25, 25
	\operation x26, 26
	\operation x27, 27
	\operation x28, 28
	\operation x29, 29
	.endm

	/* uint64_t NAME(uint64_t value[4]): x0-x3 of the call, in and out; returns how many other registers changed. */
	.macro	call name, instruction
	.global	\name
\name:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #96]
	ldp	x2, x3, [x0, #16]
	ldr	x1, [x0, #8]
	ldr	x0, [x0]
	ldr	x30, =0x5a5a123400000000
	each	fill
	\instruction
	stp	x0, x1, [sp, #-32]!
	stp	x2, x3, [sp, #16]
	mov	x1, #0
	ldr	x0, =0x5a5a123400000000
	cmp	x0, x30
	cinc	x1, x1, ne
	each	compare
	ldp	x4, x5, [sp], #16
	ldp	x6, x7, [sp], #16
	ldr	x0, [sp, #96]
	stp	x4, x5, [x0]
	stp	x6, x7, [x0, #16]
	mov	x0, x1
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #112
	ret
	.endm

	.text
	call	call_hvc, "hvc #0"
	call	call_smc, "smc #0"
	call	call_hvc_1, "hvc #1"
	call	call_hvc_xen, "hvc #0xea1"
	call	call_hvc_jailhouse, "hvc #0x4a48"
	call	call_hvc_last, "hvc #0xffff"
	call	call_smc_1, "smc #1"
	call	call_smc_last, "smc #0xffff"
