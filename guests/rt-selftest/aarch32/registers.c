/* SPDX-License-Identifier: Apache-2.0 */
/* AArch32: two general-purpose registers, a callee-saved FP register, the last one; the flags steer the loop. */
#include "rt-selftest/registers.h"

void registers_spoil(void)
{
	__asm__ volatile("vmov.i8 q0, #0x55\n\tvmov.i8 q4, #0x66\n\tvmov.i8 q8, #0x77\n\t"
			 "vmov.i8 q15, #0x88\n\tvmsr fpscr, %0" ::"r"(0)
			 : "q0", "q4", "q8", "q15", "memory");
}

bool registers_survive(uint64_t seed)
{
	uint64_t general;
	uint64_t low;
	uint64_t high;

	__asm__ volatile("mov r4, %Q3\n\tmov r12, %R3\n\tvmov d8, %Q3, %R3\n\tvmov d31, %Q3, %R3\n\tmov r5, #0x30000\n"
			 "1:\tsubs r5, r5, #1\n\tbne 1b\n\t"
			 "mov %Q0, r4\n\tmov %R0, r12\n\tvmov %Q1, %R1, d8\n\tvmov %Q2, %R2, d31"
			 : "=&r"(general), "=&r"(low), "=&r"(high)
			 : "r"(seed)
			 : "r4", "r5", "r12", "d8", "d31", "cc");
	return general == seed && low == seed && high == seed;
}
