/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First instructions of an RTOS partition: 64-bit mode, flat segments at the selectors of registers.h, memory mapped as it
 * is, interrupts off. Brings up SSE, the memory map, .bss and the descriptor tables, then calls rt_start(). Exceptions
 * are in vectors.S.
 */
#include "rt/x86/registers.h"

	.section .text.start, "ax"
	.global	_start
_start:
	cli
	cld
	leaq	kernel_stack_top(%rip), %rsp
	movq	%cr0, %rax
	andl	$~(CR0_EM | CR0_TS), %eax
	orl	$(CR0_MP | CR0_NE | CR0_WP), %eax
	movq	%rax, %cr0
	movq	%cr4, %rax
	orl	$(CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	movq	%rax, %cr4
	movl	$EFER, %ecx
	rdmsr
	orl	$EFER_NXE, %eax
	wrmsr
	call	mmu_build
	leaq	mmu_root(%rip), %rax
	movq	%rax, %cr3
	leaq	__bss_start(%rip), %rdi
	leaq	__bss_end(%rip), %rcx
	subq	%rdi, %rcx
	xorl	%eax, %eax
	rep stosb
	call	descriptors_load
	call	rt_start

	.section .noinit, "aw", @nobits
	.balign	16
	.space	0x4000
kernel_stack_top:
	.global	kernel_stack_top
	.space	0x2000
fault_stack_top:
	.global	fault_stack_top

	.section .note.GNU-stack, "", @progbits
