/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on the distributor: other partitions' interrupts through every bank and every access size. Answers tell what
 * reads back of the own interrupt ("own") and of all others ("foreign", combined).
 */
#include <stddef.h>

#include "hostile/attack.h"
#include "hostile/gic.h"
#include "hostile/probe.h"
#include "rt/hal.h"

#define WORDS 32u /* of one bit an interrupt, with the private ones and the special ids */
#define OTHER_CORES 4u

#define ISPENDR_NSR 0x40u /* GICD_SETSPI_NSR .. GICD_CLRSPI_SR: message-based interrupts */
#define MESSAGE_REGISTERS 4u
#define GICD_TYPER2 0x000cu
#define GICD_STATUSR 0x0010u
#define GICD_SGIR 0x0f00u
#define GICD_CPENDSGIR 0x0f10u
#define GICD_SPENDSGIR 0x0f20u
#define TYPER_MBIS (1u << 16)
#define TYPER_LPIS (1u << 17)
#define TYPER_ESPI (1u << 8)

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
	uint32_t own = 0;
	uint32_t foreign = 0;

	for (uint32_t word = 0; word < WORDS; word++) {
		uint32_t mine = word == rt_board.uart_interrupt / 32u ? 1u << (rt_board.uart_interrupt % 32u) : 0u;
		uint32_t value = (uint32_t)gic_read(gicd(bank + 4u * word), 4);

		own |= value & mine;
		foreign |= value & ~mine;
	}
	answer_more("own 0x%08lx foreign 0x%08lx", (unsigned long)own, (unsigned long)foreign);
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
	bank_fill(GIC_IGRPMODR, UINT64_MAX);
	bank_tell(GIC_IGRPMODR);
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
		uint32_t mine = word == rt_board.uart_interrupt / 16u ? 3u << 2u * (rt_board.uart_interrupt % 16u) : 0u;
		uint32_t value;

		gic_write(gicd(GIC_ICFGR + 4u * word), 4, UINT32_MAX);
		value = (uint32_t)gic_read(gicd(GIC_ICFGR + 4u * word), 4);
		own |= value & mine;
		foreign |= value & ~mine;
	}
	answer("own 0x%lx foreign 0x%lx", (unsigned long)own, (unsigned long)foreign);
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

/* What the distributor says that it can: nothing that would let a guest write memory or make interrupts of messages. */
static void features(uint64_t argument)
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

/* Every register of the frame, in all sizes, with zeros and ones, by value that no driver would write. */
static void sweep(uint64_t argument)
{
	(void)argument;
	for (unsigned size = 1; size <= 8u; size *= 2u) {
		for (uint32_t offset = 0; offset < GICD_SIZE; offset += size < 4u ? 4u + size : size) {
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
	{"gicd-enable", enable},     {"gicd-disable", disable},   {"gicd-pend", pend},
	{"gicd-unpend", unpend},     {"gicd-activate", activate}, {"gicd-deactivate", deactivate},
	{"gicd-group", group},       {"gicd-priority", priority}, {"gicd-trigger", trigger},
	{"gicd-route", route},       {"gicd-control", control},   {"gicd-features", features},
	{"gicd-messages", messages}, {"gicd-sweep", sweep},       {NULL, NULL},
};
