/* SPDX-License-Identifier: Apache-2.0 */
/* What the distributors of GICv2 and GICv3 have in common for a guest, apart from the common paths (gic_filter.h). */
#include "arch/armv8/gic_filter.h"

const uint8_t gic_banks[BANKS] = {
	[GIC_IGROUPR >> BANK_SHIFT] = BANK_READ,    [GIC_ISENABLER >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICENABLER >> BANK_SHIFT] = BANK_WRITE, [GIC_ISPENDR >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICPENDR >> BANK_SHIFT] = BANK_WRITE,   [GIC_ISACTIVER >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICACTIVER >> BANK_SHIFT] = BANK_WRITE,
};

uint64_t gic_nothing(uint32_t how, uint64_t *value)
{
	if (HOW_IS_WRITE(how)) {
		return TRANSFER_WRITTEN;
	}
	*value = 0;
	return TRANSFER_READ;
}

/* Each of the lower 16 bits twice, side by side. */
static uint32_t doubled(uint32_t bits)
{
	uint32_t spread = bits & 0xffffu;

	spread = (spread | (spread << 8)) & 0x00ff00ffu;
	spread = (spread | (spread << 4)) & 0x0f0f0f0fu;
	spread = (spread | (spread << 2)) & 0x33333333u;
	spread = (spread | (spread << 1)) & 0x55555555u;
	return spread | (spread << 1);
}

uint64_t gic_triggers(uint64_t address, const uint32_t *set, uint32_t id, uint32_t how, uint64_t *value)
{
	if (HOW_IS_WRITE(how) || !HOW_IS_SIZE(how, WORD) || ((address & 3u) != 0u)) {
		return gic_nothing(how, value);
	}
	*value = mmio_read32(address) & doubled(set[id / 32u] >> (id % 32u));
	return TRANSFER_READ;
}

uint64_t gic_priorities_shared(uint64_t address, uint32_t owned, uint32_t how, uint64_t *value)
{
	uint32_t clamped = priorities_clamped(*value);
	uint64_t result = 0;

	for (uint32_t left = owned; left != 0u; left &= left - 1u) {
		uint32_t i = (uint32_t)__builtin_ctz(left);

		if (HOW_IS_WRITE(how)) {
			mmio_write8(address + i, (uint8_t)(clamped >> (8u * i)));
		} else {
			result |= (uint64_t)mmio_read8(address + i) << (8u * i);
		}
	}
	if (HOW_IS_WRITE(how)) {
		return TRANSFER_WRITTEN;
	}
	*value = result;
	return TRANSFER_READ;
}
