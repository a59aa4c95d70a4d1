/* SPDX-License-Identifier: Apache-2.0 */
/* Task stacks are painted, so that their use can be measured and an overflow be noticed at the next switch. */
#ifndef RT_STACK_H
#define RT_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define STACK_PAINT 0xa5u

static inline void stack_paint(unsigned char *stack, size_t size)
{
	(void)memset(stack, (int)STACK_PAINT, size);
}

/* Whether the lowest eight bytes are as they were painted. */
static inline bool stack_is_intact(const unsigned char *stack)
{
	uint64_t lowest;

	(void)memcpy(&lowest, stack, sizeof(lowest));
	return lowest == UINT64_C(0xa5a5a5a5a5a5a5a5);
}

static inline size_t stack_unused(const unsigned char *stack, size_t size)
{
	size_t unused = 0;

	while (unused < size && stack[unused] == STACK_PAINT)
		unused++;
	return unused;
}

#endif
