/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of the exception vectors. */
#ifndef RT_AARCH64_FAULT_H
#define RT_AARCH64_FAULT_H

#include <stdint.h>

struct hal_context;

/* A task did what it must not. Called by vectors.S on the kernel's stack; syndrome and address as ESR and FAR say. */
_Noreturn void fault_task(const struct hal_context *context, uint64_t syndrome, uint64_t address);

/* An exception where none may be; `vector` is its number in the table, 0..15. */
_Noreturn void fault_kernel(uint64_t vector, uint64_t syndrome, uint64_t address, uint64_t pc);

#endif
