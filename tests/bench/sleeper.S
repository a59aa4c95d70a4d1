/* SPDX-License-Identifier: Apache-2.0 */
/* Another partition, so that the machine goes on when the probe's has ended: it sleeps. */
	.text
	.global _start
_start:
	wfi
	b	_start
