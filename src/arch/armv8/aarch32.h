/* SPDX-License-Identifier: Apache-2.0 */
/* What is different when the interrupted code was AArch32: conditions, instruction lengths, coprocessors, UNDEF. */
#ifndef ARMV8_AARCH32_H
#define ARMV8_AARCH32_H

#include "arch/armv8/exit.h"

#define SPSR_AARCH32 0x10u

/* Exception classes that only AArch32 has (Arm ARM D19.2.39) */
#define EC_CP15 0x03u
#define EC_CP15_PAIR 0x04u
#define EC_CP14 0x05u
#define EC_CP14_TRANSFER 0x06u
#define EC_CP14_PAIR 0x0cu
#define EC_HVC32 0x12u
#define EC_SMC32 0x13u

/* Whether the exit's instruction would have executed: its condition, and its place in an IT block (D19.2.39, CV, COND). */
bool aarch32_condition_holds(uint64_t syndrome);

/* Behind the current instruction, of 2 or 4 bytes; the IT block advances. */
void aarch32_skip(uint64_t syndrome);

/* An Undefined Instruction exception to AArch32 EL1 at the current instruction (Arm ARM G1.12.1). */
void aarch32_undefined_inject(struct exit_frame *frame);

/* A trapped MCR, MRC, MCRR or MRRC; false: it is undefined. */
bool aarch32_coprocessor(struct exit_frame *frame, uint64_t syndrome) WARN_UNUSED;

#endif
