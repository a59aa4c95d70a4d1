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
#define BANKS (0x0400u >> BANK_SHIFT)
/* ITLinesNumber, CPUNumber, SecurityExtn, IDbits, A3V, No1N, RSS; no LPIs, MBIs, ESPIs */
#define GICD_TYPER_KEPT 0x07f804ffu
#define GICD_CTLR_KEPT 0x80000052u /* RWP, DS, ARE, EnableGrp1 */
#define GICR_CTLR_KEPT 0x80000008u /* UWP, RWP */
#define GICR_TYPER_LAST 0x10u
#define IROUTER_IRM (1u << 31)

/* Bit banks by offset / 128: what a guest's write does there. */
enum bank { BANK_NONE, BANK_READ, BANK_WRITE };

static const uint8_t banks[BANKS] = {
	[GIC_IGROUPR >> BANK_SHIFT] = BANK_READ,    [GIC_ISENABLER >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICENABLER >> BANK_SHIFT] = BANK_WRITE, [GIC_ISPENDR >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICPENDR >> BANK_SHIFT] = BANK_WRITE,   [GIC_ISACTIVER >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICACTIVER >> BANK_SHIFT] = BANK_WRITE,
};

/* A 32-bit register of one bit an interrupt: write-1 bits and reads through the set. */
static inline void bits_access(uint64_t registers, const uint32_t *set, struct access *access)
{
	uint32_t mask = set[(access->offset % (1u << BANK_SHIFT)) / 4u];
	uint32_t bank = banks[access->offset >> BANK_SHIFT];

	if ((access->size != 4u) || (bank == (uint32_t)BANK_NONE)) {
		return;
	}
	if (!access->write) {
		access->value = mmio_read32(registers + access->offset) & mask;
	} else if (bank == (uint32_t)BANK_WRITE) {
		mmio_write32(registers + access->offset, (uint32_t)access->value & mask);
	} else {
		/* fixed at boot */
	}
}

/* Raises every byte below PRIORITY_GUEST to it. */
static inline uint32_t priorities_clamped(uint32_t value)
{
	uint32_t high = ((value >> 4) & 0x0f0f0f0fu) + 0x0f0f0f0fu; /* bit 4 of a byte: its upper half is not zero */

	return value | (~high & 0x10101010u);
}

/* One byte an interrupt, 1- and 4-byte accesses. */
static void priorities_access(uint64_t registers, const uint32_t *set, struct access *access)
{
	uint64_t address = registers + access->offset;
	uint32_t id = access->offset - GIC_IPRIORITYR;
	uint32_t owned = (set[id / 32u] >> (id % 32u)) & ((1u << access->size) - 1u);
	uint32_t value = priorities_clamped((uint32_t)access->value);

	if (((access->size != 1u) && (access->size != 4u)) || ((id % access->size) != 0u)) {
		return;
	}
	if (access->write && (owned == 0xfu)) {
		mmio_write32(address, value);
		return;
	}
	for (uint32_t i = 0; i < access->size; i++) {
		if (((owned >> i) & 1u) == 0u) {
			continue;
		}
		if (access->write) {
			mmio_write8(address + i, (uint8_t)(value >> (8u * i)));
		} else {
			access->value |= (uint64_t)mmio_read8(address + i) << (8u * i);
		}
	}
}

/* Two bits an interrupt: read through the set; triggers were set at boot. */
static void triggers_read(uint64_t registers, const uint32_t *set, struct access *access)
{
	uint32_t id = (access->offset - GIC_ICFGR) * 4u;
	uint32_t owned = (set[id / 32u] >> (id % 32u)) & 0xffffu;
	uint32_t mask = 0;

	if (access->size != 4u) {
		return;
	}
	for (uint32_t i = 0; i < 16u; i++) {
		mask |= (((owned >> i) & 1u) != 0u) ? (3u << (2u * i)) : 0u;
	}
	access->value = mmio_read32(registers + access->offset) & mask;
}

/* The partition's virtual core with this affinity, as guests (`virtual` true) or the GIC know it; NULL where none has.
 */
static const struct plan_vcpu *vcpu_of(const struct core_state *core, uint64_t affinity, bool virtual)
{
	for (uint64_t i = 0; i < core->vcpu_count; i++) {
		if ((virtual ? core->vcpus[i].virtual_id : core->vcpus[i].route) == affinity) {
			return &core->vcpus[i];
		}
	}
	return NULL;
}

static void route_write(const struct core_state *core, uint64_t address, const struct access *access)
{
	uint64_t value = (access->size == 8u) ? access->value : (uint32_t)access->value;
	bool any = (value & IROUTER_IRM) != 0u;
	const struct plan_vcpu *vcpu = any ? core->vcpus : vcpu_of(core, value & ~(uint64_t)IROUTER_IRM, true);

	if (vcpu != NULL) {
		mmio_write64(address, vcpu->route);
	}
}

