/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on the own redistributors: sleep, LPI tables in others' memory, the priority of the hypervisor's kick. */
#include <stddef.h>

#include "hostile/attack.h"
#include "hostile/gic.h"
#include "hostile/probe.h"
#include "rt/hal.h"

#define CORES 2u
#define LPI_REGISTERS_FIRST 0x0040u /* GICR_SETLPIR .. GICR_INVALLR */
#define LPI_REGISTERS_END 0x0100u
#define TYPER_PLPIS 1u
#define TYPER_LAST 0x10u
#define TABLES_ELSEWHERE UINT64_C(0xb0000000)

static uint64_t gicr(uint32_t core, uint32_t offset)
{
	return rt_board.gicr_base + (uint64_t)GICR_FRAME_SIZE * core + offset;
}

static void sleep(uint64_t argument)
{
	uint64_t waker = 0;

	(void)argument;
	for (uint32_t core = 0; core < CORES; core++) {
		for (unsigned size = 1; size <= 8u; size *= 2u)
			gic_write(gicr(core, GICR_WAKER) & ~(uint64_t)(size - 1u), size, UINT64_MAX);
		waker |= gic_read(gicr(core, GICR_WAKER), 4);
	}
	answer("waker 0x%llx", (unsigned long long)waker);
}

/* Tables and a pending LPI anywhere in memory: the controller would read and write them itself. */
static void lpi(uint64_t argument)
{
	uint64_t readable = 0;

	(void)argument;
	for (uint32_t core = 0; core < CORES; core++) {
		gic_write(gicr(core, GICR_PROPBASER), 8, TABLES_ELSEWHERE | 0xf);
		gic_write(gicr(core, GICR_PENDBASER), 8, TABLES_ELSEWHERE | UINT64_C(1) << 62);
		gic_write(gicr(core, GICR_CTLR), 4, 1);
		for (uint32_t offset = LPI_REGISTERS_FIRST; offset < LPI_REGISTERS_END; offset += 8u) {
			gic_write(gicr(core, offset), 8, 8192);
			readable |= gic_read(gicr(core, offset), 8);
		}
		readable |= gic_read(gicr(core, GICR_CTLR), 4);
	}
	answer("readable 0x%llx exceptions %llu", (unsigned long long)readable, (unsigned long long)probe.count);
}

static void priority(uint64_t argument)
{
	uint64_t lowest = UINT64_MAX;

	(void)argument;
	for (uint32_t core = 0; core < CORES; core++) {
		for (uint32_t id = 0; id < FIRST_SHARED; id++) {
			uint64_t address = gicr(core, GICR_SGI_FRAME + GIC_IPRIORITYR + id);

			gic_write(address & ~UINT64_C(3), 4, 0);
			gic_write(address, 1, 0);
			if (gic_read(address, 1) < lowest)
				lowest = gic_read(address, 1);
		}
	}
	answer("lowest 0x%02llx", (unsigned long long)lowest);
}

static void group(uint64_t argument)
{
	uint32_t groups = UINT32_MAX;

	(void)argument;
	for (uint32_t core = 0; core < CORES; core++) {
		gic_write(gicr(core, GICR_SGI_FRAME + GIC_IGROUPR), 4, 0);
		gic_write(gicr(core, GICR_SGI_FRAME + GIC_IGRPMODR), 4, UINT32_MAX);
		groups &= (uint32_t)gic_read(gicr(core, GICR_SGI_FRAME + GIC_IGROUPR), 4);
	}
	answer("group1 0x%08lx", (unsigned long)groups);
}

/* How many frames a driver finds, and what they offer. */
static void features(uint64_t argument)
{
	uint32_t core = 0;
	uint64_t offers = 0;

	(void)argument;
	do
		offers |= gic_read(gicr(core, GICR_TYPER), 8) & TYPER_PLPIS;
	while ((gic_read(gicr(core++, GICR_TYPER), 8) & TYPER_LAST) == 0);
	answer("frames %lu lpis %llu", (unsigned long)core, (unsigned long long)offers);
}

/* Every register of both frames, in all sizes. */
static void sweep(uint64_t argument)
{
	(void)argument;
	for (unsigned size = 1; size <= 8u; size *= 2u) {
		for (uint32_t offset = 0; offset < CORES * GICR_FRAME_SIZE; offset += size < 4u ? 28u + size : size) {
			uint64_t address = gicr(0, offset - offset % size);

			gic_write(address, size, 0);
			gic_write(address, size, UINT64_MAX);
			(void)gic_read(address, size);
		}
	}
	answer("exceptions %llu", (unsigned long long)probe.count);
}

const struct attack redistributor_attacks[] = {
	{"gicr-sleep", sleep}, {"gicr-lpi", lpi},           {"gicr-priority", priority},
	{"gicr-group", group}, {"gicr-features", features}, {"gicr-sweep", sweep},
	{NULL, NULL},
};
