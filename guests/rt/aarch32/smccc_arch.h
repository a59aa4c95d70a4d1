/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the Arm SMC calling convention (DEN 0028) by HVC. */
#ifndef RT_AARCH32_SMCCC_ARCH_H
#define RT_AARCH32_SMCCC_ARCH_H

#include <stdint.h>

#define SMCCC_64_BIT 0x40000000u

/*
 * value[0] = function id, value[1..3] = arguments; replaced by results r0..r3. Of an id for 64-bit callers its form
 * for 32-bit ones is called: the other does not exist here. Results of a 32-bit call are r0-r3, all else is kept.
 */
static inline void smccc_hvc(uint64_t value[4])
{
	register uint32_t r0 __asm__("r0") = (uint32_t)value[0] & ~SMCCC_64_BIT;
	register uint32_t r1 __asm__("r1") = (uint32_t)value[1];
	register uint32_t r2 __asm__("r2") = (uint32_t)value[2];
	register uint32_t r3 __asm__("r3") = (uint32_t)value[3];

	__asm__ volatile(".arch_extension virt\n\thvc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)::"memory");
	value[0] = r0;
	value[1] = r1;
	value[2] = r2;
	value[3] = r3;
}

#endif
