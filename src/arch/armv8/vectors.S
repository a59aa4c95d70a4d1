/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2's exception vectors. Calls, SGIs and WFI are decided here; everything else saves all registers and goes to C. The
 * hypervisor's C keeps x9-x29 (Makefile: HV_ABI), so that most exits save x0-x8 and x30 only.
 */
#include "arch/armv8/exit_asm.h"
#include "arch/armv8/start_offsets.h"
#include "arch/core_state.h"

/* No instruction behind an exception return is ever run, nor guessed at. */
	.macro	exit_return
	eret
	dsb	nsh
	isb
	.endm

	.section .text.vectors, "ax"

	.macro	vector target
	.balign	128
	b	\target
	.endm

	/* x4-x30 of a frame whose x0-x3 are saved */
	.macro	save_rest
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	.endm

	.macro	restore_rest
	ldr	x30, [sp, #240]
	ldp	x28, x29, [sp, #224]
	ldp	x26, x27, [sp, #208]
	ldp	x24, x25, [sp, #192]
	ldp	x22, x23, [sp, #176]
	ldp	x20, x21, [sp, #160]
	ldp	x18, x19, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	.endm

	.macro	restore_all
	restore_rest
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #FRAME_SIZE
	.endm

	.balign	2048
	.global vectors
vectors:
	vector	own_exception		/* current level, SP_EL0: never used */
	vector	own_exception
	vector	own_exception
	vector	own_exception
	vector	own_exception		/* current level: our own bug */
	vector	own_exception
	vector	own_exception
	vector	own_exception

/* lower level, AArch64: synchronous */
	.balign	128
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	stp	x2, x3, [sp, #16]
	mrs	x1, esr_el2
	mov	w2, #ESR_HVC64_0		/* HVC #0; any other immediate is no call */
	cmp	w1, w2
	b.ne	exit_not_call
exit_call:
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x30, [sp, #64]
	mov	w2, #PSCI_FIRST			/* w0 = function id */
	sub	w2, w0, w2
	ror	w2, w2, #30			/* 4 * number, + 1 for a 64-bit form */
	cmp	w2, #PSCI_SLOTS
	b.hs	exit_other_call
	adr	x3, psci_calls
	ldr	x3, [x3, x2, lsl #3]
	cbz	x3, exit_other_call
	b	exit_psci
	vector	exit_interrupt		/* IRQ, FIQ: not routed here */
	vector	exit_interrupt
	vector	exit_serror
/* lower level, AArch32: synchronous. Function ids of 64-bit calls do not exist there (Arm DEN 0028, 2.4). */
	.balign	128
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	stp	x2, x3, [sp, #16]
	mrs	x1, esr_el2
	mov	w2, #ESR_HVC32_0
	cmp	w1, w2
	b.ne	exit_save_all
	tbnz	w0, #CALL_64_BIT, exit_refused
	b	exit_call

	vector	exit_interrupt
	vector	exit_interrupt
	vector	exit_serror
	.balign	128

/* x3 = the call's handler, x0-x8 and x30 on the stack */
exit_psci:
	mrs	x1, tpidr_el2
	ldr	x2, [x1, #EXIT_PSCI * 8]
	add	x2, x2, #1
	str	x2, [x1, #EXIT_PSCI * 8]
	mov	x0, sp
	blr	x3
exit_call_end:
	ldp	x8, x30, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #FRAME_SIZE
	exit_return

exit_refused:
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x30, [sp, #64]
	mov	x0, sp
	bl	call_refuse
	b	exit_call_end

exit_other_call:
	mov	x0, sp
	bl	call_other
	b	exit_call_end

/* x1 = syndrome; x0-x3 on the stack */
exit_not_call:
	lsr	x2, x1, #26
	cmp	x2, #EC_DATA_ABORT_ASM
	b.eq	exit_data_abort
	cmp	x2, #EC_SYSREG_ASM
	b.ne	exit_not_transfer
	and	w0, w1, #0x3fffff
	bfi	w0, wzr, #5, #5			/* without Rt */
	mov	w2, #SGI1R_WRITE & 0xffff
	movk	w2, #SGI1R_WRITE >> 16, lsl #16
	cmp	w0, w2
	ubfx	w0, w1, #5, #5			/* Rt */
	b.ne	exit_transfer

/*
 * ICC_SGI1R_EL1 (IHI 0069, 12.2.20): virtual affinities in, one physical word a target out. Targets outside the partition
 * do not exist. IRM and anything above Aff1 leave this path.
 */
	adr	x3, sgi_value
	add	x3, x3, x0, lsl #4
	br	x3
sgi_go:	ubfx	x1, x3, #32, #24		/* Aff2, IRM, RS, Aff3 */
	cbnz	x1, sgi_other
	stp	x4, x5, [sp, #32]
	mrs	x5, tpidr_el2
	ldr	x0, [x5, #EXIT_SGI * 8]
	add	x0, x0, #1
	str	x0, [x5, #EXIT_SGI * 8]
	ldp	x4, x5, [x5, #CORE_STATE_VCPUS]
	ubfx	x2, x3, #16, #8			/* Aff1: virtual cores 16 * Aff1 + bit */
	lsl	x2, x2, #4
	and	x1, x3, #0xffff			/* target list */
	and	x3, x3, #0xf000000		/* INTID */
	subs	x5, x5, x2			/* how many there are in this cluster */
	b.ls	2f
	add	x4, x4, x2, lsl #VCPU_SHIFT
1:	cbz	x1, 2f
	rbit	x0, x1
	clz	x0, x0
	sub	x2, x1, #1
	and	x1, x1, x2
	cmp	x0, x5
	b.hs	2f				/* ascending: so are all that follow */
	add	x0, x4, x0, lsl #VCPU_SHIFT
	ldr	x0, [x0, #VCPU_SGI_TARGET_OFFSET]
	orr	x0, x0, x3
	msr	S3_0_C12_C11_5, x0
	b	1b
2:	ldp	x4, x5, [sp, #32]
exit_next:
	mrs	x0, elr_el2
	add	x0, x0, #4
	msr	elr_el2, x0
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #FRAME_SIZE
	exit_return

sgi_other:					/* x0 = Rt */
	mrs	x1, esr_el2
	b	exit_transfer

/*
 * A data abort whose syndrome tells register, size and direction, and asks for no sign extension: a translation fault, since
 * else HPFAR_EL2 may not tell the page (Arm ARM D19.2.62). A stage-1 walk's is never valid (D19.2.39, ISV).
 */
exit_data_abort:
	tbz	w1, #ISS_VALID_BIT, exit_save_all
	tbnz	w1, #ISS_SIGN_EXTEND_BIT, exit_save_all
	and	w2, w1, #ISS_STATUS_LEVEL_LESS
	cmp	w2, #STATUS_TRANSLATION
	b.ne	exit_save_all
	ubfx	w0, w1, #16, #5			/* SRT */

/*
 * One register moves: its value goes to C in the frame, a result comes back there. x0 = its number, x1 = the syndrome of a
 * data abort or of a system register.
 */
exit_transfer:
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x30, [sp, #64]
	str	x0, [sp, #FRAME_NUMBER]
	adr	x3, transfer_value
	add	x3, x3, x0, lsl #4
	br	x3
transfer_go:
	str	x0, [sp, #FRAME_VALUE]
	add	x0, sp, #FRAME_VALUE
	tbz	x1, #ESR_ABORT_BIT, transfer_sysreg
	mrs	x3, hpfar_el2
	mrs	x2, far_el2
	lsr	x3, x3, #4			/* the page; the bits above it are zero without FEAT_LPA2's NS */
	bfi	x2, x3, #12, #52
	bl	gic_access
transfer_end:
	cbnz	x0, transfer_more
transfer_done:
	mrs	x0, elr_el2
	add	x0, x0, #4
	msr	elr_el2, x0
	ldp	x8, x30, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #FRAME_SIZE
	exit_return

transfer_sysreg:
	bl	sysreg_transfer
	b	transfer_end

transfer_more:
	tbnz	x0, #1, transfer_unfinished
	ldr	x0, [sp, #FRAME_VALUE]
	ldr	x2, [sp, #FRAME_NUMBER]
	adr	x3, transfer_result
	add	x3, x3, x2, lsl #4
	br	x3

transfer_unfinished:
	ldp	x8, x30, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	mrs	x1, esr_el2
	b	exit_save_all

/* Tables of 32 registers, 16 bytes an entry: a landing pad (BTI j), the move, back. */
	.macro	table_entry move, back
	.balign	16
	hint	#36
	\move
	b	\back
	.endm

	.balign	16
sgi_value:					/* x3 = register; x0-x3 on the stack */
	.irp	n, 0, 1, 2, 3
	table_entry "ldr x3, [sp, #\n * 8]", sgi_go
	.endr
	.irp	n, 4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	table_entry "mov x3, x\n", sgi_go
	.endr
	table_entry "mov x3, #0", sgi_go

	.balign	16
transfer_value:					/* x0 = register; x0-x3 on the stack */
	.irp	n, 0, 1, 2, 3
	table_entry "ldr x0, [sp, #\n * 8]", transfer_go
	.endr
	.irp	n, 4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	table_entry "mov x0, x\n", transfer_go
	.endr
	table_entry "mov x0, #0", transfer_go

	.balign	16
transfer_result:				/* register = x0, where the exit's end restores it from */
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8
	table_entry "str x0, [sp, #\n * 8]", transfer_done
	.endr
	.irp	n, 9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29
	table_entry "mov x\n, x0", transfer_done
	.endr
	table_entry "str x0, [sp, #72]", transfer_done	/* x30 */
	table_entry "nop", transfer_done

exit_not_transfer:
	cmp	x2, #EC_WFX_ASM
	b.eq	gic_wfi

/* SMC #0 is the same call, but ELR_EL2 is the instruction itself. */
	mov	w2, #ESR_SMC64_0
	cmp	w1, w2
	b.ne	exit_save_all
	mrs	x2, elr_el2
	add	x2, x2, #4
	msr	elr_el2, x2
	ldr	x0, [sp]
	b	exit_call

/* From gic_wfi: the guest's interrupts can end a sleep here as they could end its own. */
	.global exit_wfi_sleep
exit_wfi_sleep:
	mrs	x1, tpidr_el2
	ldr	x0, [x1, #EXIT_WFI * 8]
	add	x0, x0, #1
	str	x0, [x1, #EXIT_WFI * 8]
	mrs	x0, elr_el2
	add	x0, x0, #4
	msr	elr_el2, x0
	ldp	x2, x3, [sp, #16]
	dsb	sy
	wfi
	ldp	x0, x1, [sp], #FRAME_SIZE
	exit_return

/* everything else: x1 = syndrome, x0-x3 on the stack */
	.global exit_save_all
exit_save_all:
	save_rest
	mov	x0, sp
	bl	exit_handle
	cbnz	x0, exit_call_again
	restore_all
	exit_return

/* An AArch32 SMC that turned out to be a call: as from its vector on. */
exit_call_again:
	restore_rest
	ldr	x0, [sp]
	tbnz	w0, #CALL_64_BIT, exit_refused
	b	exit_call

/* Guests' exceptions that have no answer: the class is passed on as the vector's offset in a made-up syndrome. */
	.macro	stray code
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	stp	x2, x3, [sp, #16]
	mov	x1, #\code
	b	exit_stray_save
	.endm

exit_interrupt:
	stray	STRAY_INTERRUPT
exit_serror:
	stray	STRAY_SERROR
exit_stray_save:
	save_rest
	mov	x0, sp
	b	exit_stray

/* Our own: the stack may be what broke, so start it anew. */
own_exception:
	mrs	x1, esr_el2
	mrs	x2, elr_el2
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CORE_STATE_CORE]
	ldr	x0, [x0, #CORE_STACK_TOP_OFFSET]
	mov	sp, x0
	b	exit_own
