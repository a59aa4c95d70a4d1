/* SPDX-License-Identifier: Apache-2.0 */
/* What the partition's own faults come to: one report on its console, then it switches itself off. */
#include "rt/aarch64/fault.h"

#include <stdint.h>
#include <stdio.h>

#include "rt/hal.h"
#include "rt/panic.h"
#include "rt/task.h"

_Noreturn void fault_task(const struct hal_context *context, uint64_t syndrome, uint64_t address)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "fault in task '%s': esr 0x%08lx far 0x%lx pc 0x%lx lr 0x%lx sp 0x%lx",
		       task_self()->name, syndrome, address, context->pc, context->x[30], context->sp);
	panic(text);
}

_Noreturn void fault_kernel(uint64_t vector, uint64_t syndrome, uint64_t address, uint64_t pc)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "exception %lu in the kernel: esr 0x%08lx far 0x%lx pc 0x%lx", vector,
		       syndrome, address, pc);
	panic(text);
}
