/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Macros, included by svm_enter.S and vmx_enter.S: the guest's registers that C keeps (Makefile: HV_CFLAGS_x86), to and from
 * their places in a struct guest at RSP. Not here: RSP, which is in the processor's control block or structure.
 */
#include "arch/x86/start_offsets.h"

#define GUEST_REST_OF(number) (GUEST_REST + 8 * ((number) - 6)) /* R8 to R15, behind RBP and RSP */

	.macro save_rest
	movq	%rbp, GUEST_REST(%rsp)
	.irp number, 8, 9, 10, 11, 12, 13, 14, 15
	movq	%r\number, GUEST_REST_OF(\number)(%rsp)
	.endr
	.endm

	.macro restore_rest
	movq	GUEST_REST(%rsp), %rbp
	.irp number, 8, 9, 10, 11, 12, 13, 14, 15
	movq	GUEST_REST_OF(\number)(%rsp), %r\number
	.endr
	.endm

	/* What a guest begins with, and RBX and RCX */
	.macro clear_rest
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%ebp, %ebp
	.irp register, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
	xorl	%\register, %\register
	.endr
	.endm
