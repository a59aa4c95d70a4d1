/* SPDX-License-Identifier: Apache-2.0 */
/* x86-64: a general-purpose register, both halves of the first and last SSE register, one of the x87's. */
#include "rt-selftest/registers.h"

void registers_spoil(void)
{
	static const uint32_t mxcsr = 0x7f80; /* rounds toward zero */

	__asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n\tpcmpeqd %%xmm8, %%xmm8\n\tpcmpeqd %%xmm15, %%xmm15\n\t"
			 "fninit\n\tfld1\n\tldmxcsr %0" ::"m"(mxcsr)
			 : "xmm0", "xmm8", "xmm15", "memory");
}

bool registers_survive(uint64_t seed)
{
	uint64_t general;
	uint64_t low;
	uint64_t high;
	uint64_t stacked;
	uint32_t mxcsr_before;
	uint32_t mxcsr_after;

	__asm__ volatile("stmxcsr %4\n\tmovq %6, %%r12\n\tmovq %6, %%xmm0\n\tmovq %6, %%xmm15\n\t"
			 "punpcklqdq %%xmm15, %%xmm15\n\tmovq %6, %3\n\tfildq %3\n\tmovl $0x30000, %%ecx\n"
			 "1:\tdecl %%ecx\n\tjnz 1b\n\t"
			 "movq %%r12, %0\n\tmovq %%xmm0, %1\n\tpsrldq $8, %%xmm15\n\tmovq %%xmm15, %2\n\t"
			 "fistpq %3\n\tstmxcsr %5"
			 : "=&r"(general), "=&r"(low), "=&r"(high), "=&m"(stacked), "=m"(mxcsr_before),
			   "=m"(mxcsr_after)
			 : "r"(seed)
			 : "rcx", "r12", "xmm0", "xmm15", "cc");
	return general == seed && low == seed && high == seed && stacked == seed && mxcsr_before == mxcsr_after;
}