/* GICD_IROUTER: virtual affinities in, physical out, and back. Its upper half, Aff3, is always 0 in a partition. */
static void route_access(const struct core_state *core, struct access *access)
{
	uint32_t id = (access->offset - GICD_IROUTER) / 8u;
	uint64_t address = core->plan->gicd_va + (access->offset & ~7u);
	bool upper_half = (access->offset & 4u) != 0u;

	if ((access->size < 4u) || (id < 32u) || (id >= PLAN_INTERRUPTS) || !plan_owns_interrupt(core->partition, id) ||
	    upper_half || ((access->offset & 3u) != 0u)) {
		return;
	}
	if (access->write) {
		route_write(core, address, access);
	} else {
		const struct plan_vcpu *vcpu = vcpu_of(core, mmio_read64(address), false);

		access->value = (vcpu != NULL) ? vcpu->virtual_id : 0u;
	}
}

static uint64_t distributor_read(uint64_t gicd, const struct access *access)
{
	uint64_t value = 0;

	if (access->size != 4u) {
		return 0;
	}
	if (access->offset == GICD_CTLR) {
		value = mmio_read32(gicd + GICD_CTLR) & GICD_CTLR_KEPT;
	} else if (access->offset == GICD_TYPER) {
		value = mmio_read32(gicd + GICD_TYPER) & GICD_TYPER_KEPT;
	} else if ((access->offset == GICD_IIDR) || (access->offset >= GIC_ID_REGISTERS)) {
		value = mmio_read32(gicd + access->offset);
	} else {
		/* reserved, or not for guests: zero */
	}
	return value;
}

void gic_distributor_access(struct access *access)
{
	const struct core_state *core = self();
	const uint32_t *set = core->partition->interrupt_mask;
	uint32_t offset = access->offset;

	if ((offset >= GIC_IGROUPR) && (offset < GIC_IPRIORITYR)) {
		if ((offset & 0x7fu) >= 4u) { /* 0-31 are the redistributors' */
			bits_access(core->plan->gicd_va, set, access);
		}
	} else if ((offset >= (GIC_IPRIORITYR + 32u)) && (offset < (GIC_IPRIORITYR + PLAN_INTERRUPTS))) {
		priorities_access(core->plan->gicd_va, set, access);
	} else if ((offset >= (GIC_ICFGR + 8u)) && (offset < GIC_IGRPMODR)) {
		if (!access->write) {
			triggers_read(core->plan->gicd_va, set, access);
		}
	} else if ((offset >= GICD_IROUTER) && (offset < (GICD_IROUTER + (PLAN_INTERRUPTS * 8u)))) {
		route_access(core, access);
	} else if (!access->write) {
		access->value = distributor_read(core->plan->gicd_va, access);
	} else {
		/* GICD_CTLR and the rest: written once at boot */
	}
}

/* RD_base: what a driver reads to find its redistributor. No LPIs, no sleep. */
static uint64_t redistributor_read(uint64_t gicr, const struct plan_vcpu *vcpu, const struct access *access)
{
	const struct core_state *core = self();
	uint64_t typer = (vcpu->virtual_id << 32) | ((uint64_t)vcpu->number << 8);
	uint64_t value = 0;

	typer |= ((vcpu->number + 1u) == core->partition->vcpu_count) ? GICR_TYPER_LAST : 0u;
	if ((access->offset & ~4u) == GICR_TYPER) {
		value = ((access->offset & 4u) != 0u) ? (typer >> 32) : typer;
	} else if (access->size != 4u) {
		value = 0;
	} else if (access->offset == GICR_CTLR) {
		value = mmio_read32(gicr + GICR_CTLR) & GICR_CTLR_KEPT;
	} else if ((access->offset == GICR_IIDR) || (access->offset >= GIC_ID_REGISTERS)) {
		value = mmio_read32(gicr + access->offset);
	} else {
		/* WAKER: awake; PROPBASER, PENDBASER and the rest: zero */
	}
	return value;
}

/* SGI_base: the distributor's bit, priority and trigger registers for interrupts 0-31. */
static void private_access(uint64_t frame, const uint32_t *set, struct access *access)
{
	uint32_t offset = access->offset;

	if (((offset & 0x7fu) == 0u) && (offset >= GIC_IGROUPR) && (offset < GIC_IPRIORITYR)) {
		bits_access(frame, set, access);
	} else if ((offset >= GIC_IPRIORITYR) && (offset < (GIC_IPRIORITYR + 32u))) {
		priorities_access(frame, set, access);
	} else if (((offset & ~4u) == GIC_ICFGR) && !access->write) {
		triggers_read(frame, set, access);
	} else {
		/* reserved, or fixed at boot */
	}
}

void gic_redistributor_access(const struct plan_filter *filter, struct access *access)
{
	const struct core_state *core = self();
	const struct plan_vcpu *vcpu = &plan_vcpus(core->plan)[filter->vcpu + (access->offset >> GICR_FRAME_SHIFT)];
	uint64_t gicr = plan_cores(core->plan)[vcpu->core].gicr_va;

	access->offset &= (1u << GICR_FRAME_SHIFT) - 1u;
	if (access->offset >= GICR_SGI_FRAME) {
		access->offset -= GICR_SGI_FRAME;
		private_access(gicr + GICR_SGI_FRAME, core->partition->interrupt_mask, access);
	} else if (!access->write) {
		access->value = redistributor_read(gicr, vcpu, access);
	} else {
		/* CTLR, WAKER, LPI tables: EL2's */
	}
}
