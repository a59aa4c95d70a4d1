/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image's first bytes, and each core's way to C: 32-bit mode without paging, as a multiboot loader or the trampoline
 * leaves it; plan and tables intact; then this core's own tables and 64-bit mode. Until then nothing is written and no stack
 * is used. The image lies below 2 GiB, at the linked address: the loader put it where the header says.
 */
#include "arch/x86/start_offsets.h"
#include "plan/refusal.h"

#define MULTIBOOT_HEADER_MAGIC 0x1badb002
#define MULTIBOOT_ADDRESSES 0x00010000	/* the address fields count */
#define MULTIBOOT_LOADER_MAGIC 0x2badb002

#define CPUID_LAST_EXTENDED 0x80000008
#define FEATURE_VMX 5			/* leaf 1, ECX */
#define FEATURE_SVM 2			/* leaf 0x80000001, ECX */
#define FEATURE_NX 20			/* leaf 0x80000001, EDX */
#define FEATURE_LONG_MODE 29

#define MSR_PAT 0x277
#define PAT_RESET 0x00070406		/* both halves (Intel SDM volume 3, 12.12.4) */
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900
#define CR4_PAE_MCE 0x60
#define CR0_ON 0x80010033		/* PG, WP, NE, ET, MP, PE; caches on */

#define UART_LINE 3
#define UART_8N1 0x03
#define UART_DIVISOR 0x80
#define UART_STATUS 5
#define UART_EMPTY 0x20
#define UART_WAIT_LIMIT 1000000

#define REFUSAL_SYMBOL(number, name, text) .set name, number;
	REFUSALS(REFUSAL_SYMBOL)

/* Flags decide: the number is loaded on the way, as MOV leaves them alone. */
	.macro refuse_if condition, number
	movl	$\number, %edx
	j\condition	refuse
	.endm

/* eax = CRC-32 of ecx > 0 bytes at edi; edx is lost */
	.macro crc32
	movl	$-1, %eax
1:	movzbl	(%edi), %edx
	xorb	%al, %dl
	shrl	$8, %eax
	xorl	crc_table(, %edx, 4), %eax
	incl	%edi
	decl	%ecx
	jnz	1b
	notl	%eax
	.endm

	.section .text.start, "ax"
	.code32

/* Multiboot 0.6.96, 3.1: everything behind load_addr is loaded, and nothing is zeroed behind it. */
	.global image_start
image_start:
	.long	MULTIBOOT_HEADER_MAGIC, MULTIBOOT_ADDRESSES, -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_ADDRESSES)
	.long	image_start		/* header_addr */
	.long	image_start		/* load_addr */
	.long	0, 0			/* load_end_addr, bss_end_addr */
	.long	boot_start		/* entry_addr */

/* esp = 1 on the boot core, later row << 1 too; esi = plan; ebp = core row */
boot_start:
	cmpl	$MULTIBOOT_LOADER_MAGIC, %eax
	refuse_if ne, REFUSAL_LOADER
	movl	$1, %esp
	jmp	core_start

/* A core that the trampoline brought here. */
secondary_start:
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ds
	xorl	%esp, %esp

core_start:
	cli
	cld
	lgdt	gdt_pointer
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss

	/* 64-bit mode, pages that cannot be executed, virtualization of either kind */
	movl	$0x80000000, %eax
	cpuid
	cmpl	$CPUID_LAST_EXTENDED, %eax
	refuse_if b, REFUSAL_LONG_MODE
	movl	$0x80000001, %eax
	cpuid
	movl	%ecx, %ebp
	andl	$(1 << FEATURE_NX) | (1 << FEATURE_LONG_MODE), %edx
	cmpl	$(1 << FEATURE_NX) | (1 << FEATURE_LONG_MODE), %edx
	refuse_if ne, REFUSAL_LONG_MODE
	btl	$FEATURE_SVM, %ebp
	jc	2f
	movl	$1, %eax
	cpuid
	btl	$FEATURE_VMX, %ecx
	refuse_if nc, REFUSAL_VIRTUALIZATION
