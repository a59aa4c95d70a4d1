/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of struct hal_context in bytes, for assembly; hal_arch.h asserts that C sees the same. */
#ifndef RT_AARCH32_CONTEXT_H
#define RT_AARCH32_CONTEXT_H

#define CONTEXT_R 0   /* r0..r12, then SP and LR of System mode */
#define CONTEXT_PC 60 /* and PSR */
#define CONTEXT_FPSCR 68
#define CONTEXT_D 72 /* d0..d31 */
#define CONTEXT_SIZE 328

#endif
