/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exception vectors and the context switch. Tasks run in System mode on their own stacks, handlers in Supervisor mode
 * on the kernel's stack, which is empty whenever a task runs; the other modes are left at once and need no stack. A
 * task's whole state is saved to its struct hal_context on each entry, so that interrupt, system call and switch are
 * one path.
 */
#include "rt/aarch32/context.h"
#include "rt/aarch32/fault.h"
#include "rt/aarch32/sysreg.h"

	.arch_extension virt
	.arm

	.section .text.vectors, "ax"
	.balign	32
	.global	vectors
vectors:
	b	.		/* reset: never entered */
	b	undefined
	b	task_call
	b	prefetch_abort
	b	data_abort
	b	.		/* hypervisor's: never entered */
	b	task_interrupt
	b	fast_interrupt

/* Return address and PSR to the kernel's stack; on in Supervisor mode. `offset`: what the mode's LR is ahead by. */
	.macro	enter offset=0
	.if	\offset
	sub	lr, lr, #\offset
	.endif
	srsdb	sp!, #MODE_SUPERVISOR
	cps	#MODE_SUPERVISOR
	.endm

/* Leaves the task's context in r0; the kernel's stack is empty again. */
	.macro	save_context
	push	{r0, r1}
	movw	r0, #:lower16:scheduler_context
	movt	r0, #:upper16:scheduler_context
	ldr	r0, [r0]
	add	r1, r0, #CONTEXT_R + 8
	stm	r1, {r2-r12, sp, lr}^	/* of the task's mode */
	pop	{r2, r3}
	stm	r0, {r2, r3}
	pop	{r2, r3}
	add	r1, r0, #CONTEXT_PC
	stm	r1, {r2, r3}
	vmrs	r1, fpscr
	str	r1, [r0, #CONTEXT_FPSCR]
	add	r1, r0, #CONTEXT_D
	vstm	r1!, {d0-d15}
	vstm	r1, {d16-d31}
	.endm

	.text
task_interrupt:
	enter	4
	save_context
	bl	gic_on_interrupt
	bl	scheduler_switch
	b	context_restore

task_call:
	enter
	save_context
	bl	scheduler_switch
	b	context_restore

undefined:
	enter
	mov	r0, #VECTOR_UNDEFINED
	b	fault

prefetch_abort:
	enter	4
	mov	r0, #VECTOR_PREFETCH_ABORT
	b	fault

data_abort:
	enter	8
	mov	r0, #VECTOR_DATA_ABORT
	b	fault

fast_interrupt:
	enter	4
	mov	r0, #VECTOR_FIQ

/* r0 = vector, return address and PSR on the stack: adds SP and LR of the task's mode. Never returns. */
fault:
	sub	sp, sp, #8
	stm	sp, {sp, lr}^
	mov	r1, sp
	b	fault_report

/* void hal_context_start(struct hal_context *) */
	.global	hal_context_start
	.type	hal_context_start, %function
hal_context_start:
	movw	r1, #:lower16:kernel_stack_top
	movt	r1, #:upper16:kernel_stack_top
	mov	sp, r1

context_restore:
	clrex			/* no exclusive access of another task may succeed */
	ldr	r1, [r0, #CONTEXT_FPSCR]
	vmsr	fpscr, r1
	add	r1, r0, #CONTEXT_D
	vldm	r1!, {d0-d15}
	vldm	r1, {d16-d31}
	add	r1, r0, #CONTEXT_PC
	ldm	r1, {r2, r3}
	push	{r2, r3}
	ldm	r0, {r0-r12, sp, lr}^	/* of the task's mode */
	rfeia	sp!
