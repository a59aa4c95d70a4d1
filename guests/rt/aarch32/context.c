/* SPDX-License-Identifier: Apache-2.0 */
/* Processor contexts of tasks; saving and restoring them is in vectors.S. */
#include <stdint.h>

#include "rt/aarch32/sysreg.h"
#include "rt/hal.h"

void hal_context_init(struct hal_context *context, void *stack_top, void (*entry)(void *argument), void *argument)
{
	uint32_t address = (uint32_t)(uintptr_t)entry;

	*context = (struct hal_context){
		.r[0] = (uint32_t)(uintptr_t)argument,
		.sp = (uint32_t)(uintptr_t)stack_top & ~7u,
		.pc = address & ~1u,
		.psr = PSR_TASK | ((address & 1u) != 0 ? PSR_THUMB : 0u),
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
