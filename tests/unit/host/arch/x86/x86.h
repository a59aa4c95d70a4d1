/* SPDX-License-Identifier: Apache-2.0 */
/* The processor as a test plays it: src/arch/x86/x86.h with the core's row, CPUID and model-specific registers from the test. */
#ifndef HOST_X86_H
#define HOST_X86_H

#define self x86_self
#define cpuid_read x86_cpuid_read
#define msr_read x86_msr_read
#define msr_write x86_msr_write
#include "../../../../../src/arch/x86/x86.h"
#undef self
#undef cpuid_read
#undef msr_read
#undef msr_write

struct core_state *self(void);
struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf);
uint64_t msr_read(uint32_t number);
void msr_write(uint32_t number, uint64_t value);

#endif
