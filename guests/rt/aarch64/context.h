/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of struct hal_context in bytes, for assembly; hal_arch.h asserts that C sees the same. */
#ifndef RT_AARCH64_CONTEXT_H
#define RT_AARCH64_CONTEXT_H

#define CONTEXT_X 0    /* x0..x30 */
#define CONTEXT_SP 248 /* SP_EL0: tasks run at EL1t */
#define CONTEXT_PC 256
#define CONTEXT_PSTATE 264
#define CONTEXT_FPSR 272
#define CONTEXT_FPCR 280
#define CONTEXT_Q 288 /* q0..q31 */
#define CONTEXT_SIZE 800

#endif
