/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exception vectors and the context switch. Tasks run on their own stacks, handlers on the kernel's, which the core
 * switches to by itself (IST) and which is empty whenever a task runs; exceptions have a third. A task's whole state is
 * saved to its struct hal_context on each entry, so that interrupt and switch are one path.
 */
#include "rt/x86/context.h"
#include "rt/x86/registers.h"

	.section .text.vectors, "ax"
	.balign	16
	.global	vectors
vectors:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	vector < VECTOR_SWITCH
	/* All but these push no error code themselves (AMD64 APM volume 2, table 8-1). */
	.ifeq	(vector == 8) | ((vector >= 10) & (vector <= 14)) | (vector == 17) | (vector == 21) | (vector == 29) | (vector == 30)
	pushq	$0
	.endif
	pushq	$vector
	jmp	exception
	.elseif	vector == VECTOR_SWITCH
	pushq	$vector
	jmp	task_switch
	.else
	pushq	$vector
	jmp	task_interrupt
	.endif
	.set	vector, vector + 1
	.endr

/* On the stack: the vector, then rip, cs, rflags, rsp, ss; it is aligned for calls. */
	.macro	save_context
	pushq	%rax
	movq	scheduler_context(%rip), %rax
	movq	%rbx, CONTEXT_RBX(%rax)
	movq	%rcx, CONTEXT_RCX(%rax)
	movq	%rdx, CONTEXT_RDX(%rax)
	movq	%rsi, CONTEXT_RSI(%rax)
	movq	%rdi, CONTEXT_RDI(%rax)
	movq	%rbp, CONTEXT_RBP(%rax)
	movq	%r8, CONTEXT_R8(%rax)
	movq	%r9, CONTEXT_R9(%rax)
	movq	%r10, CONTEXT_R10(%rax)
	movq	%r11, CONTEXT_R11(%rax)
	movq	%r12, CONTEXT_R12(%rax)
	movq	%r13, CONTEXT_R13(%rax)
	movq	%r14, CONTEXT_R14(%rax)
	movq	%r15, CONTEXT_R15(%rax)
	popq	CONTEXT_RAX(%rax)
	movq	8(%rsp), %rcx
	movq	24(%rsp), %rdx
	movq	32(%rsp), %rbx
	movq	%rcx, CONTEXT_RIP(%rax)
	movq	%rdx, CONTEXT_RFLAGS(%rax)
	movq	%rbx, CONTEXT_RSP(%rax)
	fxsave64 CONTEXT_FX(%rax)
	cld
	.endm

	.text
task_interrupt:
	save_context
	movq	(%rsp), %rdi
	call	apic_on_interrupt
	call	scheduler_switch
	jmp	context_restore

task_switch:
	save_context
	call	scheduler_switch
	jmp	context_restore

/* Reports what it can; never returns. */
exception:
	cld
	movq	%rsp, %rdi
	movq	%cr2, %rsi
	andq	$-16, %rsp
	call	fault_report

/* void hal_context_start(struct hal_context *) */
	.global	hal_context_start
hal_context_start:
	movq	%rdi, %rax

context_restore:
	fxrstor64 CONTEXT_FX(%rax)
	leaq	kernel_stack_top(%rip), %rsp
	pushq	$SELECTOR_DATA
	pushq	CONTEXT_RSP(%rax)
	pushq	CONTEXT_RFLAGS(%rax)
	pushq	$SELECTOR_CODE
	pushq	CONTEXT_RIP(%rax)
	movq	CONTEXT_RBX(%rax), %rbx
	movq	CONTEXT_RCX(%rax), %rcx
	movq	CONTEXT_RDX(%rax), %rdx
	movq	CONTEXT_RSI(%rax), %rsi
	movq	CONTEXT_RDI(%rax), %rdi
	movq	CONTEXT_RBP(%rax), %rbp
	movq	CONTEXT_R8(%rax), %r8
	movq	CONTEXT_R9(%rax), %r9
	movq	CONTEXT_R10(%rax), %r10
	movq	CONTEXT_R11(%rax), %r11
	movq	CONTEXT_R12(%rax), %r12
	movq	CONTEXT_R13(%rax), %r13
	movq	CONTEXT_R14(%rax), %r14
	movq	CONTEXT_R15(%rax), %r15
	movq	CONTEXT_RAX(%rax), %rax
	iretq

	.section .note.GNU-stack, "", @progbits
