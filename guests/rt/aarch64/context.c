/* SPDX-License-Identifier: Apache-2.0 */
/* Processor contexts of tasks; saving and restoring them is in vectors.S. */
#include <stdint.h>

#include "rt/aarch64/sysreg.h"
#include "rt/hal.h"

void hal_context_init(struct hal_context *context, void *stack_top, void (*entry)(void *argument), void *argument)
{
	*context = (struct hal_context){
		.x[0] = (uint64_t)(uintptr_t)argument,
		.sp = (uint64_t)(uintptr_t)stack_top & ~UINT64_C(15),
		.pc = (uint64_t)(uintptr_t)entry,
		.pstate = PSTATE_TASK,
	};
}

void hal_context_switch(void)
{
	__asm__ volatile("svc #0" ::: "memory");
}

void hal_idle(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}
