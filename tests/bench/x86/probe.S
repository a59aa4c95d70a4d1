/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe on x86-64: what is timed, instruction by instruction, and the handler of its interrupt. It is a program of the RTOS
 * runtime, so that the same ELF runs natively and in a partition; all of it with the runtime's interrupts masked.
 */
#include "rt/x86/registers.h"

#define APIC_END 0x80b
#define APIC_TIMER_COUNT 0x838

	/* Time in `to`; RAX and RDX are lost. */
	.macro	now to
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	%rax, \to
	.endm

	.text
	.global	probe_entry
probe_entry:
	now	probe_first(%rip)
	jmp	_start

/*
 * uint64_t measure_NAME(struct operands *): ticks from one read of the counter to the next; between them stands the operation and
 * the three moves that save the first reading and load the operands that it overwrote, RAX and RDX.
 */
	.macro	measured name, operation:vararg
	.global	measure_\name
measure_\name:
	pushq	%rbx
	pushq	%r12
	movq	%rdi, %r12
	movq	8(%r12), %rbx
	movq	16(%r12), %rcx
	movq	32(%r12), %rdi
	rdtsc
	movl	%eax, %r8d
	movq	(%r12), %rax
	movq	24(%r12), %rdx
	\operation
	rdtsc
	subl	%r8d, %eax
	popq	%r12
	popq	%rbx
	ret
	.endm

	measured vmmcall, vmmcall
	measured cpuid, cpuid
	measured rdmsr, rdmsr
	measured wrmsr, wrmsr
	measured in8, inb %dx, %al
	measured out8, outb %al, %dx
	measured load, movl (%rdi), %eax
	measured store, movl %eax, (%rdi)
	measured wbinvd, wbinvd
	measured nothing, nop

/* uint64_t measure_timer(uint64_t count, bool sleeps): ticks from the deadline to the handler's first instruction. */
	.global	measure_timer
measure_timer:
	movq	%rsi, %r10
	movq	$0, probe_time(%rip)
	movl	$APIC_TIMER_COUNT, %ecx
	movl	%edi, %r8d
	rdtsc
	shlq	$32, %rdx
	leaq	(%rax, %rdx), %r9
	addq	%r8, %r9
	movl	%r8d, %eax
	xorl	%edx, %edx
	wrmsr
	sti
1:	testq	%r10, %r10
	jz	2f
	hlt
2:	cmpq	$0, probe_time(%rip)
	je	1b
	cli
	movq	probe_time(%rip), %rax
	subq	%r9, %rax
	ret

	.balign	16
	.global	probe_handler
probe_handler:
	pushq	%rax
	pushq	%rdx
	now	probe_time(%rip)
	pushq	%rcx
	movl	$APIC_END, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	popq	%rcx
	popq	%rdx
	popq	%rax
	iretq

	.section .noinit, "aw", @nobits
	.balign	8
	.global	probe_first
probe_first:
	.space	8
	.global	probe_time
probe_time:
	.space	8

	.section .note.GNU-stack, "", @progbits
