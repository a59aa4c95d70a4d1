/* SPDX-License-Identifier: Apache-2.0 */
/* The place of the instruction: written as data, executed through a far read-only alias (map.h). */
#include "hostile/snippet.h"

#include "hostile/map.h"
#include "hostile/probe.h"

#define SVC 0xd4000001u

/* snippet.S; returns the syndrome of the exception that ended it. */
uint64_t snippet_call(uint64_t pc, uint64_t pstate, uint64_t registers[SNIPPET_REGISTERS]);

static _Alignas(64) volatile uint32_t code[16];
static uint64_t alias;

void snippet_prepare(void)
{
	alias = map_executable((uint64_t)(uintptr_t)code);
	code[1] = SVC;
}

volatile uint32_t *snippet_place(void)
{
	return code;
}

uint32_t snippet_run(uint32_t instruction, uint64_t pstate, uint64_t registers[SNIPPET_REGISTERS])
{
	code[0] = instruction;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %1\n\tdsb ish\n\tisb" ::"r"(code), "r"(alias) : "memory");
	return PROBE_CLASS(snippet_call(alias, pstate, registers));
}
