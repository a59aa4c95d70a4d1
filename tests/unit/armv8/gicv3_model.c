/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What accesses to a GICv3's frames do and tell, interrupt by interrupt: for each byte of a frame the model says which
 * interrupt it belongs to. It shares nothing with the filter.
 */
#include "armv8/gicv3_model.h"

#include "host/host.h"

struct effect {
	uint64_t value; /* read */
	uint64_t bits;  /* written: which of the access's bits change, and to what */
	uint64_t to;
};

/*
 * Bits of one interrupt at `offset` in a frame; 0: not a register of interrupts. `first` gets the interrupt of bit 0.
 */
static uint32_t bits_each(uint32_t offset, uint32_t *first)
{
	if ((offset >= IGROUPR) && (offset < IPRIORITYR)) {
		*first = (offset % 0x80u) * 8u;
		return 1;
	}
	if ((offset >= IPRIORITYR) && (offset < (IPRIORITYR + 0x400u))) {
		*first = offset - IPRIORITYR;
		return 8;
	}
	if ((offset >= ICFGR) && (offset < (ICFGR + 0x100u))) {
		*first = (offset - ICFGR) * 4u;
		return 2;
	}
	return 0;
}

/* The bits of an access that are owned interrupts', of `low` .. `high` - 1. */
static uint64_t owned_bits(uint32_t each, uint32_t first, uint32_t size, uint32_t low, uint32_t high)
{
	uint64_t bits = 0;

	for (uint32_t bit = 0; bit < (size * 8u); bit++) {
		uint32_t id = first + bit / each;

		if ((id >= low) && (id < high) && interrupt_owned(id)) {
			bits |= UINT64_C(1) << bit;
		}
	}
	return bits;
}

static uint64_t clamped(uint64_t value)
{
	for (uint32_t byte = 0; byte < 4u; byte++) {
		if (((value >> (8u * byte)) & 0xffu) < PRIORITY_FLOOR) {
			value |= (uint64_t)PRIORITY_FLOOR << (8u * byte);
		}
	}
	return value;
}

/* An access to registers of the interrupts low .. high - 1, in either frame. */
static struct effect interrupt_effect(uint64_t address, const struct attempt *attempt, uint32_t low, uint32_t high,
				      bool all_priorities)
{
	uint32_t offset = attempt->offset % REGISTERS_SIZE;
	uint32_t first = 0;
	uint32_t each = bits_each(offset, &first);
	struct effect effect = {0};
	uint64_t now = 0;
	uint64_t bits;

	if ((each == 0u) || !((attempt->size == 4u) || ((each == 8u) && (attempt->size == 1u)))) {
		return effect;
	}
	bits = owned_bits(each, first, attempt->size, low, high);
	if (all_priorities && (each == 8u) && (first >= low) && (first < high)) {
		bits = (UINT64_C(1) << (8u * attempt->size)) - 1u;
	}
	memcpy(&now, host_mmio_bytes(address), attempt->size);
	if (!attempt->write) {
		effect.value = now & bits;
	} else if ((each == 1u) && (offset >= ISENABLER)) {
		effect.bits = attempt->value & bits; /* only ones do something */
		effect.to = effect.bits;
	} else if (each == 8u) {
		effect.bits = bits;
		effect.to = clamped(attempt->value) & bits;
	} else {
		/* IGROUPR, ICFGR: fixed */
	}
	return effect;
}

static struct effect route_effect(const struct attempt *attempt)
{
	uint32_t id = (attempt->offset - IROUTER) / 8u;
	struct effect effect = {0};
	uint64_t written = (attempt->size == 4u) ? (uint32_t)attempt->value : attempt->value;
	uint64_t route = 0;

	if (((attempt->offset % 8u) != 0u) || (attempt->size < 4u) || !interrupt_owned(id) || (id < 32u)) {
		return effect;
	}
	memcpy(&route, host_mmio_bytes(gicd->va + attempt->offset), 8);
	for (uint32_t i = 0; i < own->vcpu_count; i++) {
		const struct plan_vcpu *vcpu = &fake_vcpus(plan)[own->vcpu_first + i];

		if (attempt->write && ((written == vcpu->virtual_id) || ((i == 0u) && ((written >> 31) & 1u)))) {
			effect.bits = UINT64_MAX;
			effect.to = vcpu->route;
		} else if (!attempt->write && (route == vcpu->route)) {
			effect.value = vcpu->virtual_id;
		} else {
			/* not this one */
		}
	}
	return effect;
}

