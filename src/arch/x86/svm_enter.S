/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a core with a guest: VMRUN, its registers to the stack, the exit's answer, its registers back. The hypervisor's C
 * keeps R8 to R15 (Makefile: HV_CFLAGS_x86), so that most exits move six registers only.
 */
#include "arch/x86/start_offsets.h"
#include "plan/vmcb.h"

	.section .text, "ax"

/* void svm_run(uint64_t control, uint64_t argument, uint64_t signature, uint64_t stack_top): svm.c */
	.global svm_run
svm_run:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	leaq	GUEST_REST - GUEST_SIZE - STACK_RESERVED - 8(%rcx), %rsp	/* struct guest at a multiple of 16 */
	movq	%rax, GUEST_CONTROL - GUEST_REST(%rsp)
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	vmload	%rax

	/* rax = control: VMRUN keeps the hypervisor's own RAX and RSP. A kick that is pending comes behind it, as an exit. */
1:	vmrun	%rax
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rbx
	pushq	VMCB_RAX(%rax)
	movq	%rsp, %rdi
	movq	%rax, %rsi
	call	svm_exit
	testb	%al, %al
	jz	3f
2:	movq	GUEST_CONTROL(%rsp), %rax
	popq	VMCB_RAX(%rax)
	popq	%rbx
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	jmp	1b

	/* It needs all of them: the C so far has kept these. */
3:	movq	GUEST_CONTROL(%rsp), %rsi
	movq	VMCB_RSP(%rsi), %rax
	movq	%rbp, GUEST_REST(%rsp)
	movq	%rax, GUEST_REST + 8(%rsp)
	movq	%r8, GUEST_REST + 16(%rsp)
	movq	%r9, GUEST_REST + 24(%rsp)
	movq	%r10, GUEST_REST + 32(%rsp)
	movq	%r11, GUEST_REST + 40(%rsp)
	movq	%r12, GUEST_REST + 48(%rsp)
	movq	%r13, GUEST_REST + 56(%rsp)
	movq	%r14, GUEST_REST + 64(%rsp)
	movq	%r15, GUEST_REST + 72(%rsp)
	movq	%rsp, %rdi
	call	svm_exit_whole
	movq	GUEST_CONTROL(%rsp), %rsi
	movq	GUEST_REST(%rsp), %rbp
	movq	GUEST_REST + 8(%rsp), %rax
	movq	%rax, VMCB_RSP(%rsi)
	movq	GUEST_REST + 16(%rsp), %r8
	movq	GUEST_REST + 24(%rsp), %r9
	movq	GUEST_REST + 32(%rsp), %r10
	movq	GUEST_REST + 40(%rsp), %r11
	movq	GUEST_REST + 48(%rsp), %r12
	movq	GUEST_REST + 56(%rsp), %r13
	movq	GUEST_REST + 64(%rsp), %r14
	movq	GUEST_REST + 72(%rsp), %r15
	jmp	2b
