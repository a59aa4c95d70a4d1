/* SPDX-License-Identifier: Apache-2.0 */
/* The probe's gates, and the ways into and out of what it tries. Exceptions and interrupts have stacks of their own (IST). */
#include "hostile/x86/probe.h"
#include "rt/x86/registers.h"

#define APIC_END 0x80b

	.text
	.balign	16
	.global	probe_stubs
probe_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	vector < 32
	/* All but these push no error code themselves (AMD64 APM volume 2, table 8-1). */
	.ifeq	(vector == 8) | ((vector >= 10) & (vector <= 14)) | (vector == 17) | (vector == 21) | (vector == 29) | (vector == 30)
	pushq	$0
	.endif
	pushq	$vector
	jmp	exception
	.else
	pushq	$vector
	jmp	interrupt
	.endif
	.set	vector, vector + 1
	.endr

/* Stack: rax, vector, error code, RIP, CS, RFLAGS, RSP, SS */
exception:
	cld
	pushq	%rax
	movq	8(%rsp), %rax
	cmpq	$2, %rax
	jne	1f
	incq	probe + PROBE_NMIS(%rip)
	jmp	2f
1:	cmpq	%rax, probe + PROBE_HOOK(%rip)
	jne	3f
2:	popq	%rax
	addq	$16, %rsp
	iretq
3:	cmpq	$PROBE_BACK, %rax
	jne	4f
	movl	$PROBE_NOTHING, %eax
4:	movq	%rax, probe + PROBE_VECTOR(%rip)
	movq	16(%rsp), %rax
	movq	%rax, probe + PROBE_ERROR(%rip)
	movq	24(%rsp), %rax
	movq	%rax, probe + PROBE_RIP(%rip)
	movq	%cr2, %rax
	movq	%rax, probe + PROBE_ADDRESS(%rip)
	movq	probe + PROBE_RESUME(%rip), %rax
	testq	%rax, %rax
	jz	probe_lost
	movq	%rax, 24(%rsp)
	movq	$SELECTOR_CODE, 32(%rsp)
	movq	$RFLAGS_RESERVED, 40(%rsp)
	movq	probe + PROBE_STACK(%rip), %rax
	movq	%rax, 48(%rsp)
	movq	$SELECTOR_DATA, 56(%rsp)
	jmp	2b

interrupt:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	movq	24(%rsp), %rax
	btsq	%rax, probe + PROBE_TAKEN(%rip)
	movl	$APIC_END, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$8, %rsp
	iretq

	.macro	enter
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	movq	%rsp, probe + PROBE_STACK(%rip)
	leaq	back(%rip), %rax
	movq	%rax, probe + PROBE_RESUME(%rip)
	.endm

	.global	probe_try
probe_try:
	enter
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax
	movl	$PROBE_NOTHING, %eax
	jmp	leave

	.global	probe_try_user
probe_try_user:
	enter
	leaq	probe_stack_user_top(%rip), %rax
	leaq	return_user(%rip), %rcx
	movq	%rcx, -8(%rax)
	subq	$8, %rax
	pushq	$PROBE_DATA_USER
	pushq	%rax
	pushq	$RFLAGS_RESERVED
	pushq	$PROBE_CODE_USER
	pushq	%rdi
	movq	%rsi, %rdi
	iretq
return_user:
	int3

back:
	movq	probe + PROBE_VECTOR(%rip), %rax
leave:
	movq	$0, probe + PROBE_RESUME(%rip)
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

	.bss
	.balign	16
	.space	4096
probe_stack_user_top:

	.section .note.GNU-stack, "", @progbits
