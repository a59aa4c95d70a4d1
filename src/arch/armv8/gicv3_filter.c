/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's accesses to the distributor and to its redistributors: the physical register, through the partition's
 * interrupt set. No lock and no shared read-modify-write: what several partitions' bits share is written by set/clear
 * registers or bytewise, and the rest is fixed at boot (IHI 0069, 12.9-12.11).
 */
#include "arch/armv8/gicv3.h"

#include "arch/armv8/gic_filter.h"
#include "plan/view.h"

/* ITLinesNumber, CPUNumber, SecurityExtn, IDbits, A3V, No1N, RSS; no LPIs, MBIs, ESPIs */
#define GICD_TYPER_KEPT 0x07f804ffu
#define GICD_CTLR_KEPT 0x80000052u /* RWP, DS, ARE, EnableGrp1 */
#define GICR_CTLR_KEPT 0x80000008u /* UWP, RWP */
#define GICR_TYPER_LAST 0x10u
#define IROUTER_IRM 0x80000000u

/* Virtual core 16 * Aff1 + Aff0 has that affinity and no other; IRM, any core of the partition, means its first. */
static inline void route_write(const struct core_state *core, uint64_t address, uint64_t affinity)
{
	uint64_t number = (affinity & 0xfu) | ((affinity >> 4) & 0xff0u);

	if ((affinity & IROUTER_IRM) != 0u) {
		mmio_write64(address, core->vcpus[0].route);
	} else if ((number < core->vcpu_count) && (core->vcpus[number].virtual_id == affinity)) {
		mmio_write64(address, core->vcpus[number].route);
	} else {
		/* nobody's: unchanged */
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
 * GICD_IROUTER: virtual affinities in, physical out, and back, in 64 or the lower 32 bits. The upper half, Aff3, is always 0
 * in a partition. An affinity that no virtual core has changes nothing.
 */
APART uint64_t route_access(uint64_t *value, uint32_t how, uint64_t address, uint32_t id, const struct core_state *core)
{
	bool whole = HOW_IS_SIZE(how, DOUBLE);

	if ((!whole && !HOW_IS_SIZE(how, WORD)) || ((address & 7u) != 0u) ||
	    !plan_owns_interrupt(core->partition, id)) {
		return gic_nothing(value, how);
	}
	if (HOW_IS_WRITE(how)) {
		route_write(core, address, whole ? *value : (uint32_t)*value);
		return TRANSFER_WRITTEN;
	}
	*value = route_read(core, address);
	return TRANSFER_READ;
}

/* What is neither a bit, a priority, a trigger nor a route. Writes (GICD_CTLR) were made once, at boot. */
APART uint64_t distributor_other(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset)
{
	uint32_t kept = 0;

	if (HOW_IS_WRITE(how) || !HOW_IS_SIZE(how, WORD) || ((offset & 3u) != 0u)) {
		return gic_nothing(value, how);
	}
	if (offset == GICD_TYPER) {
		kept = GICD_TYPER_KEPT;
	} else if (offset == GICD_CTLR) {
		kept = GICD_CTLR_KEPT;
	} else if ((offset == GICD_IIDR) || (offset >= GIC_ID_REGISTERS)) {
		kept = UINT32_MAX;
	} else {
		return gic_nothing(value, how); /* reserved, or not for guests */
	}
	*value = mmio_read32(address) & kept;
	return TRANSFER_READ;
}

APART uint64_t distributor_bits(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset,
				const struct plan_partition *partition)
{
	uint32_t word = (offset % BANK_SIZE) / 4u;
	uint32_t bank = gic_banks[offset >> BANK_SHIFT];

	if (bank == BANK_NONE) {
		return distributor_other(value, how, address, offset);
	}
	return bits_access(value, how, address, (word != 0u) ? bank : BANK_NONE, partition->interrupt_mask[word]);
}

APART uint64_t distributor_priorities(uint64_t *value, uint32_t how, uint64_t address, uint32_t id,
				      const struct plan_partition *partition)
{
	return priorities_access(value, how, address, set_from(partition->interrupt_mask, id));
}

/* From GIC_ICFGR on. */
APART uint64_t distributor_rest(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset,
				const struct core_state *core)
{
	if ((offset >= (GIC_ICFGR + 8u)) && (offset < GIC_IGRPMODR)) {
		return gic_triggers(value, how, address,
				    set_from(core->partition->interrupt_mask, (offset - GIC_ICFGR) * 4u));
	}
	if ((offset >= (GICD_IROUTER + (32u * 8u))) && (offset < (GICD_IROUTER + (PLAN_INTERRUPTS * 8u)))) {
		return route_access(value, how, address, (offset - GICD_IROUTER) / 8u, core);
	}
	return distributor_other(value, how, address, offset);
}

/* Interrupts 0-31 are the redistributors': zero in the distributor, writes ignored. */
static inline uint64_t distributor_access(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset,
					  const struct core_state *core)
{
	if (offset < GIC_IPRIORITYR) {
		return distributor_bits(value, how, address, offset, core->partition);
	}
	if ((offset >= (GIC_IPRIORITYR + 32u)) && (offset < (GIC_IPRIORITYR + PLAN_INTERRUPTS))) {
		return distributor_priorities(value, how, address, offset - GIC_IPRIORITYR, core->partition);
	}
	return distributor_rest(value, how, address, offset, core);
}

/* GICR_TYPER as its partition knows the core: affinity, number, whether it is the last one. No LPIs. */
static inline uint64_t typer_of(uint64_t offset)
{
	const struct core_state *core = self();
	const struct plan_vcpu *vcpu = &core->vcpus[offset >> GICR_FRAME_SHIFT];
	uint64_t typer = (vcpu->virtual_id << 32) | ((uint64_t)vcpu->number << 8);

	return typer | (((vcpu->number + 1u) == core->vcpu_count) ? GICR_TYPER_LAST : 0u);
}

/* RD_base: what a driver reads to find its redistributor. Writes (CTLR, WAKER, LPI tables) are EL2's. */
APART uint64_t redistributor_other(uint64_t *value, uint32_t how, uint64_t address, uint64_t whole_offset)
{
	uint32_t offset = (uint32_t)whole_offset % GICR_SGI_FRAME;
	bool word = HOW_IS_SIZE(how, WORD);
	uint64_t result = 0;

	if (HOW_IS_WRITE(how)) {
		return TRANSFER_WRITTEN;
	}
	if ((offset == GICR_TYPER) && (word || HOW_IS_SIZE(how, DOUBLE))) {
		result = typer_of(whole_offset);
		result = word ? (uint32_t)result : result;
	} else if (!word || ((offset & 3u) != 0u)) {
		result = 0;
	} else if (offset == (GICR_TYPER + 4u)) {
		result = typer_of(whole_offset) >> 32;
	} else if (offset == GICR_CTLR) {
		result = mmio_read32(address) & GICR_CTLR_KEPT;
	} else if ((offset == GICR_IIDR) || (offset >= GIC_ID_REGISTERS)) {
		result = mmio_read32(address);
	} else {
		/* WAKER: awake; PROPBASER, PENDBASER and the rest: zero */
	}
	*value = result;
	return TRANSFER_READ;
}

/* SGI_base: the distributor's bit, priority and trigger registers for interrupts 0-31. */
APART uint64_t private_bits(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset, uint32_t mask)
{
	bool there = (offset % BANK_SIZE) == 0u;

	return bits_access(value, how, address, there ? gic_banks[offset >> BANK_SHIFT] : BANK_NONE, mask);
}

/* The guest's without a mask: those of PPIs that it does not own are never enabled. */
APART uint64_t private_priorities(uint64_t *value, uint32_t how, uint64_t address)
{
	return priorities_access(value, how, address, 0xfu);
}

static inline uint64_t redistributor_access(uint64_t *value, uint32_t how, uint64_t address, uint64_t whole_offset,
					    const struct core_state *core)
{
	uint32_t mask = core->partition->interrupt_mask[0];
	uint32_t offset = (uint32_t)whole_offset % GICR_SGI_FRAME;

	if ((whole_offset & GICR_SGI_FRAME) == 0u) {
		return redistributor_other(value, how, address, whole_offset);
	}
	if (offset < GIC_IPRIORITYR) {
		return private_bits(value, how, address, offset, mask);
	}
	if (offset < (GIC_IPRIORITYR + 32u)) {
		return private_priorities(value, how, address);
	}
	if ((offset == GIC_ICFGR) || (offset == (GIC_ICFGR + 4u))) {
		return gic_triggers(value, how, address, mask >> ((offset - GIC_ICFGR) * 4u));
	}
	return gic_nothing(value, how); /* reserved, or fixed at boot */
}

uint64_t gic_access(uint64_t *value, uint32_t how, uint64_t address)
{
	struct core_state *core = self();
	const struct plan_filter *filter = core->filters; /* GICD, then GICR: plan_check */
	uint64_t offset = address - filter->base;

	if (offset < filter->size) {
		core->exits[EXIT_GICD]++;
		return distributor_access(value, how, filter->va + offset, (uint32_t)offset, core);
	}
	filter++;
	offset = address - filter->base;
	if (offset < filter->size) {
		core->exits[EXIT_GICR]++;
		return redistributor_access(value, how, filter->va + offset, offset, core);
	}
	return TRANSFER_UNFINISHED;
}
