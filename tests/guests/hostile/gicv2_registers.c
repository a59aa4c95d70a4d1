/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on what only a GICv2 has in its distributor: targets, software-generated interrupts, their sources. */
#include <stddef.h>

#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/gicv2.h"
#include "hostile/probe.h"
#include "rt/armv8/psci.h"
#include "rt/armv8/secondary.h"
#include "rt/hal.h"

#define OWN_CORES 0x3u /* in a target list */
#define RESERVED_BITS 0xfc007ff0u
#define NSATT (1u << 15)
#define BYTES(byte) (0x01010101u * (uint32_t)(byte))
#define TYPER_ROOM 0xe0u /* CPUNumber */

static _Alignas(16) unsigned char stack[4096];
static volatile uint32_t second_took;
static volatile bool second_listens;

static uint64_t gicd(uint32_t offset)
{
	return rt_board.gicd_base + offset;
}

static void sgir(uint32_t value)
{
	gic_write(gicd(GICD_SGIR), 4, value);
}

static void tell_taken(void)
{
	answer("taken 0x%04lx exceptions %llu", (unsigned long)gic_take_private(), (unsigned long long)probe.count);
}

/* Every interrupt to every set of cores, in bytes and words, and in the sizes that are not allowed. */
static void target(uint64_t argument)
{
	static const uint8_t sets[] = {0x00, 0x01, 0x02, 0x04, 0x08, 0xfc, 0xff};
	uint32_t own = 0;
	uint32_t private = 0;
	uint32_t foreign = 0;

	(void)argument;
	for (uint32_t id = 0; id <= LAST_SHARED; id++) {
		for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
			uint64_t address = gicd(GICD_ITARGETSR + id);
			uint32_t seen;

			gic_write(address & ~UINT64_C(7), 8, UINT64_C(0x0101010101010101) * sets[i]);
			gic_write(address & ~UINT64_C(1), 2, BYTES(sets[i]));
			gic_write(address & ~UINT64_C(3), 4, BYTES(sets[i]));
			gic_write(address, 1, sets[i]);
			seen = (uint32_t)gic_read(address, 1);
			*(!gic_is_own(id) ? &foreign : (id < FIRST_SHARED ? &private : &own)) |= seen;
		}
	}
	answer("own 0x%02lx private 0x%02lx foreign 0x%02lx", (unsigned long)own, (unsigned long)private,
	       (unsigned long)foreign);
}

/* The own interrupt to a foreign core only: it is nobody's then, and reads so. */
static void target_elsewhere(uint64_t argument)
{
	uint64_t address = gicd(GICD_ITARGETSR + (uint32_t)rt_board.uart_interrupt);
	uint64_t before = gic_read(address, 1);

	(void)argument;
	gic_write(address, 1, 0x4);
	answer("before 0x%02llx after 0x%02llx", (unsigned long long)before, (unsigned long long)gic_read(address, 1));
}

static void sgi_self(uint64_t argument)
{
	(void)argument;
	for (unsigned id = 0; id < GIC_SGIS; id++)
		sgir(SGIR_SELF | SGIR_LIST(0xff) | id);
	tell_taken();
}

static void sgi_list(uint64_t argument)
{
	(void)argument;
	for (unsigned id = 0; id < GIC_SGIS; id++)
		sgir(SGIR_LIST(0xff & ~OWN_CORES) | SGIR_LIST(1) | id);
	tell_taken();
}

/* All target lists without the own cores. */
static void sgi_foreign(uint64_t argument)
{
	(void)argument;
	for (unsigned id = 0; id < GIC_SGIS; id++) {
		for (uint32_t list = 0; list <= 0xffu; list += OWN_CORES + 1u)
			sgir(SGIR_LIST(list) | id);
	}
	tell_taken();
}

/* To all but oneself: the own other core at most. */
static void sgi_broadcast(uint64_t argument)
{
	(void)argument;
	for (unsigned id = 0; id < GIC_SGIS; id++) {
		sgir(SGIR_OTHERS | id);
		sgir(SGIR_OTHERS | SGIR_LIST(0xff) | id);
	}
	tell_taken();
}

/* The reserved filter, bits that the register does not have, the other security state, sizes that are not allowed. */
static void sgi_reserved(uint64_t argument)
{
	(void)argument;
	for (unsigned id = 0; id < GIC_SGIS; id++) {
		sgir(SGIR_OTHERS | SGIR_SELF | SGIR_LIST(0xff) | id);
		sgir(RESERVED_BITS | NSATT | SGIR_LIST(0xfc) | id);
		sgir(RESERVED_BITS | NSATT | SGIR_OTHERS | id);
		gic_write(gicd(GICD_SGIR), 2, id);
		gic_write(gicd(GICD_SGIR + 2u), 2, 0x02ff);
		gic_write(gicd(GICD_SGIR), 8, SGIR_SELF | id);
		for (unsigned byte = 0; byte < 4u; byte++)
			gic_write(gicd(GICD_SGIR + byte), 1, 0xff);
	}
	tell_taken();
}

