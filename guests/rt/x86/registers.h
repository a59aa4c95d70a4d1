/* SPDX-License-Identifier: Apache-2.0 */
/* Values of x86-64 system registers that this runtime uses (AMD64 APM volume 2), for C and assembly. */
#ifndef RT_X86_REGISTERS_H
#define RT_X86_REGISTERS_H

#define CR0_PE 0x1
#define CR0_MP 0x2
#define CR0_EM 0x4
#define CR0_TS 0x8
#define CR0_NE 0x20
#define CR0_WP 0x10000
#define CR0_CACHES_OFF 0x60000000 /* CD, NW: as a reset leaves them */
#define CR0_PG 0x80000000

#define CR4_PAE 0x20
#define CR4_OSFXSR 0x200
#define CR4_OSXMMEXCPT 0x400

#define EFER 0xc0000080
#define EFER_LME 0x100
#define EFER_NXE 0x800

#define RFLAGS_RESERVED 0x2 /* reads as one */
#define RFLAGS_IF 0x200

/* Those with which a partition starts, so that this runtime's own table takes over without a far jump. */
#define SELECTOR_CODE_32 0x08 /* on the way there, for further cores */
#define SELECTOR_CODE 0x10
#define SELECTOR_DATA 0x18
#define SELECTOR_TASK 0x20

/* Vectors: exceptions, the switch of tasks, then interrupts. Interrupt id n has vector VECTOR_INTERRUPTS + n. */
#define VECTOR_SWITCH 0x20
#define VECTOR_INTERRUPTS 0x30
#define VECTOR_TIMER 0xe0
#define VECTOR_SPURIOUS 0xff

#endif
