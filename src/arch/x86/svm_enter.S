/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of a core with a guest: VMRUN, its registers to the stack, the exit's answer, its registers back. */
#include "arch/x86/start_offsets.h"
#include "plan/vmcb.h"

	.section .text, "ax"

/* void svm_run(uint64_t control, uint64_t argument, uint64_t signature, uint64_t stack_top): svm.c */
	.global svm_run
svm_run:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	leaq	-STACK_RESERVED - 8(%rcx), %rsp	/* struct guest keeps it a multiple of 16 */
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

	/* rax = control. VMRUN keeps the hypervisor's own RAX and RSP, and lets no kick by before the guest runs. */
1:	vmrun	%rax
	pushq	%rax			/* struct guest, from its end */
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%r11
	pushq	%r10
	pushq	%r9
	pushq	%r8
	pushq	VMCB_RSP(%rax)
	pushq	%rbp
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rbx
	pushq	VMCB_RAX(%rax)
	movq	%rsp, %rdi
	movq	%rax, %rsi
	call	svm_exit
	movq	GUEST_CONTROL(%rsp), %rax
	popq	VMCB_RAX(%rax)
	popq	%rbx
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	popq	%rbp
	popq	VMCB_RSP(%rax)
	popq	%r8
	popq	%r9
	popq	%r10
	popq	%r11
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	addq	$8, %rsp
	jmp	1b