static struct effect gicd_effect(const struct attempt *attempt)
{
	struct effect effect = {0};
	uint32_t now;

	if ((attempt->offset >= IROUTER) && (attempt->offset < (IROUTER + 0x2000u))) {
		return route_effect(attempt);
	}
	effect = interrupt_effect(gicd->va + attempt->offset, attempt, 32, 1024, false);
	memcpy(&now, host_mmio_bytes(gicd->va + (attempt->offset & ~3u)), 4);
	if (!attempt->write && (attempt->size == 4u)) {
		effect.value |= (attempt->offset == GICD_CTLR)    ? now & 0x80000052u
				: (attempt->offset == GICD_TYPER) ? now & 0x07f804ffu
				: (attempt->offset == GICD_IIDR)  ? now
				: (attempt->offset >= IDS)        ? now
								  : 0u;
	}
	return effect;
}

static struct effect gicr_effect(const struct attempt *attempt)
{
	uint32_t number = attempt->offset / GICR_SIZE;
	uint32_t offset = attempt->offset % REGISTERS_SIZE;
	uint64_t address = gicr->va + attempt->offset;
	uint64_t typer = ((uint64_t)number << 32) | (number << 8) | ((number + 1u == own->vcpu_count) ? 0x10u : 0u);
	struct effect effect = {0};
	uint32_t now;

	if ((attempt->offset & SGI_BASE) != 0u) {
		return interrupt_effect(address, attempt, 0, 32, true);
	}
	memcpy(&now, host_mmio_bytes(address & ~UINT64_C(3)), 4);
	if (attempt->write || (attempt->size < 4u)) {
		return effect;
	}
	if ((offset & ~7u) == GICR_TYPER) {
		effect.value = (attempt->size == 8u) ? typer : (uint32_t)(typer >> ((offset & 4u) * 8u));
	} else if (attempt->size == 4u) {
		effect.value = (offset == 0u) ? now & 0x80000008u : ((offset == 4u) || (offset >= IDS)) ? now : 0u;
	} else {
		/* no other 64-bit registers */
	}
	return effect;
}

/* What the recorded writes do together, as bits of the access at `address`; write-1 registers by their ones. */
static void assert_effect(const struct effect *expected, uint64_t address, const struct attempt *attempt,
			  uint64_t value)
{
	uint32_t offset = attempt->offset % REGISTERS_SIZE;
	bool ones = (offset >= ISENABLER) && (offset < IPRIORITYR);
	uint64_t bits = 0;
	uint64_t to = 0;

	for (uint32_t i = 0; i < host_mmio_count(); i++) {
		const struct host_access *done = host_mmio_access(i);
		uint32_t shift = (uint32_t)(done->address - address) * 8u;
		uint64_t all = (done->size == 8u) ? UINT64_MAX : (UINT64_C(1) << (8u * done->size)) - 1u;

		assert_true((done->address >= address) && (done->address < (address + attempt->size)));
		assert_true(!done->write || attempt->write);
		if (done->write) {
			bits |= (ones ? done->value : all) << shift;
			to |= done->value << shift;
		}
	}
	if ((value != expected->value) || (bits != expected->bits) || (to != expected->to)) {
		fail_msg("offset 0x%x size %u write %d value 0x%llx: read 0x%llx not 0x%llx, changed 0x%llx to 0x%llx "
			 "not 0x%llx to 0x%llx",
			 attempt->offset, attempt->size, attempt->write, (unsigned long long)attempt->value,
			 (unsigned long long)value, (unsigned long long)expected->value, (unsigned long long)bits,
			 (unsigned long long)to, (unsigned long long)expected->bits, (unsigned long long)expected->to);
	}
}

void model_check_access(const struct plan_filter *filter, const struct attempt *attempt)
{
	struct effect expected = {0};
	uint64_t value;

	if ((attempt->offset % attempt->size) == 0u) {
		expected = (filter == gicd) ? gicd_effect(attempt) : gicr_effect(attempt);
	}
	value = attempt_make(filter, attempt);
	assert_effect(&expected, filter->va + attempt->offset, attempt, value);
}
