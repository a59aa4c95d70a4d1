/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's accesses to the distributor of a GICv2: the physical register, through the partition's interrupt set. Its CPU
 * interface is mapped and never traps. No lock and no shared read-modify-write (IHI 0048B, 4.3).
 */
#include "arch/armv8/gicv2.h"

#include "arch/armv8/gic_filter.h"
#include "plan/view.h"

#define GICD_TYPER_KEPT 0x0000041fu /* ITLinesNumber, SecurityExtn */
#define GICD_TYPER_CORES 5u
#define PRIVATE 32u /* interrupts 0-31 are the core's own */

#define SGIR_FILTER(value) (((value) >> 24) & 0x3u)
#define SGIR_LIST(value) (((value) >> 16) & 0xffu)
#define SGIR_TO_OTHERS 1u
#define SGIR_TO_SELF 2u
#define SGIR_INTID 0xfu

/*
 * Sets of cores, a byte each, four at once: virtual core n is bit n for the guest; for the controller its core's CPU
 * interface, one bit too.
 */
static inline uint32_t targets_physical(const struct core_state *core, uint32_t virtual)
{
	const struct plan_vcpu *vcpu = core->vcpus;
	const struct plan_vcpu *end = &vcpu[core->vcpu_count]; /* at least one: this core's */
	uint32_t left = virtual;
	uint32_t physical = 0;

	do {
		physical += (left & EACH_BYTE) * (uint32_t)vcpu->route;
		left >>= 1;
		vcpu++;
	} while (vcpu != end);
	return physical;
}

static uint32_t targets_virtual(const struct core_state *core, uint32_t physical)
{
	uint32_t virtual = 0;

	for (uint32_t i = 0; i < core->vcpu_count; i++) {
		virtual |= ((physical >> __builtin_ctzll(core->vcpus[i].route)) & EACH_BYTE) << i;
	}
	return virtual;
}

/* targets_access of what is no whole word that is written. */
APART uint64_t targets_other(uint64_t *value, uint32_t how, uint64_t address, uint32_t bits,
			     const struct core_state *core)
{
	uint32_t there = bytes_there(how, address, bits);

	if (there == 0u) {
		return gic_nothing(value, how);
	}
	if (HOW_IS_WRITE(how)) {
		mmio_write8(address, targets_physical(core, (uint8_t)*value));
		return TRANSFER_WRITTEN;
	}
	*value = targets_virtual(core, bytes_read(how, address, there));
	return TRANSFER_READ;
}

/*
 * GICD_ITARGETSR and the pending SGIs' sources, a byte an interrupt, each a set of cores: only the partition's bytes exist,
 * bit n of `bits` says it of byte n.
 */
static inline uint64_t targets_access(uint64_t *value, uint32_t how, uint64_t address, uint32_t bits,
				      const struct core_state *core)
{
	if (!HOW_IS_SIZE(how, WORD) || ((address & 3u) != 0u) || !HOW_IS_WRITE(how)) {
		return targets_other(value, how, address, bits, core);
	}
	bytes_write(address, bits, targets_physical(core, (uint32_t)*value));
	return TRANSFER_WRITTEN;
}

/* GICD_SGIR (IHI 0048B, 4.3.15): virtual cores in, CPU interfaces out. Targets outside the partition do not exist. */
APART uint64_t sgi_send(const uint64_t *written, struct core_state *core, uint64_t address)
{
	uint32_t value = (uint32_t)*written;
	uint32_t filter = SGIR_FILTER(value);
	uint32_t sender = 1u << core->vcpu->number;
	uint32_t list = SGIR_LIST(value);

	core->exits[EXIT_SGI]++;
	if (filter == SGIR_TO_OTHERS) {
		list = ~sender & SGIR_LIST(UINT32_MAX);
	} else if (filter == SGIR_TO_SELF) {
		list = sender;
	} else {
		list = (filter == 0u) ? list : 0u; /* 3 is reserved */
	}
	list = targets_physical(core, list);
	if (list != 0u) {
		mmio_write32(address, (list << 16) | (value & SGIR_INTID));
	}
	return TRANSFER_WRITTEN;
}

