/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exception vectors and the context switch. Tasks run at EL1t on their own stacks, handlers at EL1h on the kernel's
 * stack, which is empty whenever a task runs. A task's whole state is saved to its struct hal_context on each entry,
 * so that interrupt, system call and switch are one path.
 */
#include "rt/aarch64/context.h"
#include "rt/aarch64/sysreg.h"

	.macro	vector target, argument=0
	.balign	0x80
	.ifc	\target, unexpected
	stp	x0, x1, [sp, #-16]!
	mov	x0, #\argument
	.endif
	b	\target
	.endm

	.section .text.vectors, "ax"
	.balign	0x800
	.global	vectors
vectors:
	vector	task_sync
	vector	task_interrupt
	vector	unexpected, 2
	vector	unexpected, 3
	/* From EL1h: the kernel itself, start-up code, or a secondary core. */
	vector	unexpected, 4
	vector	unexpected, 5
	vector	unexpected, 6
	vector	unexpected, 7
	/* From EL0: never entered. */
	.irp	index, 8, 9, 10, 11, 12, 13, 14, 15
	vector	unexpected, \index
	.endr

	.macro	save_context
	stp	x0, x1, [sp, #-16]!
	adrp	x0, scheduler_context
	ldr	x0, [x0, :lo12:scheduler_context]
	stp	x2, x3, [x0, #CONTEXT_X + 16]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0, #CONTEXT_X]
	stp	x4, x5, [x0, #CONTEXT_X + 32]
	stp	x6, x7, [x0, #CONTEXT_X + 48]
	stp	x8, x9, [x0, #CONTEXT_X + 64]
	stp	x10, x11, [x0, #CONTEXT_X + 80]
	stp	x12, x13, [x0, #CONTEXT_X + 96]
	stp	x14, x15, [x0, #CONTEXT_X + 112]
	stp	x16, x17, [x0, #CONTEXT_X + 128]
	stp	x18, x19, [x0, #CONTEXT_X + 144]
	stp	x20, x21, [x0, #CONTEXT_X + 160]
	stp	x22, x23, [x0, #CONTEXT_X + 176]
	stp	x24, x25, [x0, #CONTEXT_X + 192]
	stp	x26, x27, [x0, #CONTEXT_X + 208]
	stp	x28, x29, [x0, #CONTEXT_X + 224]
	mrs	x1, sp_el0
	stp	x30, x1, [x0, #CONTEXT_X + 240]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [x0, #CONTEXT_PC]
	mrs	x1, fpsr
	mrs	x2, fpcr
	stp	x1, x2, [x0, #CONTEXT_FPSR]
	add	x1, x0, #CONTEXT_Q
	fp_each	stp, x1
	.endm

	.macro	fp_each operation, base
	\operation q0, q1, [\base]
	\operation q2, q3, [\base, #32]
	\operation q4, q5, [\base, #64]
	\operation q6, q7, [\base, #96]
	\operation q8, q9, [\base, #128]
	\operation q10, q11, [\base, #160]
	\operation q12, q13, [\base, #192]
	\operation q14, q15, [\base, #224]
	\operation q16, q17, [\base, #256]
	\operation q18, q19, [\base, #288]
	\operation q20, q21, [\base, #320]
	\operation q22, q23, [\base, #352]
	\operation q24, q25, [\base, #384]
	\operation q26, q27, [\base, #416]
	\operation q28, q29, [\base, #448]
	\operation q30, q31, [\base, #480]
	.endm

	.text
task_interrupt:
	save_context
	bl	gic_on_interrupt
	bl	scheduler_switch
	b	context_restore

task_sync:
	save_context
	mrs	x1, esr_el1
	lsr	x2, x1, #ESR_CLASS_SHIFT
	cmp	x2, #ESR_CLASS_SVC64
	b.ne	1f
	bl	scheduler_switch
	b	context_restore
1:	mrs	x2, far_el1
	b	fault_task

/* x0 = vector number, the old x0 and x1 on the stack. Reports what it can; never returns. */
unexpected:
	mrs	x1, esr_el1
	mrs	x2, far_el1
	mrs	x3, elr_el1
	b	fault_kernel

/* void hal_context_start(struct hal_context *) */
	.global	hal_context_start
hal_context_start:
	adrp	x1, kernel_stack_top
	add	x1, x1, :lo12:kernel_stack_top
	mov	sp, x1

context_restore:
	add	x1, x0, #CONTEXT_Q
	fp_each	ldp, x1
	ldp	x1, x2, [x0, #CONTEXT_FPSR]
	msr	fpsr, x1
	msr	fpcr, x2
	ldp	x1, x2, [x0, #CONTEXT_PC]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x30, x1, [x0, #CONTEXT_X + 240]
	msr	sp_el0, x1
	ldp	x28, x29, [x0, #CONTEXT_X + 224]
	ldp	x26, x27, [x0, #CONTEXT_X + 208]
	ldp	x24, x25, [x0, #CONTEXT_X + 192]
	ldp	x22, x23, [x0, #CONTEXT_X + 176]
	ldp	x20, x21, [x0, #CONTEXT_X + 160]
	ldp	x18, x19, [x0, #CONTEXT_X + 144]
	ldp	x16, x17, [x0, #CONTEXT_X + 128]
	ldp	x14, x15, [x0, #CONTEXT_X + 112]
	ldp	x12, x13, [x0, #CONTEXT_X + 96]
	ldp	x10, x11, [x0, #CONTEXT_X + 80]
	ldp	x8, x9, [x0, #CONTEXT_X + 64]
	ldp	x6, x7, [x0, #CONTEXT_X + 48]
	ldp	x4, x5, [x0, #CONTEXT_X + 32]
	ldp	x2, x3, [x0, #CONTEXT_X + 16]
	ldp	x0, x1, [x0, #CONTEXT_X]
	eret
