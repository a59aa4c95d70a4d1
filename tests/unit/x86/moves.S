/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions as the assembler encodes them, with what the decoder must say of each: struct record of test_decode.c. */

#define WRITE 1
#define VALUE 2

	.section .rodata

/* 16 bytes of code, its length, operand size of the mode (16, 32, 64), number of the register, flags; the constant, whether known, bytes of the operand */
	.macro	record mode, known, number, flags, value, size, text:vararg
	.if	\mode == 64
	.code64
	.elseif	\mode == 32
	.code32
	.else
	.code16
	.endif
1:	\text
2:	.fill	16 - (2b - 1b), 1, 0x90
	.byte	2b - 1b, \mode, \number, \flags
	.long	\value, \known, \size
	.endm

	.macro	move mode, number, flags, text:vararg
	record	\mode, 1, \number, \flags, 0, 4, \text
	.endm
	.macro	constant mode, value, text:vararg
	record	\mode, 1, 0, WRITE | VALUE, \value, 4, \text
	.endm
	.macro	small mode, size, number, flags, value, text:vararg
	record	\mode, 1, \number, \flags, \value, \size, \text
	.endm
	.macro	refused mode, text:vararg
	record	\mode, 0, 0, 0, 0, 0, \text
	.endm

	/* every register by its number, loaded and stored, over every form of address */
	.macro	registers64 names:vararg
	.set	number, 0
	.irp	name, \names
	move	64, number, 0, movl (%rbx), \name
	move	64, number, WRITE, movl \name, (%r13)
	move	64, number, 0, movl 0x10(%rsp), \name
	move	64, number, WRITE, movl \name, 0x10(%r12)
	move	64, number, 0, movl 0x1000(%rbp), \name
	move	64, number, WRITE, movl \name, 0x1000(%r8, %r9, 4)
	move	64, number, 0, movl (%rax, %rcx, 8), \name
	move	64, number, WRITE, movl \name, 0x10(%rip)
	move	64, number, 0, movl 0x1000(, %rdi, 2), \name
	move	64, number, WRITE, movl \name, %gs:0x40(%rdx)
	move	64, number, 0, movl 8(%r13, %r14), \name
	move	64, number, WRITE, movl \name, (%ebx)
	.set	number, number + 1
	.endr
	.endm

	.macro	registers32 names:vararg
	.set	number, 0
	.irp	name, \names
	move	32, number, 0, movl (%ebx), \name
	move	32, number, WRITE, movl \name, 0xfec00000(%eax)
	move	32, number, 0, movl 4(%esp), \name
	move	32, number, WRITE, movl \name, (%ebp)
	move	32, number, 0, movl %fs:(%eax, %esi, 4), \name
	move	32, number, WRITE, movl \name, 0x12345(, %esi, 4)
	move	32, number, 0, movl 0x10(%bx, %si), \name
	move	32, number, WRITE, movl \name, 0x1000(%si)
	move	16, number, WRITE, movl \name, (%bx)
	move	16, number, 0, movl 0x10(%bp, %di), \name
	move	16, number, WRITE, movl \name, 0x1000(%si)
	move	16, number, 0, movl (%ebx), \name
	move	16, number, WRITE, movl \name, %es:0x40(%eax, %ecx)
	.set	number, number + 1
	.endr
	.endm

	.balign	16
	.global moves, moves_end
moves:
	registers64	%eax, %ecx, %edx, %ebx, %esp, %ebp, %esi, %edi, %r8d, %r9d, %r10d, %r11d, %r12d, %r13d, %r14d, %r15d
	registers32	%eax, %ecx, %edx, %ebx, %esp, %ebp, %esi, %edi

	move		64, 0, 0, movabsl 0x123456789abcdef0, %eax
	move		64, 0, WRITE, movabsl %eax, 0xfec00000
	move		32, 0, 0, movl 0xfec00010, %eax
	move		32, 0, WRITE, movl %eax, 0xfec00010
	move		32, 0, 0, .byte 0x67, 0xa1, 0x10, 0
	move		16, 0, 0, movl 0x10, %eax
	move		16, 3, WRITE, movl %ebx, 0x10

	constant	64, 0x10, movl $0x10, (%rax)
	constant	64, 0x89abcdef, movl $0x89abcdef, 0x10(%r15)
	constant	64, 0x10000, movl $0x10000, 0x1000(%rip)
	constant	64, 1, movl $1, (%rsp, %rcx, 2)
	constant	32, 0x12345678, movl $0x12345678, 0xfec00000
	constant	32, 1, movl $1, 4(%ebp)
	constant	16, 7, movl $7, (%di)
	constant	16, 7, movl $7, 0x1000(%ebx, %eax)

	/* 8 and 16 bits: second bytes of the first four registers have numbers 4 to 7 where there is no REX */
	.irp	mode, 16, 32, 64
	small		\mode, 2, 0, WRITE, 0, movw %ax, (%esi)
	small		\mode, 2, 7, 0, 0, movw 0x10(%ebx), %di
	small		\mode, 1, 0, WRITE, 0, movb %al, (%esi)
	small		\mode, 1, 3, 0, 0, movb (%esi), %bl
	small		\mode, 1, 4, WRITE, 0, movb %ah, 0x1000(%edx, %ecx)
	small		\mode, 1, 5, 0, 0, movb (%esi), %ch
	small		\mode, 1, 6, WRITE, 0, movb %dh, (%esi)
	small		\mode, 1, 7, 0, 0, movb 1(%esi), %bh
	small		\mode, 2, 0, WRITE | VALUE, 0x1234, movw $0x1234, (%esi)
	small		\mode, 1, 0, WRITE | VALUE, 0x56, movb $0x56, 0x10(%esi)
	.endr
	small		64, 1, 8 + 4, WRITE, 0, movb %r12b, (%rsi)
	small		64, 1, 16 + 6, 0, 0, movb (%rsi), %sil	/* 16: with REX */
	small		64, 2, 9, WRITE, 0, movw %r9w, (%r10)

	/* other instructions, registers alone, prefixes that MOV does not have */
	.irp	mode, 16, 32, 64
	refused		\mode, movl %eax, %ebx
	refused		\mode, movl $1, %eax
	refused		\mode, addl %eax, (%esi)
	refused		\mode, xchgl %eax, (%esi)
	refused		\mode, orl $1, (%esi)
	refused		\mode, movzbl (%esi), %eax
	refused		\mode, movsl
	refused		\mode, stosl
	refused		\mode, lock orl %eax, (%esi)
	refused		\mode, .byte 0xf0, 0x89, 0x06
	refused		\mode, .byte 0xf3, 0x89, 0x06
	refused		\mode, .byte 0xc7, 0x4e, 0x10, 1, 0, 0, 0	/* C7 /1 */
	refused		\mode, .byte 0x0f, 0x0b
	.endr
	refused		64, movq %rax, (%rsi)
	refused		64, movq (%rsi), %rax
	refused		64, movq $1, (%rsi)
	refused		64, .byte 0x48, 0x66, 0x89, 0x06	/* REX counts only right before the opcode */
moves_end:

	.section .note.GNU-stack, "", @progbits
