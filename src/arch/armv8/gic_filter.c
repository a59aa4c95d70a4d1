/* SPDX-License-Identifier: Apache-2.0 */
/* What the distributors of GICv2 and GICv3 have in common for a guest, apart from the common paths (gic_filter.h). */
#include "arch/armv8/gic_filter.h"

const uint8_t gic_banks[BANKS] = {
	[GIC_IGROUPR >> BANK_SHIFT] = BANK_READ,    [GIC_ISENABLER >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICENABLER >> BANK_SHIFT] = BANK_WRITE, [GIC_ISPENDR >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICPENDR >> BANK_SHIFT] = BANK_WRITE,   [GIC_ISACTIVER >> BANK_SHIFT] = BANK_WRITE,
	[GIC_ICACTIVER >> BANK_SHIFT] = BANK_WRITE,
};

uint64_t gic_nothing(uint64_t *value, uint32_t how)
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

uint64_t gic_triggers(uint64_t *value, uint32_t how, uint64_t address, uint32_t bits)
{
	if (HOW_IS_WRITE(how) || !HOW_IS_SIZE(how, WORD) || ((address & 3u) != 0u)) {
		return gic_nothing(value, how);
	}
	*value = mmio_read32(address) & doubled(bits);
	return TRANSFER_READ;
}

uint64_t gic_priorities_other(uint64_t *value, uint32_t how, uint64_t address, uint32_t bits)
{
	uint32_t there = bytes_there(how, address, bits);

	if (there == 0u) {
		return gic_nothing(value, how);
	}
	if (HOW_IS_WRITE(how)) {
		mmio_write8(address, priorities_clamped(*value));
		return TRANSFER_WRITTEN;
	}
	*value = bytes_read(how, address, there);
	return TRANSFER_READ;
}
