/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the Arm SMC calling convention (DEN 0028) by HVC. */
#ifndef RT_AARCH64_SMCCC_ARCH_H
#define RT_AARCH64_SMCCC_ARCH_H

#include <stdint.h>

/* value[0] = function id, value[1..3] = arguments; replaced by results x0..x3. Version 1.0 lets x4-x17 be destroyed. */
static inline void smccc_hvc(uint64_t value[4])
{
	register uint64_t x0 __asm__("x0") = value[0];
	register uint64_t x1 __asm__("x1") = value[1];
	register uint64_t x2 __asm__("x2") = value[2];
	register uint64_t x3 __asm__("x3") = value[3];

	__asm__ volatile("hvc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
			   "memory");
	value[0] = x0;
	value[1] = x1;
	value[2] = x2;
	value[3] = x3;
}

#endif
