/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a core with a guest: VMRUN, its registers to the stack, the exit's answer, its registers back. The hypervisor's C
 * keeps R8 to R15 (Makefile: HV_CFLAGS_x86), so that most exits move six registers only.
 */
#include "arch/x86/rest.S"
#include "plan/vmcb.h"

	.section .text, "ax"

/* void svm_run(uint64_t control, uint64_t argument, uint64_t signature, uint64_t stack_top): svm.c */
	.global svm_run
svm_run:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	leaq	GUEST_REST - GUEST_SIZE - STACK_RESERVED - 8(%rcx), %rsp	/* struct guest at a multiple of 16 */
	movq	%rax, GUEST_CONTROL - GUEST_REST(%rsp)
	clear_rest
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
	movq	%rax, GUEST_REST + 8(%rsp)
	save_rest
	movq	%rsp, %rdi
	call	svm_exit_whole
	movq	GUEST_CONTROL(%rsp), %rsi
	movq	GUEST_REST + 8(%rsp), %rax
	movq	%rax, VMCB_RSP(%rsi)
	restore_rest
	jmp	2b
