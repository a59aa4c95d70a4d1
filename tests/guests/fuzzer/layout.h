/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the fuzzer keeps what: constants for C and assembly. Its RAM is identity-mapped in blocks of 2 MiB; addresses of
 * devices are the board's.
 */
#ifndef FUZZER_LAYOUT_H
#define FUZZER_LAYOUT_H

#define RAM_BASE 0x80000000
#define RAM_BLOCK 0x200000
#define CORES 2

/* Block 1: the cores' arenas, where random instructions run, executable at EL1; at ARENA_USER the same for EL0. */
#define ARENA (RAM_BASE + RAM_BLOCK)
#define ARENA_SIZE 0x1000 /* a core's */
#define ARENA_USER (RAM_BASE + 4 * RAM_BLOCK)
/* Blocks 2 and 3: memory to play with. Its first pages are translation tables that random ones may choose. */
#define PLAYGROUND (RAM_BASE + 2 * RAM_BLOCK)
#define PLAYGROUND_SIZE (2 * RAM_BLOCK)
#define SPARE_TABLES 4

#define GICD_BASE 0x08000000
#define GICD_SIZE 0x10000
#define GICR_BASE 0x080a0000
#define GICR_FRAME 0x20000
#define UART_BASE 0x09000000
#define OWN 0x100000 /* so far above, the same again, out of EL0's reach: a block may leave PSTATE.PAN set */

/* From here on: guest-physical memory as it is, whether it exists or not, as a device and as memory. */
#define BEYOND_DEVICE 0x5540000000
#define BEYOND_MEMORY 0x5740000000
#define BEYOND_GIBS 8

#define STACK_SIZE 0x2000

/* EL1's registers while no random instruction runs (Arm ARM DDI 0487, D19.2). */
#define FUZZER_MAIR 0x04ff
#define FUZZER_TCR 0x80803519   /* TTBR0 only, 39 bits, 4 KiB pages, inner shareable, write-back */
#define FUZZER_TCR_IPS 0x2      /* 40 bits, in bits 34:32 */
#define FUZZER_SCTLR 0x30d0180d /* RES1 bits, I, SA, C, M */
#define FUZZER_CPACR 0x300000   /* FP and SIMD */

#define CLASSES 64 /* of exceptions (ESR_EL1.EC) */
#define CLASS_SVC 0x15

#define TIMER_ID 27
#define TIMER_BIT 0x8000000

#endif
