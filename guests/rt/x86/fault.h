/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of the exception vectors. */
#ifndef RT_X86_FAULT_H
#define RT_X86_FAULT_H

#include <stdint.h>

/* What lies on the stack when an exception has entered vectors.S. */
struct fault_frame {
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

/* A task, or the kernel itself, did what it must not; `address` is CR2. Called by vectors.S on the fault stack. */
_Noreturn void fault_report(const struct fault_frame *frame, uint64_t address);

#endif
