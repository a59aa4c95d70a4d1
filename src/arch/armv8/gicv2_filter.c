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

#define EACH_BYTE 0x01010101u
#define BITS_TO_BYTES 0x00204081u /* times four bits, & EACH_BYTE: one to the bottom of each byte */

#define SGIR_FILTER(value) (((value) >> 24) & 0x3u)
#define SGIR_LIST(value) (((value) >> 16) & 0xffu)
#define SGIR_TO_OTHERS 1u
#define SGIR_TO_SELF 2u
#define SGIR_INTID 0xfu

/*
 * Sets of cores, a byte each, four at once: virtual core n is bit n for the guest; for the controller its core's CPU
 * interface, one bit too.
 */
static uint32_t targets_physical(const struct core_state *core, uint32_t virtual)
{
	uint32_t physical = 0;

	for (uint32_t i = 0; i < core->vcpu_count; i++) {
		physical |= ((virtual >> i) & EACH_BYTE) * (uint32_t)core->vcpus[i].route;
	}
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

/* GICD_ITARGETSR and the pending SGIs' sources: a byte an interrupt, each a set of cores; only those of `owned` exist. */
APART uint64_t targets_access(const struct core_state *core, uint64_t address, uint32_t owned, uint32_t how,
			      uint64_t *value)
{
	uint32_t physical;

	if (HOW_IS_WRITE(how)) {
		physical = targets_physical(core, (uint32_t)*value);
		for (uint32_t left = owned; left != 0u; left &= left - 1u) {
			uint32_t i = (uint32_t)__builtin_ctz(left);

			mmio_write8(address + i, (uint8_t)(physical >> (8u * i)));
		}
		return TRANSFER_WRITTEN;
	}
	if (owned == 0u) {
		return gic_nothing(how, value);
	}
	physical = HOW_IS_SIZE(how, WORD) ? mmio_read32(address) : mmio_read8(address);
	*value = targets_virtual(core, physical) & (((owned * BITS_TO_BYTES) & EACH_BYTE) * 0xffu);
	return TRANSFER_READ;
}

/* Which bytes of an access at interrupt `id`'s byte are the partition's; misaligned or wide: none. */
static uint32_t bytes_owned(const uint32_t *set, uint32_t id, uint32_t how)
{
	uint32_t bytes = HOW_IS_SIZE(how, BYTE) ? 0x1u : 0xfu;

	if (!HOW_IS_SIZE(how, BYTE) && (!HOW_IS_SIZE(how, WORD) || ((id & 3u) != 0u))) {
		bytes = 0;
	}
	return (set[id / 32u] >> (id % 32u)) & bytes;
}

/* A core's private interrupts are its own for ever: the registers read as that and ignore writes. */
static uint64_t route_access(const struct core_state *core, uint64_t address, uint32_t id, uint32_t how,
			     uint64_t *value)
{
	uint32_t owned = bytes_owned(core->partition->interrupt_mask, id, how);

	if ((id < PRIVATE) && HOW_IS_WRITE(how)) {
		return TRANSFER_WRITTEN;
	}
	return targets_access(core, address, owned, how, value);
}

/* GICD_SGIR (IHI 0048B, 4.3.15): virtual cores in, CPU interfaces out. Targets outside the partition do not exist. */
static inline void sgi_send(const struct core_state *core, uint64_t address, uint32_t value)
{
	uint32_t filter = SGIR_FILTER(value);
	uint32_t sender = 1u << core->vcpu->number;
	uint32_t list = SGIR_LIST(value);

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
}

/* What is neither a bit, a priority, a target nor a trigger. Writes (GICD_CTLR) were made once, at boot. */
APART uint64_t distributor_other(const struct core_state *core, uint64_t address, uint32_t offset, uint32_t how,
				 uint64_t *value)
{
	uint32_t result;

	if (HOW_IS_WRITE(how) || !HOW_IS_SIZE(how, WORD) || ((offset & 3u) != 0u)) {
		return gic_nothing(how, value);
	}
	if (offset == GICD_TYPER) {
		result = (mmio_read32(address) & GICD_TYPER_KEPT) |
			 (uint32_t)((core->vcpu_count - 1u) << GICD_TYPER_CORES);
	} else if (offset == GICD_CTLR) {
		result = GIC_ENABLE;
	} else if ((offset == GICD_IIDR) || (offset >= GIC_ID_REGISTERS)) {
		result = mmio_read32(address);
	} else {
		return gic_nothing(how, value); /* reserved, or not for guests */
	}
	*value = result;
	return TRANSFER_READ;
}

static uint64_t distributor_access(const struct core_state *core, uint64_t address, uint32_t offset, uint32_t how,
				   uint64_t *value)
{
	const uint32_t *set = core->partition->interrupt_mask;

	if (offset < GIC_IGROUPR) {
		return distributor_other(core, address, offset, how, value);
	}
	if (offset < GIC_IPRIORITYR) {
		uint32_t mask = set[(offset % BANK_SIZE) / 4u];
		uint32_t bank = ((offset & 3u) == 0u) ? gic_banks[offset >> BANK_SHIFT] : BANK_NONE;

		/* SGIs stay enabled: see gicv2.h */
		mask = ((offset == GIC_ICENABLER) && HOW_IS_WRITE(how)) ? (mask & ~SGIS) : mask;
		return bits_access(address, bank, mask, how, value);
	}
	if (offset < (GIC_IPRIORITYR + PLAN_INTERRUPTS)) {
		return priorities_access(address, set, offset - GIC_IPRIORITYR, how, value);
	}
	if (offset < (GICD_ITARGETSR + PLAN_INTERRUPTS)) {
		return route_access(core, address, offset - GICD_ITARGETSR, how, value);
	}
	if (offset < (GIC_ICFGR + (PLAN_INTERRUPTS / 4u))) {
		return gic_triggers(address, set, (offset - GIC_ICFGR) * 4u, how, value);
	}
	if ((offset >= GICD_CPENDSGIR) && (offset < (GICD_SPENDSGIR + 16u))) {
		return targets_access(core, address, bytes_owned(set, offset % 16u, how), how, value);
	}
	return distributor_other(core, address, offset, how, value);
}

uint64_t gic_access(uint64_t address, uint32_t how, uint64_t *value)
{
	struct core_state *core = self();
	const struct plan_filter *filter = core->filters; /* GICD alone: plan_check */
	uint64_t offset = address - filter->base;

	if (offset >= filter->size) {
		return TRANSFER_UNFINISHED;
	}
	if ((offset == GICD_SGIR) && HOW_IS_WRITE(how) && HOW_IS_SIZE(how, WORD)) { /* what guests do all the time */
		core->exits[EXIT_SGI]++;
		sgi_send(core, filter->va + offset, (uint32_t)*value);
		return TRANSFER_WRITTEN;
	}
	core->exits[EXIT_GICD]++;
	return distributor_access(core, filter->va + offset, (uint32_t)offset, how, value);
}
