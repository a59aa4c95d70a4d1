/* SPDX-License-Identifier: Apache-2.0 */
/* What the partition's own faults come to: one report on its console, then it switches itself off. */
#include "rt/x86/fault.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rt/hal.h"
#include "rt/panic.h"
#include "rt/task.h"

/* The kernel's stack has no other name for its lower end than its size in start.S. */
#define KERNEL_STACK_SIZE 0x4000u

extern const char kernel_stack_top[];

static bool is_kernel(uint64_t rsp)
{
	uint64_t top = (uint64_t)(uintptr_t)kernel_stack_top;

	return task_self() == NULL || (rsp > top - KERNEL_STACK_SIZE && rsp <= top);
}

_Noreturn void fault_report(const struct fault_frame *frame, uint64_t address)
{
	const char *name = is_kernel(frame->rsp) ? "the kernel" : task_self()->name;
	char text[160];

	(void)snprintf(text, sizeof(text), "exception %lu in %s: error 0x%lx cr2 0x%lx rip 0x%lx rsp 0x%lx",
		       frame->vector, name, frame->error, address, frame->rip, frame->rsp);
	panic(text);
}
