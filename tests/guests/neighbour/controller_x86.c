/* SPDX-License-Identifier: Apache-2.0 */
/* x86-64: all pins of the I/O APIC; of those that are other partitions' one sees no more than that they are masked. */
#include "neighbour/controller.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rt/hal.h"

#define INDEX 0x00u
#define DATA 0x10u
#define FIRST_REGISTER 0x10u
#define PINS 24u
#define EXITS_A_REGISTER 2u

extern const char ioapic_base[];

static uint32_t words[2u * PINS];

unsigned controller_read(void)
{
	uint64_t base = (uint64_t)(uintptr_t)ioapic_base;

	for (uint32_t i = 0; i < 2u * PINS; i++) {
		mmio_write32(base + INDEX, FIRST_REGISTER + i);
		words[i] = mmio_read32(base + DATA);
	}
	return EXITS_A_REGISTER * 2u * PINS;
}

void controller_print(void)
{
	(void)printf("CONTROLLER");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		(void)printf(" %lx", (unsigned long)words[i]);
	(void)puts(" end");
}

uint32_t controller_timer(void)
{
	return VECTOR_TIMER - VECTOR_INTERRUPTS;
}

/* Every vector has a gate anyway. */
void controller_listen(void)
{
}
