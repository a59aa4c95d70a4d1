/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First instructions of an RTOS partition in AArch32: a privileged mode of EL1, MMU off, any register content. Brings
 * up FP, the memory map and .bss, then calls rt_start(). Further cores come in at secondary_entry. Exceptions are in
 * vectors.S.
 */
#include "rt/aarch32/sysreg.h"
#include "rt/armv8/mmu.h"

	.arm

	.macro	address register, symbol
	movw	\register, #:lower16:\symbol
	movt	\register, #:upper16:\symbol
	.endm

	.macro	value register, number
	movw	\register, #(\number) & 0xffff
	movt	\register, #((\number) >> 16) & 0xffff
	.endm

/* Destroys r0. */
	.macro	core_init
	cpsid	aif, #MODE_SUPERVISOR
	mov	r0, #CPACR_FP
	mcr	p15, 0, r0, c1, c0, 2
	isb
	mov	r0, #FPEXC_EN
	vmsr	fpexc, r0
	address	r0, vectors
	mcr	p15, 0, r0, c12, c0, 0
	isb
	.endm

	.section .text.start, "ax"
	.global	_start
	.type	_start, %function
_start:
	core_init
	address	sp, kernel_stack_top
	bl	mmu_build
	bl	mmu_enable
	address	r0, __bss_start
	address	r1, __bss_end
	mov	r2, #0
	mov	r3, #0
	mov	r4, #0
	mov	r5, #0
1:	cmp	r0, r1
	stmlo	r0!, {r2-r5}
	blo	1b
	b	rt_start

/* PSCI CPU_ON enters here with r0 = struct secondary_start *; the primary's tables and caches are up. */
	.global	secondary_entry
	.type	secondary_entry, %function
secondary_entry:
	mov	r4, r0
	core_init
	bl	mmu_enable
	ldr	sp, [r4]
	ldr	r1, [r4, #4]
	ldr	r0, [r4, #8]
	blx	r1
	b	psci_cpu_off

/*
 * Turns on the MMU and the caches with the tables that mmu_build() made. The stores that made them went to memory,
 * past the caches, so the walker sees them; nothing of this core's own translations may survive from before.
 */
mmu_enable:
	value	r0, MAIR_VALUE
	mov	r1, #0
	mcr	p15, 0, r0, c10, c2, 0		/* MAIR0 */
	mcr	p15, 0, r1, c10, c2, 1		/* MAIR1 */
	value	r0, TTBCR_VALUE
	mcr	p15, 0, r0, c2, c0, 2
	isb					/* the 64-bit TTBR0 is only there with TTBCR.EAE */
	address	r0, mmu_table_1
	mcrr	p15, 0, r0, r1, c2		/* TTBR0 */
	mcr	p15, 0, r1, c8, c7, 0		/* TLBIALL */
	mcr	p15, 0, r1, c7, c5, 0		/* ICIALLU */
	dsb	nsh
	isb
	value	r0, SCTLR_VALUE
	mcr	p15, 0, r0, c1, c0, 0
	isb
	bx	lr

	.section .rodata, "a"
	.balign	8
	.global	rt_board
rt_board:
	.irp	number, ram_base, ram_size, gicd_base, gicr_base, gicc_base, uart_base, uart_intid
	.word	\number, 0
	.endr

	.section .noinit, "aw", %nobits
	.balign	16
	.space	0x4000
kernel_stack_top:
	.global	kernel_stack_top
