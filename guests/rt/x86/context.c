/* SPDX-License-Identifier: Apache-2.0 */
/* Processor contexts of tasks; saving and restoring them is in vectors.S. */
#include <stdint.h>
#include <string.h>

#include "rt/hal.h"

/* The FXSAVE area's control words and what they are after reset (AMD64 APM volume 1, 5.10 and 6.6.2). */
#define FX_FCW 0u
#define FX_MXCSR 24u
#define FCW_INITIAL UINT16_C(0x037f)
#define MXCSR_INITIAL UINT32_C(0x1f80)

void hal_context_init(struct hal_context *context, void *stack_top, void (*entry)(void *argument), void *argument)
{
	static const uint16_t fcw = FCW_INITIAL;
	static const uint32_t mxcsr = MXCSR_INITIAL;

	/* As if called: a return address, which is nowhere, lies above 16 aligned bytes. */
	uint64_t *stack = (uint64_t *)((uintptr_t)stack_top & ~(uintptr_t)15) - 1;

	*stack = 0;
	*context = (struct hal_context){
		.rdi = (uint64_t)(uintptr_t)argument,
		.rsp = (uint64_t)(uintptr_t)stack,
		.rip = (uint64_t)(uintptr_t)entry,
		.rflags = RFLAGS_RESERVED | RFLAGS_IF,
	};
	(void)memcpy(&context->fx[FX_FCW], &fcw, sizeof(fcw));
	(void)memcpy(&context->fx[FX_MXCSR], &mxcsr, sizeof(mxcsr));
}

void hal_context_switch(void)
{
	__asm__ volatile("int %0" ::"i"(VECTOR_SWITCH) : "memory");
}

void hal_idle(void)
{
	__asm__ volatile("hlt" ::: "memory");
}
