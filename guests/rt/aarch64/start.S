/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First instructions of an RTOS partition: EL1, MMU off, any register content. Brings up FP, the memory map and .bss,
 * then calls rt_start(). Further cores come in at secondary_entry. Exceptions are in vectors.S.
 */
#include "rt/aarch64/sysreg.h"
#include "rt/armv8/mmu.h"

	.macro	core_init
	msr	daifset, #0xf
	msr	spsel, #1
	mov	x0, #CPACR_FPEN
	msr	cpacr_el1, x0
	adr_far	x0, vectors
	msr	vbar_el1, x0
	isb
	.endm

	/* adrp reaches everything: the image is linked in one piece, below 4 GiB in size. */
	.macro	adr_far register, symbol
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
	.endm

	.section .text.start, "ax"
	.global	_start
_start:
	core_init
	adr_far	x0, kernel_stack_top
	mov	sp, x0
	bl	mmu_build
	bl	mmu_enable
	adr_far	x0, __bss_start
	adr_far	x1, __bss_end
1:	cmp	x0, x1
	b.hs	2f
	stp	xzr, xzr, [x0], #16
	b	1b
2:	b	rt_start

/* PSCI CPU_ON enters here with x0 = struct secondary_start *; the primary's tables and caches are up. */
	.global	secondary_entry
secondary_entry:
	mov	x19, x0
	core_init
	bl	mmu_enable
	ldp	x1, x2, [x19]
	ldr	x0, [x19, #16]
	mov	sp, x1
	blr	x2
	b	psci_cpu_off

/*
 * Turns on the MMU and the caches with the tables that mmu_build() made. The stores that made them went to memory, past
 * the caches, so the walker sees them; nothing of this core's own translations may survive from before.
 */
mmu_enable:
	ldr	x0, =MAIR_VALUE
	msr	mair_el1, x0
	mrs	x1, id_aa64mmfr0_el1
	and	x1, x1, #0xf
	mov	x2, #TCR_IPS_MAX
	cmp	x1, x2
	csel	x1, x1, x2, lo
	ldr	x0, =TCR_VALUE
	orr	x0, x0, x1, lsl #TCR_IPS_SHIFT
	msr	tcr_el1, x0
	adr_far	x0, mmu_table_1
	msr	ttbr0_el1, x0
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	ldr	x0, =SCTLR_VALUE
	msr	sctlr_el1, x0
	isb
	ret

	.section .rodata, "a"
	.balign	8
	.global	rt_board
rt_board:
	.quad	ram_base
	.quad	ram_size
	.quad	gicd_base
	.quad	gicr_base
	.quad	gicc_base
	.quad	uart_base
	.quad	uart_intid

	.section .noinit, "aw", %nobits
	.balign	16
	.space	0x4000
kernel_stack_top:
	.global	kernel_stack_top
