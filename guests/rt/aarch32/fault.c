/* SPDX-License-Identifier: Apache-2.0 */
/* What the partition's own faults come to: one report on its console, then it switches itself off. */
#include "rt/aarch32/fault.h"

#include <inttypes.h>
#include <stdio.h>

#include "rt/aarch32/sysreg.h"
#include "rt/panic.h"
#include "rt/task.h"

static const char *const names[] = {
	[VECTOR_UNDEFINED] = "undefined instruction",
	[VECTOR_CALL] = "system call",
	[VECTOR_PREFETCH_ABORT] = "prefetch abort",
	[VECTOR_DATA_ABORT] = "data abort",
	[VECTOR_IRQ] = "interrupt",
	[VECTOR_FIQ] = "fast interrupt",
};

/* Fault status and address registers: DFSR and DFAR for data, IFSR and IFAR for instructions. */
static uint32_t fault_status(uint32_t vector)
{
	return vector == VECTOR_DATA_ABORT ? CP15_READ(0, c5, c0, 0) : CP15_READ(0, c5, c0, 1);
}

static uint32_t fault_address(uint32_t vector)
{
	return vector == VECTOR_DATA_ABORT ? CP15_READ(0, c6, c0, 0) : CP15_READ(0, c6, c0, 2);
}

static uint32_t fault_pc(uint32_t vector, const struct fault_frame *frame)
{
	if (vector != VECTOR_UNDEFINED)
		return frame->pc;
	return frame->pc - ((frame->psr & PSR_THUMB) != 0 ? 2u : 4u);
}

_Noreturn void fault_report(uint32_t vector, const struct fault_frame *frame)
{
	uint32_t status = fault_status(vector);
	uint32_t address = fault_address(vector);
	char text[160];

	if ((frame->psr & PSR_MODE) == MODE_SYSTEM)
		(void)snprintf(text, sizeof(text),
			       "fault in task '%s': %s, fsr 0x%08" PRIx32 " far 0x%" PRIx32 " pc 0x%" PRIx32
			       " lr 0x%" PRIx32 " sp 0x%" PRIx32,
			       task_self()->name, names[vector], status, address, fault_pc(vector, frame), frame->lr,
			       frame->sp);
	else
		(void)snprintf(text, sizeof(text),
			       "%s in the kernel: fsr 0x%08" PRIx32 " far 0x%" PRIx32 " pc 0x%" PRIx32, names[vector],
			       status, address, fault_pc(vector, frame));
	panic(text);
}
