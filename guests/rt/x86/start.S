/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First instructions of an RTOS partition: 64-bit mode, flat segments at the selectors of registers.h, memory mapped as it
 * is, interrupts off, in RDI the start block (acpi.h). Brings up SSE, the memory map, .bss and the descriptor tables, then calls rt_start(). Exceptions
 * are in vectors.S. Further cores come in at secondary_trampoline.
 */
#include "rt/x86/descriptors.h"
#include "rt/x86/registers.h"

	.section .text.start, "ax"
	.global	_start
_start:
	cli
	cld
	leaq	kernel_stack_top(%rip), %rsp
	movq	%rdi, %rbx
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
	movq	%rbx, acpi_start_block(%rip)
	call	descriptors_load
	call	rt_start

/* secondary.c copies it to a page below 1 MiB, where a core starts in real mode: from there straight into the image. */
	.section .rodata, "a"
	.code16
	.global	secondary_trampoline
secondary_trampoline:
	cli
	lgdtl	%cs:(1f - secondary_trampoline)
	movl	%cr0, %eax
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SELECTOR_CODE_32, $secondary_protected
1:	.word	DESCRIPTORS_SIZE - 1
	.long	descriptors
	.global	secondary_trampoline_end
secondary_trampoline_end:

/* The primary's tables are up. An exception here ends the partition: this core has no task state, hence no stacks for it. */
	.text
	.code32
secondary_protected:
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%cr4, %eax
	orl	$(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	movl	%eax, %cr4
	movl	$mmu_root, %eax
	movl	%eax, %cr3
	movl	$EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NXE), %eax
	wrmsr
	movl	%cr0, %eax
	andl	$~(CR0_CACHES_OFF | CR0_EM | CR0_TS), %eax
	orl	$(CR0_PG | CR0_WP | CR0_NE | CR0_MP), %eax
	movl	%eax, %cr0
	ljmpl	$SELECTOR_CODE, $1f
	.code64
1:	movq	secondary_waiting(%rip), %rbx
	movq	(%rbx), %rsp
	call	apic_open
	movq	16(%rbx), %rdi
	call	*8(%rbx)
2:	cli
	hlt
	jmp	2b

	.section .noinit, "aw", @nobits
	.balign	16
	.space	0x4000
kernel_stack_top:
	.global	kernel_stack_top
	.space	0x2000
fault_stack_top:
	.global	fault_stack_top

	.section .note.GNU-stack, "", @progbits
