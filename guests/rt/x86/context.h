/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of struct hal_context in bytes, for assembly; hal_arch.h asserts that C sees the same. */
#ifndef RT_X86_CONTEXT_H
#define RT_X86_CONTEXT_H

#define CONTEXT_RAX 0
#define CONTEXT_RBX 8
#define CONTEXT_RCX 16
#define CONTEXT_RDX 24
#define CONTEXT_RSI 32
#define CONTEXT_RDI 40
#define CONTEXT_RBP 48
#define CONTEXT_R8 56
#define CONTEXT_R9 64
#define CONTEXT_R10 72
#define CONTEXT_R11 80
#define CONTEXT_R12 88
#define CONTEXT_R13 96
#define CONTEXT_R14 104
#define CONTEXT_R15 112
#define CONTEXT_RSP 120
#define CONTEXT_RIP 128
#define CONTEXT_RFLAGS 136
#define CONTEXT_FX 144 /* x87 and SSE, as FXSAVE64 writes them */
#define CONTEXT_SIZE 656

#endif
