/* SPDX-License-Identifier: Apache-2.0 */
/* MRS takes its register as an immediate, so a table of them: ID registers CRm 1 to 7, op2 0 to 7. */

	.section .text, "ax"

/* uint64_t identity_register(uint64_t number): number = (CRm - 1) * 8 + op2, below 56. Reserved ones read as zero. */
	.global identity_register
identity_register:
	hint	#34				/* BTI c */
	adr	x1, identity_table
	add	x1, x1, x0, lsl #4
	br	x1

	.balign	16
identity_table:
	.irp	crm, 1, 2, 3, 4, 5, 6, 7
	.irp	op2, 0, 1, 2, 3, 4, 5, 6, 7
	hint	#36				/* BTI j */
	mrs	x0, S3_0_C0_C\crm\()_\op2
	ret
	nop
	.endr
	.endr
