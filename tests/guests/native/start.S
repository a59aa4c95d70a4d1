/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts a partition's ELF on a bare PC in the state in which the hypervisor would: 64-bit mode, GDT and tables in the
 * start block at 0x90000, its address in RDI and RSI, interrupts quiet. A multiboot loader brings this flat file and, as
 * its first module, the ELF. Not here: what else that block has, but the address of ACPI's tables.
 */
#define MULTIBOOT_HEADER 0x1badb002
#define MULTIBOOT_ADDRESSES 0x10000
#define MULTIBOOT_LOADED 0x2badb002

#define START_BLOCK 0x90000
#define START_GDT 0x91000
#define START_TABLES 0x93000 /* PML4, PDPT, a table a GiB */
#define START_TABLE_PAGES 6

	.section .text.start, "ax"
	.balign	4
header:
	.long	MULTIBOOT_HEADER, MULTIBOOT_ADDRESSES, -(MULTIBOOT_HEADER + MULTIBOOT_ADDRESSES)
	.long	header, header, 0, 0, start

	.code32
start:
	cmpl	$MULTIBOOT_LOADED, %eax
	jne	1f
	cld
	movl	$gdt, %esi
	movl	$START_GDT, %edi
	movl	$(gdt_end - gdt), %ecx
	rep movsb
	xorl	%eax, %eax
	movl	$START_BLOCK, %edi
	movl	$1024, %ecx
	rep stosl
	movl	$START_TABLES, %edi
	movl	$(START_TABLE_PAGES * 1024), %ecx
	rep stosl
	movl	$(START_TABLES + 0x1000 + 3), START_TABLES
	movl	$START_TABLES + 0x2000 + 3, %eax
	movl	$START_TABLES + 0x1000, %edi
2:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	cmpl	$START_TABLES + 0x1000 + 4 * 8, %edi
	jne	2b
	movl	$0x83, %eax
	movl	$START_TABLES + 0x2000, %edi
3:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	cmpl	$START_TABLES + START_TABLE_PAGES * 0x1000, %edi
	jne	3b
	movl	$START_TABLES, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$0x20, %eax /* PAE */
	movl	%eax, %cr4
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax /* EFER.LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax /* PG, PE */
	movl	%eax, %cr0
	lgdtl	gdt_register
	ljmp	$0x10, $long_mode
1:	hlt
	jmp	1b

	.code64
long_mode:
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$stack_top, %esp
	movb	$0xff, %al /* the two 8259 of a PC, which firmware left open */
	outb	%al, $0x21
	outb	%al, $0xa1
	movl	%ebx, %edi
	call	native_load
	movl	$START_BLOCK, %edi
	movl	%edi, %esi
	jmp	*%rax

	.section .rodata, "a"
	.balign	8
gdt:	.quad	0, 0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
gdt_end:
gdt_register:
	.word	gdt_end - gdt - 1
	.long	START_GDT

	.section .data
	.balign	16
	.space	4096
stack_top:

	.section .note.GNU-stack, "", @progbits
