/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions that the hypervisor has to answer, as functions: each once in A32 and once in Thumb. */
#ifndef TESTS_GUESTS_AARCH32_PROBES_H
#define TESTS_GUESTS_AARCH32_PROBES_H

#include <stdint.h>

struct probes {
	/* ICC_PMR = value, by an instruction whose condition holds, or fails. */
	void (*mask_written)(uint32_t value);
	void (*mask_kept)(uint32_t value);
	/* The same as the first of four conditional instructions; 1 when of the others the second alone ran. */
	uint32_t (*mask_in_block)(uint32_t value);
	/* A call without further arguments; r0. */
	uint32_t (*hvc)(uint32_t function);
	uint32_t (*smc)(uint32_t function);
	/* An SMC whose condition fails; r0, which is then still the argument. */
	uint32_t (*smc_kept)(uint32_t function);
	/* An undefined instruction; its address. */
	uint32_t (*undefined)(void);
};

extern const struct probes probes_arm;
extern const struct probes probes_thumb;

/* What the Undefined Instruction exception left behind: LR_und and SPSR_und. */
extern volatile struct probe_record {
	uint32_t lr;
	uint32_t psr;
} probe_record;

/* From now on that exception comes here, and execution goes on behind the instruction. */
void probes_catch(void);

#endif
