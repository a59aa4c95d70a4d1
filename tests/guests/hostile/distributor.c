/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on the distributor: other partitions' interrupts through every bank and every access size. Answers tell what
 * reads back of the own interrupt ("own"), of those below 32 where the distributor has them ("private") and of all others
 * ("foreign", combined).
 */
#include <stddef.h>

#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/probe.h"
#include "rt/hal.h"

#define WORDS 32u /* of one bit an interrupt, with the private ones and the special ids */

static uint64_t gicd(uint32_t offset)
{
	return rt_board.gicd_base + offset;
}

/* Ones to a whole bank, in words, then in the sizes that the architecture does not allow there. */
static void bank_fill(uint32_t bank, uint64_t value)
{
	static const unsigned sizes[] = {4, 1, 2, 8};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (uint32_t offset = 0; offset < 4u * WORDS; offset += sizes[i])
			gic_write(gicd(bank + offset), sizes[i], value);
	}
}

static void bank_tell(uint32_t bank)
{
	uint32_t private = (uint32_t)gic_read(gicd(bank), 4);
	uint32_t foreign = private & ~gic_private_in_gicd;
	uint32_t own = 0;

	for (uint32_t word = 1; word < WORDS; word++) {
		uint32_t mine = word == rt_board.uart_interrupt / 32u ? 1u << (rt_board.uart_interrupt % 32u) : 0u;
		uint32_t value = (uint32_t)gic_read(gicd(bank + 4u * word), 4);

		own |= value & mine;
		foreign |= value & ~mine;
	}
	answer_more("own 0x%08lx private 0x%08lx foreign 0x%08lx", (unsigned long)own,
		    (unsigned long)(private & gic_private_in_gicd), (unsigned long)foreign);
}

static void bank_attack(uint32_t write_bank, uint32_t read_bank, uint64_t value)
{
	answer("%s", "");
	bank_fill(write_bank, value);
	bank_tell(read_bank);
}

static void enable(uint64_t argument)
{
	(void)argument;
	bank_attack(GIC_ISENABLER, GIC_ISENABLER, UINT64_MAX);
}

static void disable(uint64_t argument)
{
	(void)argument;
	bank_attack(GIC_ICENABLER, GIC_ISENABLER, UINT64_MAX);
}

static void pend(uint64_t argument)
{
	(void)argument;
	bank_attack(GIC_ISPENDR, GIC_ISPENDR, UINT64_MAX);
}

static void unpend(uint64_t argument)
{
	(void)argument;
	bank_attack(GIC_ICPENDR, GIC_ISPENDR, UINT64_MAX);
}

static void activate(uint64_t argument)
{
	(void)argument;
	bank_attack(GIC_ISACTIVER, GIC_ISACTIVER, UINT64_MAX);
}

static void deactivate(uint64_t argument)
{
	(void)argument;
	bank_attack(GIC_ICACTIVER, GIC_ISACTIVER, UINT64_MAX);
}

/* To Group 0, where an interrupt is an FIQ of somebody else's. */
static void group(uint64_t argument)
{
	(void)argument;
	bank_attack(GIC_IGROUPR, GIC_IGROUPR, 0);
}

static void priority(uint64_t argument)
{
	uint32_t own = 0;
	uint32_t foreign = 0;

	(void)argument;
	for (uint32_t id = 0; id <= LAST_SHARED; id += 4u) {
		gic_write(gicd(GIC_IPRIORITYR + id), 8, 0);
		gic_write(gicd(GIC_IPRIORITYR + id), 2, 0);
		gic_write(gicd(GIC_IPRIORITYR + id), 4, 0);
	}
	for (uint32_t id = 0; id <= LAST_SHARED; id++) {
		gic_write(gicd(GIC_IPRIORITYR + id), 1, 0);
		*(gic_is_own(id) ? &own : &foreign) |= (uint32_t)gic_read(gicd(GIC_IPRIORITYR + id), 1);
	}
	answer("own 0x%02lx foreign 0x%02lx", (unsigned long)own, (unsigned long)foreign);
}

static void trigger(uint64_t argument)
{
	uint32_t own = 0;
	uint32_t foreign = 0;

	(void)argument;
	for (uint32_t word = 0; word < 2u * WORDS; word++) {
		uint32_t mine = 0;
		uint32_t value;

		for (uint32_t i = 0; i < 16u; i++)
			mine |= gic_is_own(16u * word + i) ? 3u << 2u * i : 0u;
		gic_write(gicd(GIC_ICFGR + 4u * word), 4, UINT32_MAX);
		value = (uint32_t)gic_read(gicd(GIC_ICFGR + 4u * word), 4);
		own |= value & mine;
		foreign |= value & ~mine;
	}
	answer("own 0x%lx foreign 0x%lx", (unsigned long)own, (unsigned long)foreign);
}

static void control(uint64_t argument)
{
	uint32_t before = (uint32_t)gic_read(gicd(GICD_CTLR), 4);

	(void)argument;
	for (unsigned size = 1; size <= 8u; size *= 2u) {
		gic_write(gicd(GICD_CTLR), size, 0);
		gic_write(gicd(GICD_CTLR), size, UINT64_MAX);
		gic_write(gicd(GICD_CTLR), size, 0);
	}
	answer("before 0x%lx after 0x%lx", (unsigned long)before, (unsigned long)gic_read(gicd(GICD_CTLR), 4));
}

/* Every register of the frame, in all sizes, with zeros and ones, by value that no driver would write. */
static void sweep(uint64_t argument)
{
	(void)argument;
	for (unsigned size = 1; size <= 8u; size *= 2u) {
		for (uint32_t offset = 0; offset < gic_distributor_size; offset += size < 4u ? 4u + size : size) {
			uint64_t address = gicd(offset - offset % size);

			gic_write(address, size, 0);
			gic_write(address, size, UINT64_MAX);
			(void)gic_read(address, size);
		}
	}
	answer("exceptions %llu ctlr 0x%lx", (unsigned long long)probe.count,
	       (unsigned long)gic_read(gicd(GICD_CTLR), 4));
}

const struct attack distributor_attacks[] = {
	{"gicd-enable", enable},   {"gicd-disable", disable},   {"gicd-pend", pend},
	{"gicd-unpend", unpend},   {"gicd-activate", activate}, {"gicd-deactivate", deactivate},
	{"gicd-group", group},     {"gicd-priority", priority}, {"gicd-trigger", trigger},
	{"gicd-control", control}, {"gicd-sweep", sweep},       {NULL, NULL},
};
