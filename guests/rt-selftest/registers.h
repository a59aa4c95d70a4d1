/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that a switch of tasks must keep; one file an execution state. */
#ifndef RT_SELFTEST_REGISTERS_H
#define RT_SELFTEST_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

/* Overwrites FP registers from the first to the last, and their status. */
void registers_spoil(void);

/* Holds `seed` in general-purpose and FP registers for so long that several preemptions come; whether it is kept. */
bool registers_survive(uint64_t seed);

#endif
