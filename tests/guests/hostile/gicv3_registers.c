/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on what only a GICv3 has in memory: routes, groups' modifiers and messages in the distributor; the own redistributors:
 * sleep, LPI tables in others' memory, the priority of the hypervisor's kick.
 */
#include <stddef.h>

#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/gicv3.h"
#include "hostile/probe.h"
#include "rt/hal.h"

#define ISPENDR_NSR 0x40u /* GICD_SETSPI_NSR .. GICD_CLRSPI_SR: message-based interrupts */
#define MESSAGE_REGISTERS 4u
#define GICD_TYPER2 0x000cu
#define GICD_STATUSR 0x0010u
#define TYPER_MBIS (1u << 16)
#define TYPER_LPIS (1u << 17)
#define TYPER_ESPI (1u << 8)
#define LPI_REGISTERS_FIRST 0x0040u /* GICR_SETLPIR .. GICR_INVALLR */
#define LPI_REGISTERS_END 0x0100u
#define TYPER_PLPIS 1u
#define TYPER_LAST 0x10u
#define TABLES_ELSEWHERE UINT64_C(0xb0000000)

static uint64_t gicd(uint32_t offset)
{
	return rt_board.gicd_base + offset;
}

/* To another group by the modifier. */
static void modifier(uint64_t argument)
{
	uint64_t readable = 0;

	(void)argument;
	for (uint32_t offset = GIC_IGRPMODR; offset < GIC_IGRPMODR + 0x80u; offset += 4u) {
		gic_write(gicd(offset), 4, UINT32_MAX);
		readable |= gic_read(gicd(offset), 4);
	}
	answer("readable 0x%llx", (unsigned long long)readable);
}

static void route_to(uint32_t id, uint64_t affinity)
{
	gic_write(gicd(GICD_IROUTER + 8u * id), 8, affinity);
	gic_write(gicd(GICD_IROUTER + 8u * id), 4, affinity);
	gic_write(gicd(GICD_IROUTER + 8u * id) + 4u, 4, affinity >> 32);
}

static void route(uint64_t argument)
{
	static const uint64_t targets[] = {0, 2, 3, 4, 0xff, 0x100, UINT64_C(1) << 32, 0x80000000u, UINT64_MAX};
	uint64_t own = 0;
	uint64_t foreign = 0;

	(void)argument;
	for (uint32_t id = 0; id <= LAST_SHARED + 4u; id++) {
		for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
			route_to(id, targets[i]);
			*(gic_is_own(id) ? &own : &foreign) |= gic_read(gicd(GICD_IROUTER + 8u * id), 8);
		}
	}
	answer("own 0x%llx foreign 0x%llx", (unsigned long long)own, (unsigned long long)foreign);
}

/* What the distributor says that it can: nothing that would let a guest write memory or make interrupts of messages. */
static void distributor_features(uint64_t argument)
{
	uint32_t typer = (uint32_t)gic_read(gicd(GICD_TYPER), 4);

	(void)argument;
	answer("lpis %d mbis %d espi %d typer2 0x%lx statusr 0x%lx", (typer & TYPER_LPIS) != 0,
	       (typer & TYPER_MBIS) != 0, (typer & TYPER_ESPI) != 0, (unsigned long)gic_read(gicd(GICD_TYPER2), 4),
	       (unsigned long)gic_read(gicd(GICD_STATUSR), 4));
}

/* Message-based interrupts and the legacy software-generated ones, for all ids. */
static void messages(uint64_t argument)
{
	(void)argument;
	for (uint32_t id = 0; id <= LAST_SHARED; id++) {
		for (uint32_t i = 0; i < MESSAGE_REGISTERS; i++)
			gic_write(gicd(ISPENDR_NSR + 8u * i), 4, id);
	}
	for (uint32_t id = 0; id < 16u; id++) {
		for (uint32_t filter = 0; filter < 4u; filter++)
			gic_write(gicd(GICD_SGIR), 4, filter << 24 | 0xff0000u | id);
	}
	for (uint32_t offset = 0; offset < 16u; offset += 4u) {
		gic_write(gicd(GICD_CPENDSGIR + offset), 4, UINT32_MAX);
		gic_write(gicd(GICD_SPENDSGIR + offset), 4, UINT32_MAX);
	}
	answer("taken 0x%lx exceptions %llu", (unsigned long)gic_take_private(), (unsigned long long)probe.count);
}

/* ---- redistributors ---- */

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

const struct attack controller_attacks[] = {
	{"gicd-modifier", modifier}, {"gicd-route", route}, {"gicd-features", distributor_features},
	{"gicd-messages", messages}, {"gicr-sleep", sleep}, {"gicr-lpi", lpi},
	{"gicr-priority", priority}, {"gicr-group", group}, {"gicr-features", features},
	{"gicr-sweep", sweep},       {NULL, NULL},
};