/* To the own core that is off: it must stay off, and start when it is told to. */
static void sgi_sleeper(uint64_t argument)
{
	int before = psci_affinity_info(1);

	(void)argument;
	for (unsigned i = 0; i < 1000u; i++)
		sgir(SGIR_LIST(2) | (i % GIC_SGIS));
	answer("before %d after %d", before, psci_affinity_info(1));
}

/* Pending SGIs made by hand, with all sources that there could be; then unmade. */
static void sgi_sources(uint64_t argument)
{
	uint64_t set = 0;
	uint64_t left = 0;

	(void)argument;
	gic_interface_enable(false);
	for (uint32_t offset = 0; offset < GIC_SGIS; offset += 4u) {
		gic_write(gicd(GICD_SPENDSGIR + offset), 4, BYTES(0xfc));
		left |= gic_read(gicd(GICD_SPENDSGIR + offset), 4);
		gic_write(gicd(GICD_SPENDSGIR + offset), 4, UINT32_MAX);
		gic_write(gicd(GICD_SPENDSGIR + offset), 2, UINT32_MAX);
		set |= gic_read(gicd(GICD_CPENDSGIR + offset), 4);
		gic_write(gicd(GICD_CPENDSGIR + offset), 8, UINT64_MAX);
		for (uint32_t byte = 0; byte < 4u; byte++)
			gic_write(gicd(GICD_CPENDSGIR + offset + byte), 1, 0xff);
		left |= gic_read(gicd(GICD_SPENDSGIR + offset), 4);
	}
	gic_interface_open();
	answer("set 0x%08llx left 0x%08llx taken 0x%04lx", (unsigned long long)set, (unsigned long long)left,
	       (unsigned long)gic_take_private());
}

/* What is banked is the core's own: the other one has other settings, and its own number in the targets. */
static void listen(void *argument)
{
	uint32_t *seen = argument;

	gic_interface_open();
	seen[0] = (uint32_t)gic_read(gicd(GIC_IPRIORITYR + 24u), 4);
	seen[1] = (uint32_t)gic_read(gicd(GICD_ITARGETSR), 4);
	seen[2] = (uint32_t)gic_read(gicd(GIC_ISENABLER), 4);
	second_listens = true;
	while (second_took != (1u << GIC_SGIS) - 1u)
		second_took |= gic_take_private();
}

static void sgi_second(uint64_t argument)
{
	static volatile uint32_t seen[3];
	static struct secondary_start start = {stack + sizeof(stack), listen, (void *)(uintptr_t)seen};

	(void)argument;
	gic_write(gicd(GIC_IPRIORITYR + 24u), 4, 0x30303030);
	(void)secondary_start(1, &start);
	while (!second_listens)
		;
	for (unsigned id = 0; id < GIC_SGIS; id++)
		sgir((id % 2u == 0 ? SGIR_OTHERS : SGIR_LIST(0xfe)) | id);
	while (psci_affinity_info(1) != PSCI_AFFINITY_OFF)
		;
	answer("took 0x%04lx priorities 0x%08lx targets 0x%08lx enabled 0x%08lx, here 0x%lx",
	       (unsigned long)second_took, (unsigned long)seen[0], (unsigned long)seen[1], (unsigned long)seen[2],
	       (unsigned long)gic_take_private());
}

static void features(uint64_t argument)
{
	uint32_t typer = (uint32_t)gic_read(gicd(GICD_TYPER), 4);
	uint64_t hidden = 0;

	(void)argument;
	for (uint32_t offset = GIC_ICFGR + 0x100u; offset < GICD_SGIR; offset += 4u) { /* GICD_PPISR .. GICD_NSACR */
		gic_write(gicd(offset), 4, UINT32_MAX);
		hidden |= gic_read(gicd(offset), 4);
	}
	answer("cores %lu hidden 0x%llx sgir 0x%llx pidr2 0x%llx", (unsigned long)(typer & TYPER_ROOM) / 0x20u + 1u,
	       (unsigned long long)hidden, (unsigned long long)gic_read(gicd(GICD_SGIR), 4),
	       (unsigned long long)gic_read(gicd(gic_identification) + 8u, 4));
}

const struct attack controller_attacks[] = {
	{"gicd-target", target},        {"gicd-target-elsewhere", target_elsewhere},
	{"gicd-features", features},    {"sgi-self", sgi_self},
	{"sgi-list", sgi_list},         {"sgi-foreign", sgi_foreign},
	{"sgi-sources", sgi_sources},   {"sgi-broadcast", sgi_broadcast},
	{"sgi-reserved", sgi_reserved}, {"sgi-sleeper", sgi_sleeper},
	{"sgi-second", sgi_second},     {NULL, NULL},
};