/* What is neither a bit, a priority, a target nor a trigger. Writes (GICD_CTLR) were made once, at boot. */
APART uint64_t distributor_other(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset,
				 const struct core_state *core)
{
	uint32_t result;

	if (HOW_IS_WRITE(how) || !HOW_IS_SIZE(how, WORD) || ((offset & 3u) != 0u)) {
		return gic_nothing(value, how);
	}
	if (offset == GICD_TYPER) {
		result = (mmio_read32(address) & GICD_TYPER_KEPT) |
			 (uint32_t)((core->vcpu_count - 1u) << GICD_TYPER_CORES);
	} else if (offset == GICD_CTLR) {
		result = GIC_ENABLE;
	} else if ((offset == GICD_IIDR) || (offset >= GIC_ID_REGISTERS)) {
		result = mmio_read32(address);
	} else {
		return gic_nothing(value, how); /* reserved, or not for guests */
	}
	*value = result;
	return TRANSFER_READ;
}

APART uint64_t distributor_bits(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset,
				const struct core_state *core)
{
	uint32_t mask = core->partition->interrupt_mask[(offset % BANK_SIZE) / 4u];
	uint32_t bank = gic_banks[offset >> BANK_SHIFT];

	if (bank == BANK_NONE) {
		return distributor_other(value, how, address, offset, core);
	}
	/* SGIs stay enabled: see gicv2.h */
	mask = ((offset == GIC_ICENABLER) && HOW_IS_WRITE(how)) ? (mask & ~SGIS) : mask;
	return bits_access(value, how, address, bank, mask);
}

APART uint64_t distributor_priorities(uint64_t *value, uint32_t how, uint64_t address, uint32_t id,
				      const struct core_state *core)
{
	return priorities_access(value, how, address, set_from(core->partition->interrupt_mask, id));
}

/* A core's private interrupts are its own for ever: the registers read as that and ignore writes. */
APART uint64_t distributor_targets(uint64_t *value, uint32_t how, uint64_t address, uint32_t id,
				   const struct core_state *core)
{
	uint32_t bits = set_from(core->partition->interrupt_mask, id);

	if ((id < PRIVATE) && HOW_IS_WRITE(how)) {
		return TRANSFER_WRITTEN;
	}
	return targets_access(value, how, address, bits, core);
}

/* From GIC_ICFGR on. */
APART uint64_t distributor_rest(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset,
				const struct core_state *core)
{
	const uint32_t *set = core->partition->interrupt_mask;

	if (offset < (GIC_ICFGR + (PLAN_INTERRUPTS / 4u))) {
		return gic_triggers(value, how, address, set_from(set, (offset - GIC_ICFGR) * 4u));
	}
	if ((offset >= GICD_CPENDSGIR) && (offset < (GICD_SPENDSGIR + 16u))) {
		return targets_access(value, how, address, set_from(set, offset % 16u), core);
	}
	return distributor_other(value, how, address, offset, core);
}

uint64_t gic_access(uint64_t *value, uint32_t how, uint64_t address)
{
	struct core_state *core = self();
	const struct plan_filter *filter = core->filters; /* GICD alone: plan_check */
	uint64_t whole_offset = address - filter->base;
	uint32_t offset = (uint32_t)whole_offset;
	uint64_t va = filter->va + whole_offset;

	if (whole_offset >= filter->size) {
		return TRANSFER_UNFINISHED;
	}
	if ((offset == GICD_SGIR) && HOW_IS_WRITE(how) && HOW_IS_SIZE(how, WORD)) {
		return sgi_send(value, core, va);
	}
	core->exits[EXIT_GICD]++;
	if (offset < GIC_IPRIORITYR) {
		return distributor_bits(value, how, va, offset, core);
	}
	if (offset < GICD_ITARGETSR) {
		return distributor_priorities(value, how, va, offset % PLAN_INTERRUPTS, core);
	}
	if (offset < GIC_ICFGR) {
		return distributor_targets(value, how, va, offset % PLAN_INTERRUPTS, core);
	}
	return distributor_rest(value, how, va, offset, core);
}
