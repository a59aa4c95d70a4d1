/* SPDX-License-Identifier: Apache-2.0 */
/* Code for EL0. It may be executed there, but no data is accessible: it ends in a system call or dies before. */

	.text
	.global	user_impdef, user_undefined, user_smc, user_a32_svc, user_a32_impdef, user_a32_hvc
user_impdef:
	mrs	x0, s3_3_c15_c0_0
	svc	#0
user_undefined:
	.inst	0x00000000
	svc	#0
user_smc:
	smc	#0
	svc	#0

/* A32 instructions */
	.balign	4
user_a32_svc:
	.inst	0xef000000		/* svc #0 */
user_a32_hvc:
	.inst	0xe1400070		/* hvc #0 */
	.inst	0xef000000
user_a32_impdef:
	.inst	0xee0f0f10		/* mcr p15, 0, r0, c15, c0, 0 */
	.inst	0xef000000
