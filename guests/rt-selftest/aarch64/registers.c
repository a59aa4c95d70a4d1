/* SPDX-License-Identifier: Apache-2.0 */
/* AArch64: a general-purpose register, the low half of a callee-saved FP register, the high half of the last one. */
#include "rt-selftest/registers.h"

void registers_spoil(void)
{
	__asm__ volatile("movi v0.16b, #0x55\n\tmovi v8.16b, #0x66\n\tmovi v16.16b, #0x77\n\t"
			 "movi v31.16b, #0x88\n\tmsr fpsr, xzr" ::
				 : "v0", "v8", "v16", "v31", "memory");
}

bool registers_survive(uint64_t seed)
{
	uint64_t general;
	uint64_t low;
	uint64_t high;

	__asm__ volatile("mov x20, %3\n\tfmov d8, %3\n\tdup v31.2d, %3\n\tmov x21, #0x30000\n"
			 "1:\tsubs x21, x21, #1\n\tb.ne 1b\n\t"
			 "mov %0, x20\n\tfmov %1, d8\n\tmov %2, v31.d[1]"
			 : "=&r"(general), "=&r"(low), "=&r"(high)
			 : "r"(seed)
			 : "x20", "x21", "v8", "v31", "cc");
	return general == seed && low == seed && high == seed;
}
