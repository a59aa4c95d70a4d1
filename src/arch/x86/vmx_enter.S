/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a core with a guest: VMLAUNCH once, then VMRESUME; at an exit its registers to the stack, the answer, its registers
 * back. The hypervisor's C keeps R8 to R15 (Makefile: HV_CFLAGS_x86), so that most exits move six registers only. NMIs are not masked here. One that comes while the hypervisor runs leaves its mark (vectors.S), which is looked at last
 * before the guest; one that comes behind that look, but before the guest, sends the core back to it.
 */
#include "arch/x86/start_offsets.h"

/* From RSP while the guest's registers are loaded: struct guest from GUEST_REST on is above */
#define MARKS (STACK_GUEST - GUEST_REST - STACK_RESERVED + STACK_KICKED)
#define KICKED MARKS
#define LAUNCHED (MARKS + 1)
#define ONLY_LAUNCHED 0x0100	/* both, as one number */

	.section .text, "ax"

	.macro registers_push
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rbx
	pushq	%rax
	movq	%rsp, %rdi
	.endm

/* void vmx_run(uint64_t argument, uint64_t signature, uint64_t stack_top): vmx.c */
	.global vmx_run
vmx_run:
	leaq	GUEST_REST - STACK_GUEST(%rdx), %rsp
	movb	$0, LAUNCHED(%rsp)
	movq	%rsi, %rdx
	movq	%rdi, %rsi
	xorl	%eax, %eax
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

	.global vmx_window_begin, vmx_window_end
vmx_window_begin:
	cmpw	$ONLY_LAUNCHED, MARKS(%rsp)
	jne	1f
	vmresume
	jmp	vmx_refused
1:	cmpb	$0, KICKED(%rsp)
	jne	vmx_kicked
	vmlaunch
vmx_window_end:
	jmp	vmx_refused		/* does not return */

/* A kick came while the hypervisor ran: it is handled as one that made the guest leave. */
	.global vmx_kicked
vmx_kicked:
	registers_push
	call	vmx_kick
	jmp	registers_pop

/* Where an exit arrives. */
	.global vmx_arrive
vmx_arrive:
	movb	$1, LAUNCHED(%rsp)
	registers_push
	call	vmx_exit
	testb	%al, %al
	jz	1f
registers_pop:
	popq	%rax
	popq	%rbx
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	jmp	vmx_window_begin

	/* It needs all of them: the C so far has kept these. RSP is in the control structure. */
1:	movq	%rbp, GUEST_REST(%rsp)
	movq	%r8, GUEST_REST + 16(%rsp)
	movq	%r9, GUEST_REST + 24(%rsp)
	movq	%r10, GUEST_REST + 32(%rsp)
	movq	%r11, GUEST_REST + 40(%rsp)
	movq	%r12, GUEST_REST + 48(%rsp)
	movq	%r13, GUEST_REST + 56(%rsp)
	movq	%r14, GUEST_REST + 64(%rsp)
	movq	%r15, GUEST_REST + 72(%rsp)
	movq	%rsp, %rdi
	call	vmx_exit_whole
	movq	GUEST_REST(%rsp), %rbp
	movq	GUEST_REST + 16(%rsp), %r8
	movq	GUEST_REST + 24(%rsp), %r9
	movq	GUEST_REST + 32(%rsp), %r10
	movq	GUEST_REST + 40(%rsp), %r11
	movq	GUEST_REST + 48(%rsp), %r12
	movq	GUEST_REST + 56(%rsp), %r13
	movq	GUEST_REST + 64(%rsp), %r14
	movq	GUEST_REST + 72(%rsp), %r15
	jmp	registers_pop
