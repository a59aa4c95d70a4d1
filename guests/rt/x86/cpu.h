/* SPDX-License-Identifier: Apache-2.0 */
/* This core's instructions that C has no words for: CPUID, MSRs, the time-stamp counter; and the local APIC's registers. */
#ifndef RT_X86_CPU_H
#define RT_X86_CPU_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpu_id(uint32_t leaf)
{
	struct cpuid id;

	__asm__ volatile("cpuid" : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx) : "a"(leaf), "c"(0));
	return id;
}

/* Whether a leaf of hypervisors carries the signature, twelve characters. */
static inline bool cpu_id_is_signed(uint32_t leaf, const char *signature)
{
	struct cpuid id = cpu_id(leaf);
	uint32_t words[3] = {id.ebx, id.ecx, id.edx};

	return memcmp(words, signature, sizeof(words)) == 0;
}

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return ((uint64_t)high << 32) | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* The fence: or the counter could be read ahead of what is being timed. */
static inline uint64_t cpu_timestamp(void)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
	return ((uint64_t)high << 32) | low;
}

/* The local APIC in x2APIC mode (AMD64 APM volume 2, 16.11). The timer's current count, 0x839, is never read. */
#define MSR_APIC_BASE 0x1bu
#define APIC_BASE_X2APIC 0xc00u /* on, and reached by MSRs */
#define APIC_ID 0x802u
#define APIC_TASK_PRIORITY 0x808u
#define APIC_END 0x80bu
#define APIC_SPURIOUS 0x80fu
#define APIC_SPURIOUS_ON 0x100u
#define APIC_REQUESTS 0x820u /* eight registers of 32 vectors */
#define APIC_COMMAND 0x830u
#define APIC_LVT_TIMER 0x832u
#define APIC_LVT_LINT0 0x835u
#define APIC_LVT_LINT1 0x836u
#define APIC_LVT_MASKED 0x10000u
#define APIC_TIMER_COUNT 0x838u
#define APIC_TIMER_DIVIDER 0x83eu
#define APIC_TIMER_UNDIVIDED 0xbu

#endif