2:
	/* the plan's header: magic, version, CRC, place */
	movl	$image_end, %esi
	cmpl	$PLAN_MAGIC_LOW, (%esi)
	refuse_if ne, REFUSAL_NO_PLAN
	cmpl	$PLAN_MAGIC_HIGH, 4(%esi)
	refuse_if ne, REFUSAL_NO_PLAN
	cmpl	$PLAN_VERSION_VALUE, PLAN_VERSION_OFFSET(%esi)
	refuse_if ne, REFUSAL_VERSION
	leal	PLAN_VERSION_OFFSET(%esi), %edi
	movl	$PLAN_HEADER_SIZE - PLAN_VERSION_OFFSET, %ecx
	crc32
	cmpl	PLAN_HEADER_CRC_OFFSET(%esi), %eax
	refuse_if ne, REFUSAL_HEADER_CRC
	cmpl	PLAN_BASE_OFFSET(%esi), %esi
	refuse_if ne, REFUSAL_PLACE
	cmpl	$0, PLAN_BASE_OFFSET + 4(%esi)
	refuse_if ne, REFUSAL_PLACE
	movl	PLAN_SIZE_OFFSET(%esi), %ecx
	cmpl	$PLAN_HEADER_SIZE, %ecx
	refuse_if be, REFUSAL_PLACE
	testl	$0xffe00007, %ecx	/* below 2 MiB, whole words */
	refuse_if nz, REFUSAL_PLACE

	/* its body */
	leal	PLAN_HEADER_SIZE(%esi), %edi
	subl	$PLAN_HEADER_SIZE, %ecx
	crc32
	cmpl	PLAN_BODY_CRC_OFFSET(%esi), %eax
	refuse_if ne, REFUSAL_BODY_CRC

	/* the two arrays that are used from here on lie inside the plan; plan_check looks at all of it later */
	movl	PLAN_CORES_OFFSET + 4(%esi), %eax
	movl	$PLAN_CORE_SIZE, %ecx
	mull	%ecx
	refuse_if c, REFUSAL_ARRAY
	addl	PLAN_CORES_OFFSET(%esi), %eax
	refuse_if c, REFUSAL_ARRAY
	cmpl	PLAN_SIZE_OFFSET(%esi), %eax
	refuse_if a, REFUSAL_ARRAY
	movl	PLAN_TABLE_SETS_OFFSET + 4(%esi), %eax
	movl	$TABLE_SET_SIZE, %ecx
	mull	%ecx
	refuse_if c, REFUSAL_ARRAY
	addl	PLAN_TABLE_SETS_OFFSET(%esi), %eax
	refuse_if c, REFUSAL_ARRAY
	cmpl	PLAN_SIZE_OFFSET(%esi), %eax
	refuse_if a, REFUSAL_ARRAY
	movl	PLAN_CORES_OFFSET(%esi), %eax
	orl	PLAN_TABLE_SETS_OFFSET(%esi), %eax
	testl	$7, %eax
	refuse_if nz, REFUSAL_ARRAY

	/* this core's row, by its APIC id: the x2APIC id where there is one (leaf 0xb), else the initial id (leaf 1) */
	xorl	%eax, %eax
	cpuid
	cmpl	$0xb, %eax
	jb	1f
	movl	$0xb, %eax
	xorl	%ecx, %ecx
	cpuid
	movl	%edx, %edi
	testl	%ebx, %ebx
	jnz	2f
1:	movl	$1, %eax
	cpuid
	shrl	$24, %ebx
	movl	%ebx, %edi
2:	movl	PLAN_CORES_OFFSET(%esi), %ebp
	addl	%esi, %ebp
	xorl	%eax, %eax
3:	cmpl	PLAN_CORES_OFFSET + 4(%esi), %eax
	refuse_if ae, REFUSAL_CORE
	cmpl	CORE_MPIDR_OFFSET(%ebp), %edi
	jne	4f
	cmpl	$0, CORE_MPIDR_OFFSET + 4(%ebp)
	je	5f
