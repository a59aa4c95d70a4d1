/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks through the CPU interface of a GICv2, which is the hardware itself: no access of its window is an exit. */
#include <stddef.h>

#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/gicv2.h"
#include "hostile/probe.h"
#include "rt/hal.h"

#define ID(acknowledged) ((acknowledged)&0x3ffu)
#define SOURCE(core) ((uint32_t)(core) << 10)
#define CORES 8u
#define EOI_MODES 0x600u /* GICC_CTLR: EOImodeS, EOImodeNS */

static uint64_t gicc(uint32_t offset)
{
	return rt_board.gicc_base + offset;
}

static uint32_t gicc_read(uint32_t offset)
{
	return (uint32_t)gic_read(gicc(offset), 4);
}

/* The ends of all interrupts there could be, from all sources, by both registers and the one that deactivates. */
static void end_all(void)
{
	for (unsigned id = 0; id <= LAST_SHARED; id++) {
		for (unsigned core = 0; core < (id < GIC_SGIS ? CORES : 1u); core++) {
			gic_write(gicc(GICC_EOIR), 4, SOURCE(core) | id);
			gic_write(gicc(GICC_AEOIR), 4, SOURCE(core) | id);
			gic_write(gicc(GICC_DIR), 4, SOURCE(core) | id);
		}
	}
}

/* Ends of interrupts that others have taken: alone, then with the two steps apart, from inside an own one each. */
static void foreign_end(uint64_t argument)
{
	(void)argument;
	end_all();
	gic_write(gicc(GICC_CTLR), 4, EOI_MODES | 1u);
	end_all();
	for (unsigned id = FIRST_SHARED; id <= LAST_SHARED; id++) {
		gic_sgi_self(1);
		(void)gic_acknowledge();
		gic_write(gicc(GICC_EOIR), 4, id);
		gic_write(gicc(GICC_DIR), 4, id);
		gic_write(gicc(GICC_DIR), 4, 1);
	}
	answer("exceptions %llu", (unsigned long long)probe.count);
}

/* What is pending or active elsewhere is not seen here. */
static void acknowledge(uint64_t argument)
{
	static const uint32_t registers[] = {GICC_IAR, GICC_HPPIR, GICC_AIAR, GICC_AHPPIR};
	unsigned others = 0;

	(void)argument;
	for (unsigned i = 0; i < 4000u; i++) {
		uint32_t id = ID(gicc_read(registers[i % 4u]));

		others += id < GIC_SPURIOUS && !gic_is_own(id) ? 1u : 0u;
	}
	answer("others' %u exceptions %llu", others, (unsigned long long)probe.count);
}

static void control(uint64_t argument)
{
	uint32_t ones;

	(void)argument;
	gic_write(gicc(GICC_CTLR), 4, UINT32_MAX);
	ones = gicc_read(GICC_CTLR) & 1u;
	gic_write(gicc(GICC_CTLR), 4, 0);
	answer("on %lu off %lu", (unsigned long)ones, (unsigned long)gicc_read(GICC_CTLR));
}

/* Active priorities that no interrupt has, of both security states. */
static void active_priorities(uint64_t argument)
{
	(void)argument;
	for (uint32_t offset = GICC_APR0; offset < GICC_NSAPR0 + 16u; offset += 4u)
		gic_write(gicc(offset), 4, UINT32_MAX);
	answer("running 0x%02lx", (unsigned long)gicc_read(GICC_RPR));
	for (uint32_t offset = GICC_APR0; offset < GICC_NSAPR0 + 16u; offset += 4u)
		gic_write(gicc(offset), 4, 0);
	answer_more("then 0x%02lx exceptions %llu", (unsigned long)gicc_read(GICC_RPR),
		    (unsigned long long)probe.count);
}

/* Every register of the interface, in all sizes. */
static void sweep(uint64_t argument)
{
	(void)argument;
	for (unsigned size = 1; size <= 8u; size *= 2u) {
		for (uint32_t offset = 0; offset < GICC_SIZE; offset += size < 4u ? 4u + size : size) {
			uint64_t address = gicc(offset - offset % size);

			gic_write(address, size, 0);
			gic_write(address, size, UINT64_MAX);
			(void)gic_read(address, size);
		}
	}
	answer("exceptions %llu", (unsigned long long)probe.count);
}

const struct attack interface_attacks[] = {
	{"gicc-foreign-end", foreign_end},
	{"gicc-acknowledge", acknowledge},
	{"gicc-control", control},
	{"gicc-active-priorities", active_priorities},
	{"gicc-sweep", sweep},
	{NULL, NULL},
};
