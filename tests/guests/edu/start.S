/* SPDX-License-Identifier: Apache-2.0 */
/* Entered in 64-bit mode, all of the first 4 GiB mapped one to one, the start block's address in RDI. */
	.section .text.start, "ax"
	.globl	guest_start
guest_start:
	leaq	stack_top(%rip), %rsp
	xorl	%ebp, %ebp
	call	guest_main
1:	hlt
	jmp	1b

	.section .bss
	.balign	16
	.space	8192
stack_top:

	.section .note.GNU-stack, "", @progbits
