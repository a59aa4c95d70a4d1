/* SPDX-License-Identifier: Apache-2.0 */
/* The core's descriptor tables (AMD64 APM volume 2, 4.8 and 12.2.5): its segments, one task state for its stacks, 256 gates. */
#include "rt/x86/descriptors.h"

#include <stdint.h>

#include "rt/x86/registers.h"

#define GATES 256u
#define STUB_SIZE 16u /* of vectors.S */
#define EXCEPTIONS 32u

#define SEGMENT_CODE UINT64_C(0x00af9b000000ffff) /* 64-bit, level 0, present, accessed */
#define SEGMENT_CODE_32 UINT64_C(0x00cf9b000000ffff)
#define SEGMENT_DATA UINT64_C(0x00cf93000000ffff)
#define SEGMENT_TASK UINT64_C(0x0000890000000000) /* available 64-bit TSS, present */

#define GATE_INTERRUPT UINT64_C(0x8e00) /* masks interrupts; level 0, present */
#define IST_KERNEL 1u
#define IST_FAULT 2u

/* Words of the task state segment: the rest of it is for levels that nobody is at. */
#define TASK_WORDS 26u
#define TASK_IST(number) (7u + 2u * (number))
#define TASK_PORTS 25u /* upper half: offset of the port map; behind the end = none */

struct gate {
	uint64_t low;
	uint64_t high;
};

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

extern const char vectors[];
extern const char kernel_stack_top[];
extern const char fault_stack_top[];

uint64_t descriptors[DESCRIPTORS_SIZE / sizeof(uint64_t)];
static uint32_t task_state[TASK_WORDS];
static struct gate gates[GATES];

static void stack_set(uint32_t ist, const char *top)
{
	uint64_t address = (uint64_t)(uintptr_t)top;

	task_state[TASK_IST(ist)] = (uint32_t)address;
	task_state[TASK_IST(ist) + 1u] = (uint32_t)(address >> 32);
}

static void segments_build(void)
{
	uint64_t base = (uint64_t)(uintptr_t)task_state;

	descriptors[SELECTOR_CODE_32 / 8] = SEGMENT_CODE_32;
	descriptors[SELECTOR_CODE / 8] = SEGMENT_CODE;
	descriptors[SELECTOR_DATA / 8] = SEGMENT_DATA;
	descriptors[SELECTOR_TASK / 8] =
		SEGMENT_TASK | (sizeof(task_state) - 1u) | ((base & 0xffffffu) << 16) | (((base >> 24) & 0xffu) << 56);
	descriptors[SELECTOR_TASK / 8 + 1] = base >> 32;
	task_state[TASK_PORTS] = (uint32_t)sizeof(task_state) << 16;
	stack_set(IST_KERNEL, kernel_stack_top);
	stack_set(IST_FAULT, fault_stack_top);
}

static void gates_build(void)
{
	for (uint32_t i = 0; i < GATES; i++) {
		uint64_t address = (uint64_t)(uintptr_t)vectors + i * STUB_SIZE;
		uint64_t ist = i < EXCEPTIONS ? IST_FAULT : IST_KERNEL;

		gates[i].low = (address & 0xffffu) | ((uint64_t)SELECTOR_CODE << 16) | (ist << 32) |
			       (GATE_INTERRUPT << 32) | (((address >> 16) & 0xffffu) << 48);
		gates[i].high = address >> 32;
	}
}

void descriptors_load(void)
{
	const struct table_register descriptors_at = {sizeof(descriptors) - 1u, (uint64_t)(uintptr_t)descriptors};
	const struct table_register gates_at = {sizeof(gates) - 1u, (uint64_t)(uintptr_t)gates};

	segments_build();
	gates_build();
	__asm__ volatile("lgdt %0\n\tlidt %1\n\tltr %w2" ::"m"(descriptors_at), "m"(gates_at), "r"(SELECTOR_TASK)
			 : "memory");
}
