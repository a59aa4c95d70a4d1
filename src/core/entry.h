/* SPDX-License-Identifier: Apache-2.0 */
/* The upcalls: all that arch may call in core. */
#ifndef CORE_ENTRY_H
#define CORE_ENTRY_H

#include "plan/plan.h"
#include "plan/refusal.h"
#include "types.h"

/*
 * A core's life from here: checks, set-up, its partition's load, then its guest or a parked wait. Each core once, on
 * its own stack, MMU on, interrupts masked. `boots` marks the first core, which also sets up what is shared.
 */
NORETURN void core_main(const struct plan_header *plan, uint32_t row, bool boots);

/* This core is about to run its guest's first instruction. From arch_vcpu_enter. Cannot fail. */
void core_on_guest_enter(void);

/* Results of core_vcpu_on, in the field's words (PSCI: Arm DEN 0022, 5.2.2). */
enum vcpu_on { VCPU_ON_OK, VCPU_ON_INVALID, VCPU_ON_ALREADY, VCPU_ON_PENDING, VCPU_ON_DENIED };

/* Starts virtual core `number` of the caller's own partition. A guest's call on its core; does not wait. */
enum vcpu_on core_vcpu_on(uint32_t number, gpaddr_t entry, uint64_t argument) WARN_UNUSED;

/* Whether virtual core `number` (in range) of the caller's own partition is on, off, or on its way. Cannot fail. */
enum vcpu_power { VCPU_POWER_ON = 0, VCPU_POWER_OFF = 1, VCPU_POWER_PENDING = 2 };
enum vcpu_power core_vcpu_power(uint32_t number);

/* Switches the caller's virtual core off; its partition too when it was the last. A guest's call on its core. */
NORETURN void core_vcpu_off(void);

/* The caller's partition ends: by its own wish, or reset by itself (policy `on-reset`). A guest's call on its core. */
NORETURN void core_partition_end(bool reset);

/*
 * A call of the vendor-specific range (plan/abi.h): function id, x1-x3 in `values`, results x0-x3 there. False:
 * unknown.
 */
bool core_on_service(uint32_t function, uint64_t values[4]) WARN_UNUSED;

#define GUEST_FAULT_LINE 6u

/* What a guest did that has no answer: to be reported and handed to its partition's policy. */
struct guest_fault {
	const char *cause; /* in words */
	uint64_t syndrome; /* the architecture's code for it */
	uint64_t pc;       /* guest-virtual */
	uint64_t address;  /* guest-physical where has_address, else guest-virtual */
	bool has_address;
	uint32_t instruction; /* where has_instruction */
	bool has_instruction;
	const uint64_t *registers; /* general-purpose, register_count of them */
	uint32_t register_count;
	const char *const *register_names; /* one for GUEST_FAULT_LINE of them at a time, as a report's line begins */
};

/* Reports the fault, or quietly parks when the partition is being stopped anyway. The guest's own core. */
NORETURN void core_on_guest_fault(const struct guest_fault *fault);

/* Our own mistake: one line, all stops on this core. Any core, any state. */
NORETURN void core_panic(const char *what, uint64_t value, uint64_t pc);

#endif