4:	addl	$PLAN_CORE_SIZE, %ebp
	incl	%eax
	jmp	3b
5:	leal	(%esp, %eax, 2), %eax	/* no stack: esp is a number */
	movl	%eax, %esp

	/* this core's own tables: the first BOOT_TABLE_SETS of its sets, each inside the constant tables */
	movzwl	CORE_TABLE_SET_FIRST_OFFSET(%ebp), %ebx
	leal	BOOT_TABLE_SETS(%ebx), %eax
	cmpl	PLAN_TABLE_SETS_OFFSET + 4(%esi), %eax
	refuse_if a, REFUSAL_REFERENCE
	shll	$4, %ebx
	addl	PLAN_TABLE_SETS_OFFSET(%esi), %ebx
	addl	%esi, %ebx
	.rept	BOOT_TABLE_SETS
	movl	TABLE_SET_BASE_OFFSET(%ebx), %edi
	movl	TABLE_SET_SIZE_OFFSET(%ebx), %ecx
	movl	TABLE_SET_BASE_OFFSET + 4(%ebx), %eax
	orl	PLAN_TABLE_BASE_OFFSET + 4(%esi), %eax
	orl	PLAN_TABLE_SIZE_OFFSET + 4(%esi), %eax
	refuse_if nz, REFUSAL_TABLES
	movl	%edi, %eax
	orl	%ecx, %eax
	testl	$0xf, %eax
	refuse_if nz, REFUSAL_TABLES
	testl	%ecx, %ecx
	refuse_if z, REFUSAL_TABLES
	movl	%edi, %eax
	subl	PLAN_TABLE_BASE_OFFSET(%esi), %eax
	refuse_if b, REFUSAL_TABLES
	addl	%ecx, %eax
	refuse_if c, REFUSAL_TABLES
	cmpl	PLAN_TABLE_SIZE_OFFSET(%esi), %eax
	refuse_if a, REFUSAL_TABLES
	crc32
	cmpl	TABLE_SET_CRC_OFFSET(%ebx), %eax
	refuse_if ne, REFUSAL_TABLE_CRC
	addl	$TABLE_SET_SIZE, %ebx
	.endr

	/* 64-bit mode (Intel SDM volume 3, 10.8.5); memory types as after a reset */
	movl	$MSR_PAT, %ecx
	movl	$PAT_RESET, %eax
	movl	%eax, %edx
	wrmsr
	movl	$CR4_PAE_MCE, %eax
	movl	%eax, %cr4
	movl	$MSR_EFER, %ecx
	movl	$EFER_LME_NXE, %eax
	xorl	%edx, %edx
	wrmsr
	movl	CORE_EL2_ROOT_OFFSET(%ebp), %eax
	movl	%eax, %cr3
	movl	$CR0_ON, %eax
	movl	%eax, %cr0
	ljmp	$SELECTOR_CODE64, $long_start

/* edx = REFUSAL_*: prints "bulkhead: E<nn> <text>" through the board's console, and sleeps. */
refuse:
	movl	%edx, %edi
	movl	$BOARD_CONSOLE_PA, %edx
	testl	%edx, %edx
	jz	9f
	addl	$UART_LINE, %edx	/* as ns16550.c does it */
	inb	%dx, %al
	cmpb	$UART_8N1, %al
	je	10f
	movb	$UART_8N1 | UART_DIVISOR, %al
	outb	%al, %dx
	subl	$UART_LINE, %edx
	movb	$1, %al
	outb	%al, %dx
	incl	%edx
	movb	$0, %al
	outb	%al, %dx
	addl	$UART_LINE - 1, %edx
	movb	$UART_8N1, %al
	outb	%al, %dx
10:	subl	$UART_LINE, %edx
	movl	$refuse_prefix, %esi
	movl	$1f, %ebp
	jmp	refuse_print
