/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's accesses to the distributor and to its redistributors: the physical register, through the partition's
 * interrupt set. No lock and no shared read-modify-write: what several partitions' bits share is written by set/clear
 * registers or bytewise, and the rest is fixed at boot (IHI 0069, 12.9-12.11).
 */
#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "arch/armv8/gicv3.h"
#include "arch/armv8/mmio.h"
#include "plan/view.h"

#define BANK_SHIFT 7u /* the bit registers: 128 bytes each, one bit an interrupt */
#define BANK_SIZE (1u << BANK_SHIFT)
#define BANKS (GIC_IPRIORITYR >> BANK_SHIFT)
/* ITLinesNumber, CPUNumber, SecurityExtn, IDbits, A3V, No1N, RSS; no LPIs, MBIs, ESPIs */
#define GICD_TYPER_KEPT 0x07f804ffu
#define GICD_CTLR_KEPT 0x80000052u /* RWP, DS, ARE, EnableGrp1 */
#define GICR_CTLR_KEPT 0x80000008u /* UWP, RWP */
#define GICR_TYPER_LAST 0x10u
#define IROUTER_IRM (1u << 31)

/* Bit banks by offset / 128: what a guest may do there. Groups are fixed at boot. */
enum bank { BANK_NONE, BANK_READ, BANK_WRITE };

static const uint8_t banks[BANKS] = {
	[GIC_IGROUPR >> BANK_SHIFT] = BANK_READ,    [GIC_ISENABLER >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICENABLER >> BANK_SHIFT] = BANK_WRITE, [GIC_ISPENDR >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICPENDR >> BANK_SHIFT] = BANK_WRITE,   [GIC_ISACTIVER >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICACTIVER >> BANK_SHIFT] = BANK_WRITE,
};

/* A 32-bit register of one bit an interrupt, at `address`: write-1 bits and reads through the set's word `mask`. */
static inline uint64_t bits_access(uint64_t address, uint32_t bank, uint32_t mask, struct access access)
{
	if (access.size != 4u) {
		return 0;
	}
	if (!access.write) {
		return (bank != (uint32_t)BANK_NONE) ? (mmio_read32(address) & mask) : 0u;
	}
	if (bank == (uint32_t)BANK_WRITE) {
		mmio_write32(address, (uint32_t)access.value & mask);
	}
	return 0;
}

/* Raises every byte below PRIORITY_GUEST to it: the kick's priority is no guest's. */
static inline uint32_t priorities_clamped(uint32_t value)
{
	uint32_t high = ((value >> 4) & 0x0f0f0f0fu) + 0x0f0f0f0fu; /* bit 4 of a byte: its upper half is not zero */

	return value | (~high & 0x10101010u);
}

/* Whole registers or bytes of priorities that no other partition shares. */
static uint64_t priorities_own(uint64_t address, struct access access)
{
	uint32_t value = priorities_clamped((uint32_t)access.value);

	if (access.size == 4u) {
		if (!access.write) {
			return mmio_read32(address);
		}
		mmio_write32(address, value);
	} else if (access.size == 1u) {
		if (!access.write) {
			return mmio_read8(address);
		}
		mmio_write8(address, (uint8_t)value);
	} else {
		/* there are no other sizes */
	}
	return 0;
}

/* Priorities of shared interrupts: the partition's own bytes only. */
static uint64_t priorities_access(uint64_t address, const uint32_t *set, struct access access)
{
	uint32_t id = access.offset - GIC_IPRIORITYR;
	uint32_t all = (1u << access.size) - 1u;
	uint32_t owned = (set[id / 32u] >> (id % 32u)) & all;
	uint64_t value = 0;

	if ((owned == all) || (owned == 0u) || (access.size != 4u)) {
		return (owned == all) ? priorities_own(address, access) : 0u;
	}
	for (uint32_t i = 0; i < 4u; i++) {
		struct access byte = {.value = access.value >> (8u * i), .size = 1, .write = access.write};

		if (((owned >> i) & 1u) != 0u) {
			value |= priorities_own(address + i, byte) << (8u * i);
		}
	}
	return value;
}

/* Two bits an interrupt, `id` the first: read through the set; triggers were set at boot. */
static uint64_t triggers_access(uint64_t address, const uint32_t *set, uint32_t id, struct access access)
{
	uint32_t owned = (set[id / 32u] >> (id % 32u)) & 0xffffu;
	uint32_t mask = 0;

	if (access.write || (access.size != 4u)) {
		return 0;
	}
	for (uint32_t i = 0; i < 16u; i++) {
		mask |= (((owned >> i) & 1u) != 0u) ? (3u << (2u * i)) : 0u;
	}
	return mmio_read32(address) & mask;
}

static void route_write(const struct core_state *core, uint64_t address, struct access access)
{
	uint64_t value = (access.size == 8u) ? access.value : (uint32_t)access.value;

	if ((value & IROUTER_IRM) != 0u) { /* any core of the partition: its first */
		mmio_write64(address, core->vcpus[0].route);
		return;
	}
	for (uint64_t i = 0; i < core->vcpu_count; i++) {
		if (core->vcpus[i].virtual_id == value) {
			mmio_write64(address, core->vcpus[i].route);
		}
	}
}

static uint64_t route_read(const struct core_state *core, uint64_t address)
{
	uint64_t route = mmio_read64(address);
	uint64_t value = 0;

	for (uint64_t i = 0; i < core->vcpu_count; i++) {
		value = (core->vcpus[i].route == route) ? core->vcpus[i].virtual_id : value;
	}
	return value;
}

