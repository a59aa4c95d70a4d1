/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a core with a guest: VMLAUNCH once, then VMRESUME; at an exit its registers to the stack, the answer, its registers
 * back. The hypervisor's C keeps R8 to R15 (Makefile: HV_CFLAGS_x86), so that most exits move six registers only. NMIs are not
 * masked here. One that comes while the hypervisor runs leaves its mark (vectors.S), which is looked at last before the guest; one
 * that comes behind that look, but before the guest, sends the core back to it.
 */
#include "arch/x86/rest.S"

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
	clear_rest

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
1:	save_rest
	movq	%rsp, %rdi
	call	vmx_exit_whole
	restore_rest
	jmp	registers_pop