1:	movl	%edi, %eax
	movb	$10, %cl
	divb	%cl
	addl	$0x3030, %eax		/* al = tens, ah = units */
	movl	%eax, %ebx
	movl	$2f, %ebp
	jmp	refuse_put
2:	shrl	$8, %ebx
	movl	$3f, %ebp
	jmp	refuse_put
3:	movl	$' ', %ebx
	movl	$4f, %ebp
	jmp	refuse_put
4:	movl	$refusal_texts, %esi
5:	testl	%edi, %edi
	jz	7f
6:	lodsb
	testb	%al, %al
	jnz	6b
	decl	%edi
	jmp	5b
7:	movl	$8f, %ebp
	jmp	refuse_print
8:	movl	$refuse_newline, %esi
	movl	$9f, %ebp
	jmp	refuse_print
9:	cli
	hlt
	jmp	9b

/* esi = text, edx = first port of the UART, ebp = where to go then; esp is lost */
refuse_print:
	movl	%ebp, %esp
1:	lodsb
	movzbl	%al, %ebx
	testl	%ebx, %ebx
	jz	2f
	movl	$1b, %ebp
	jmp	refuse_put
2:	jmp	*%esp

/* bl = character, edx = first port of the UART, ebp = where to go then; eax and ecx are lost */
refuse_put:
	movl	$UART_WAIT_LIMIT, %ecx
	addl	$UART_STATUS, %edx
1:	inb	%dx, %al
	testb	$UART_EMPTY, %al
	loopz	1b
	subl	$UART_STATUS, %edx
	movb	%bl, %al
	outb	%al, %dx
	jmp	*%ebp

	.code64
long_start:
	movl	%esi, %edi		/* upper halves are undefined after the change of mode (AMD APM volume 1, 3.1.2) */
	movl	%ebp, %ebx
	movl	%esp, %esi
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	lldt	%ax
	movl	%esi, %edx
	andl	$1, %edx		/* boots */
	shrl	$1, %esi		/* row */
	movq	CORE_STACK_TOP_OFFSET(%rbx), %rsp
	movl	%esi, %eax
	shll	$8, %eax		/* PLAN_CORE_STATE_SIZE */
	addq	PLAN_CORE_STATE_OFFSET(%rdi), %rax
	pushq	$0			/* STACK_KICKED */
	pushq	%rax
	lidt	idt_pointer
	call	core_main		/* does not return */
	ud2

/*
 * What a core started by SIPI executes first, in real mode at the trampoline's page, of which this is a copy
 * (arch_core_start).
 */
	.section .rodata
	.code16
	.global trampoline_code
trampoline_code:
	cli
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	gdt_pointer_copy - trampoline_code
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$SELECTOR_CODE32, $secondary_start
gdt_pointer_copy:
	.word	gdt_end - gdt - 1
	.long	gdt
trampoline_end:

/* uint32_t trampoline_size */
	.balign	4
	.global trampoline_size
trampoline_size:
	.long	trampoline_end - trampoline_code

/* Flat segments, their accessed bits set: nothing writes here. No task: no privilege level but 0 runs on these tables. */
	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* SELECTOR_CODE32 */
	.quad	0x00cf93000000ffff	/* SELECTOR_DATA */
	.quad	0x00af9b000000ffff	/* SELECTOR_CODE64 */
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.quad	gdt

/* uint32_t crc_table[256]: the reflected polynomial's remainder of each byte */
	.balign	4
	.global crc_table
crc_table:
	.set	byte, 0
	.rept	256
	.set	remainder, byte
	.rept	8
	.set	remainder, (remainder >> 1) ^ ((remainder & 1) * 0xedb88320)
	.endr
	.long	remainder
	.set	byte, byte + 1
	.endr

refuse_prefix:
	.asciz	"bulkhead: E"
refuse_newline:
	.asciz	"\r\n"

/* Strings one behind the other, by number. */
	.global refusal_texts
refusal_texts:
#define REFUSAL_STRING(number, name, text) .asciz text;
	REFUSALS(REFUSAL_STRING)