/*
 * GICD_IROUTER: virtual affinities in, physical out, and back. Its upper half, Aff3, is always 0 in a partition. An affinity
 * that no virtual core has changes nothing.
 */
static uint64_t route_access(const struct core_state *core, uint64_t address, struct access access)
{
	uint32_t id = (access.offset - GICD_IROUTER) / 8u;

	if ((access.size < 4u) || ((access.offset % 8u) != 0u) || !plan_owns_interrupt(core->partition, id)) {
		return 0;
	}
	if (access.write) {
		route_write(core, address, access);
		return 0;
	}
	return route_read(core, address);
}

/* What is neither a bit, a priority, a trigger nor a route. Writes (GICD_CTLR) were made once, at boot. */
static uint64_t distributor_other(uint64_t address, struct access access)
{
	uint64_t value = 0;

	if (access.write || (access.size != 4u)) {
		return 0;
	}
	if (access.offset == GICD_CTLR) {
		value = mmio_read32(address) & GICD_CTLR_KEPT;
	} else if (access.offset == GICD_TYPER) {
		value = mmio_read32(address) & GICD_TYPER_KEPT;
	} else if ((access.offset == GICD_IIDR) || (access.offset >= GIC_ID_REGISTERS)) {
		value = mmio_read32(address);
	} else {
		/* reserved, or not for guests: zero */
	}
	return value;
}

/* Interrupts 0-31 are the redistributors': zero in the distributor, writes ignored. */
uint64_t gic_distributor_access(const struct plan_filter *filter, struct access access)
{
	const struct core_state *core = self();
	const uint32_t *set = core->partition->interrupt_mask;
	uint64_t address = filter->va + access.offset;
	uint32_t offset = access.offset;
	uint64_t value = 0;

	if (offset < GIC_IGROUPR) {
		value = distributor_other(address, access);
	} else if (offset < GIC_IPRIORITYR) {
		uint32_t word = (offset % BANK_SIZE) / 4u;

		if (word != 0u) {
			value = bits_access(address, banks[offset >> BANK_SHIFT], set[word], access);
		}
	} else if (offset < (GIC_IPRIORITYR + PLAN_INTERRUPTS)) {
		if (offset >= (GIC_IPRIORITYR + 32u)) {
			value = priorities_access(address, set, access);
		}
	} else if ((offset >= (GIC_ICFGR + 8u)) && (offset < GIC_IGRPMODR)) {
		value = triggers_access(address, set, (offset - GIC_ICFGR) * 4u, access);
	} else if ((offset >= (GICD_IROUTER + (32u * 8u))) && (offset < (GICD_IROUTER + (PLAN_INTERRUPTS * 8u)))) {
		value = route_access(core, address, access);
	} else {
		value = distributor_other(address, access);
	}
	return value;
}

/* GICR_TYPER as its partition knows the core: affinity, number, whether it is the last one. No LPIs. */
static uint64_t typer_of(const struct plan_filter *filter, uint32_t offset)
{
	const struct core_state *core = self();
	const struct plan_vcpu *vcpu = &plan_vcpus(core->plan)[filter->vcpu + (offset >> GICR_FRAME_SHIFT)];
	uint64_t typer = (vcpu->virtual_id << 32) | ((uint64_t)vcpu->number << 8);

	return typer | (((vcpu->number + 1u) == core->vcpu_count) ? GICR_TYPER_LAST : 0u);
}

/* RD_base: what a driver reads to find its redistributor. Writes (CTLR, WAKER, LPI tables) are EL2's. */
static uint64_t redistributor_other(const struct plan_filter *filter, struct access access)
{
	uint64_t address = filter->va + access.offset;
	uint32_t offset = access.offset % GICR_SGI_FRAME;
	uint64_t value = 0;

	if (access.write || (access.size < 4u)) {
		return 0;
	}
	if (offset == GICR_TYPER) {
		value = typer_of(filter, access.offset);
		value = (access.size == 8u) ? value : (uint32_t)value;
	} else if (access.size == 8u) {
		value = 0;
	} else if (offset == (GICR_TYPER + 4u)) {
		value = typer_of(filter, access.offset) >> 32;
	} else if (offset == GICR_CTLR) {
		value = mmio_read32(address) & GICR_CTLR_KEPT;
	} else if ((offset == GICR_IIDR) || (offset >= GIC_ID_REGISTERS)) {
		value = mmio_read32(address);
	} else {
		/* WAKER: awake; PROPBASER, PENDBASER and the rest: zero */
	}
	return value;
}

/*
 * SGI_base: the distributor's bit, priority and trigger registers for interrupts 0-31. Priorities are the guest's without a
 * mask: those of PPIs that it does not own are never enabled.
 */
uint64_t gic_redistributor_access(const struct plan_filter *filter, struct access access)
{
	const uint32_t *set = self()->partition->interrupt_mask;
	uint64_t address = filter->va + access.offset;
	uint32_t offset = access.offset % GICR_SGI_FRAME;
	uint64_t value = 0;

	if ((access.offset & GICR_SGI_FRAME) == 0u) {
		value = redistributor_other(filter, access);
	} else if (offset < GIC_IPRIORITYR) {
		if ((offset % BANK_SIZE) == 0u) {
			value = bits_access(address, banks[offset >> BANK_SHIFT], set[0], access);
		}
	} else if (offset < (GIC_IPRIORITYR + 32u)) {
		value = priorities_own(address, access);
	} else if ((offset == GIC_ICFGR) || (offset == (GIC_ICFGR + 4u))) {
		value = triggers_access(address, set, (offset - GIC_ICFGR) * 4u, access);
	} else {
		/* reserved, or fixed at boot */
	}
	return value;
}
