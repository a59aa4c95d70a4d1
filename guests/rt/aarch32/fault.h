/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of the exception vectors. */
#ifndef RT_AARCH32_FAULT_H
#define RT_AARCH32_FAULT_H

/* Slots of the vector table. */
#define VECTOR_UNDEFINED 1
#define VECTOR_CALL 2
#define VECTOR_PREFETCH_ABORT 3
#define VECTOR_DATA_ABORT 4
#define VECTOR_IRQ 6
#define VECTOR_FIQ 7

#ifndef __ASSEMBLER__
#include <stdint.h>

/* What vectors.S leaves on the stack. */
struct fault_frame {
	uint32_t sp; /* of System mode */
	uint32_t lr;
	uint32_t pc; /* of the instruction; VECTOR_UNDEFINED: behind it */
	uint32_t psr;
};

/* A task, or the kernel, did what it must not. Called by vectors.S in Supervisor mode, interrupts masked. */
_Noreturn void fault_report(uint32_t vector, const struct fault_frame *frame);
#endif

#endif
