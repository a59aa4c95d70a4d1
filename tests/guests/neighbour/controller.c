/* SPDX-License-Identifier: Apache-2.0 */
/* Armv8: the registers of interrupts 32-63, where all of the neighbour's are; other partitions' read as zero. */
#include "neighbour/controller.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rt/hal.h"

#define GIC_IGROUPR 0x0080u
#define GIC_ISENABLER 0x0100u
#define GIC_IPRIORITYR 0x0400u
#define GICD_ITARGETSR 0x0800u /* GICv2; zero on a GICv3, which has GICD_IROUTER */
#define GIC_ICFGR 0x0c00u
#define GICD_IROUTER 0x6000u
#define FIRST 32u
#define COUNT 32u
#define TIMER 27u
#define SGIS 16u

/* Offset and bits an interrupt. */
static const struct {
	uint32_t offset;
	uint32_t bits;
} banks[] = {{GIC_IGROUPR, 1}, {GIC_ISENABLER, 1}, {GIC_ICFGR, 2}, {GIC_IPRIORITYR, 8}, {GICD_ITARGETSR, 8}};

static uint32_t words[1 + 1 + 2 + 8 + 8 + COUNT];
static size_t word_count;

static uint32_t word_read(uint32_t offset)
{
	uint32_t word = mmio_read32(rt_board.gicd_base + offset);

	words[word_count] = word;
	word_count++;
	return word;
}

unsigned controller_read(void)
{
	uint32_t last_bank = 0;

	word_count = 0;
	for (size_t i = 0; i < sizeof(banks) / sizeof(banks[0]); i++) {
		last_bank = 0;
		for (uint32_t bit = 0; bit < banks[i].bits * COUNT; bit += 32u)
			last_bank |= word_read(banks[i].offset + (banks[i].bits * FIRST + bit) / 8u);
	}
	for (uint32_t id = FIRST; last_bank == 0 && id < FIRST + COUNT; id++)
		(void)word_read(GICD_IROUTER + 8u * id);
	return (unsigned)word_count;
}

void controller_print(void)
{
	(void)printf("CONTROLLER");
	for (size_t i = 0; i < word_count; i++)
		(void)printf(" %lx", (unsigned long)words[i]);
	(void)puts(" end");
}

uint32_t controller_timer(void)
{
	return TIMER;
}

void controller_listen(void)
{
	for (uint32_t id = 0; id < SGIS; id++)
		hal_interrupt_enable(id);
}
