/* SPDX-License-Identifier: Apache-2.0 */
/* Exits: what the vectors leave on the stack, and who answers. Calls between the files of this folder. */
#ifndef ARMV8_EXIT_H
#define ARMV8_EXIT_H

#include "arch/armv8/start_offsets.h"
#include "arch/armv8/sysreg.h"
#include "arch/core_state.h"
#include "types.h"

/*
 * A guest's general-purpose registers. A call leaves only x0-x7 there, an exit that moves one register only its value; what
 * else reaches C all of them.
 */
struct exit_frame {
	uint64_t x[31];
	uint64_t value;  /* of the register that moves: in, and out with TRANSFER_READ */
	uint64_t number; /* which one, for the vectors */
	uint64_t reserved;
};

/* This core's state row, as arch_core_state: without a call on the exit paths. */
static inline struct core_state *self(void)
{
	return core_pointer();
}

_Static_assert((sizeof(struct exit_frame) == FRAME_SIZE) && (offsetof(struct exit_frame, value) == FRAME_VALUE) &&
		       (offsetof(struct exit_frame, number) == FRAME_NUMBER),
	       "frame known to assembly");

/* Exception classes (Arm ARM D19.2.39, ESR_EL2.EC) */
#define EC_WFX 0x01u
#define EC_SVE 0x19u
#define EC_SME 0x1du
#define EC_FP 0x07u
#define EC_HVC64 0x16u
#define EC_SMC64 0x17u
#define EC_SYSREG 0x18u
#define EC_INSTRUCTION_ABORT 0x20u
#define EC_DATA_ABORT 0x24u

/* All exits but those that the vectors finish by themselves. True: make the call of x0. The guest's core. */
bool exit_handle(struct exit_frame *frame, uint64_t syndrome);

/*
 * A call by HVC #0 or SMC #0 that is not one of psci_calls: SMCCC and the vendor range. Function id in x0, results in x0-x3.
 * The vectors call PSCI's handlers themselves.
 */
void call_other(struct exit_frame *frame);

/* A call by any other immediate, HVC or SMC: not supported (Arm DEN 0028, 2.9). */
void call_refuse(struct exit_frame *frame);

/* How an exit that moves one register went. The vectors know the numbers. */
#define TRANSFER_WRITTEN 0u    /* done, no result */
#define TRANSFER_READ 1u       /* done, the frame's value is the result */
#define TRANSFER_UNFINISHED 2u /* nothing was done: exit_handle has to, with all registers */

/* A trapped MSR, MRS or system instruction: `value` is written, or what is read comes back in it; TRANSFER_*. */
uint64_t sysreg_transfer(uint64_t *value, uint64_t syndrome);

/* The trapped register of a TRAP_KEY: `value` is written, or what is read comes back in it; TRANSFER_*. */
uint64_t register_transfer(uint32_t key, bool read, uint64_t *value);

/* Any other data abort at stage 2: a register access without a syndrome, or a guest fault. */
void data_abort_handle(struct exit_frame *frame, uint64_t syndrome);

/* The guest sees an Undefined Instruction exception at its current instruction (Arm ARM D1.3.5). */
void undefined_inject(struct exit_frame *frame);

/* Ends the guest: `cause` in words, registers from `frame`. */
NORETURN void exit_fault(const struct exit_frame *frame, uint64_t syndrome, const char *cause);

/* The same, naming the instruction that it was. */
NORETURN void exit_fault_at(const struct exit_frame *frame, uint64_t syndrome, const char *cause, uint32_t instruction);

/* The guest-physical address of a stage-2 data abort (Arm ARM D19.2.62, HPFAR_EL2). */
static inline gpaddr_t abort_address(void)
{
	uint64_t page = (sysreg_read(hpfar_el2) >> 4)
			<< 12; /* FIPA; the bits above it are zero without FEAT_LPA2's NS */
	gpaddr_t address = {page | (sysreg_read(far_el2) & 0xfffu)};

	return address;
}

/* The guest continues behind the current instruction. */
void exit_skip(uint64_t syndrome);

/* From the vectors: an exception that has no business here. */
NORETURN void exit_stray(struct exit_frame *frame, uint64_t syndrome);

#endif
