/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts and exceptions of the hypervisor itself. It runs with both masked: what arrives is an NMI, that is a kick, in
 * the windows below; a guest's left-over interrupt while a core parks; or an exception, our own mistake, which ends in a
 * panic. All use the stack that they find: the task register is the guest's, so that there are no other stacks to switch to.
 */
#include "arch/x86/start_offsets.h"

#define EXCEPTIONS 32
#define VECTORS 256
#define STUB_SIZE 16
#define GATE_INTERRUPT 0x8e00	/* present, privilege level 0, interrupt gate (Intel SDM volume 3, 6.14.1) */
#define NMI 2
#define ERROR_CODES 0x60227d00	/* exceptions 8, 10-14, 17, 21, 29, 30 push an error code */
#define MSR_X2APIC_EOI 0x80b

	.section .text, "ax"

/* One stub an exception: error code or zero, then its number, then all of them the same way. */
	.balign	512
	.global trap_stubs
trap_stubs:
	.set	vector, 0
	.rept	EXCEPTIONS
	.balign	STUB_SIZE
	.if	vector == NMI
	jmp	nmi_take
	.else
	.if	((ERROR_CODES >> vector) & 1) == 0
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_take
	.endif
	.set	vector, vector + 1
	.endr

/* Stack: number, error code, RIP, CS, RFLAGS, RSP, SS */
trap_take:
	popq	%rdi
	popq	%rsi
	movq	(%rsp), %rdx
	movq	%cr2, %rcx
	cld
	call	trap_panic		/* does not return */
	ud2

/*
 * An NMI leaves its mark, and a window that it interrupts is over: between the look at the mark and the HLT it would be
 * slept through, between the look and VMRESUME (vmx_enter.S) the guest would not leave for it.
 */
nmi_take:
	pushq	%rax
	movq	%rsp, %rax
	orq	$4095, %rax
	movb	$1, STACK_KICKED - STACK_RESERVED + 1(%rax)
	movq	8(%rsp), %rax
	subq	$window_begin, %rax
	cmpq	$window_end - window_begin, %rax
	jae	1f
	movq	$window_end, 8(%rsp)
1:	movq	8(%rsp), %rax
	cmpq	$vmx_window_begin, %rax
	jb	2f
	cmpq	$vmx_window_end, %rax
	jae	2f
	movq	$vmx_kicked, 8(%rsp)
2:	popq	%rax
	iretq

/* A left-over interrupt of a guest: acknowledged and forgotten. */
	.balign	16
	.global drain_take
drain_take:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	movl	$MSR_X2APIC_EOI, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	popq	%rdx
	popq	%rcx
	popq	%rax
	iretq

/* void trap_wait_nmi(bool has_gif): trap.h */
	.global trap_wait_nmi
trap_wait_nmi:
	movq	%rsp, %rax
	orq	$4095, %rax
	testl	%edi, %edi
	jz	window_begin
	stgi
window_begin:
	cmpb	$0, STACK_KICKED - STACK_RESERVED + 1(%rax)
	jne	window_end
	hlt
window_end:
	testl	%edi, %edi
	jz	1f
	clgi
1:	movb	$0, STACK_KICKED - STACK_RESERVED + 1(%rax)
	ret

/* void trap_drain(bool has_gif): trap.h */
	.global trap_drain
trap_drain:
	lidt	drain_idt_pointer
	testl	%edi, %edi
	jz	1f
	stgi
1:	sti
	nop				/* STI holds interrupts back for one instruction */
	nop
	cli
	testl	%edi, %edi
	jz	2f
	clgi
2:	lidt	idt_pointer
	ret

/* Interrupt descriptors, constant: the linker script computes the halves of the addresses (hypervisor.ld). */
	.macro	gate low, high
	.word	\low
	.word	SELECTOR_CODE64, GATE_INTERRUPT
	.word	\high
	.quad	0
	.endm

	.section .rodata
	.balign	16
idt:
	.set	vector, 0
	.rept	EXCEPTIONS
	gate	trap_stubs_low + (vector * STUB_SIZE), trap_stubs_high
	.set	vector, vector + 1
	.endr
idt_end:

/*
 * While a core drains: guests may have used all vectors that the local APIC has. Those below 16 are none (Intel SDM volume 3,
 * 11.5.2), but an APIC may still keep them as pending (QEMU's does), and nothing in that window can raise an exception.
 */
drain_idt:
	.set	vector, 0
	.rept	VECTORS
	.if	vector == NMI
	gate	trap_stubs_low + (vector * STUB_SIZE), trap_stubs_high
	.else
	gate	drain_low, drain_high
	.endif
	.set	vector, vector + 1
	.endr
drain_idt_end:

	.global idt_pointer
idt_pointer:
	.word	idt_end - idt - 1
	.quad	idt
drain_idt_pointer:
	.word	drain_idt_end - drain_idt - 1
	.quad	drain_idt
