/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the distributors of GICv2 and GICv3 have in common for a guest: bits, priorities and triggers of its interrupts. Each
 * answers an access as access.h's gic_access does; `address` is EL2's, `set` the partition's interrupts.
 */
#ifndef ARMV8_GIC_FILTER_H
#define ARMV8_GIC_FILTER_H

#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "arch/armv8/gic.h"
#include "arch/armv8/mmio.h"

/* sizes of accesses, log2 of bytes */
#define BYTE 0u
#define WORD 2u
#define DOUBLE 3u

/* What is not part of the common paths stays out of their way, and of their registers. */
#define APART static __attribute__((noinline))

#define BANK_SHIFT 7u /* the bit registers: 128 bytes each, one bit an interrupt */
#define BANK_SIZE (1u << BANK_SHIFT)
#define BANKS (GIC_IPRIORITYR >> BANK_SHIFT)

#define BANK_NONE 0u
#define BANK_READ 1u
#define BANK_WRITE 2u

/* What the guest may do in each bank of bit registers, by offset / BANK_SIZE: BANK_*. */
extern const uint8_t gic_banks[BANKS];

/* A 32-bit register of one bit an interrupt, at `address`: write-1 bits and reads through the set's word `mask`. */
static inline uint64_t bits_access(uint64_t address, uint32_t bank, uint32_t mask, uint32_t how, uint64_t *value)
{
	bool there = HOW_IS_SIZE(how, WORD) && (bank != BANK_NONE);

	if (HOW_IS_WRITE(how)) {
		if (there && (bank == BANK_WRITE)) {
			mmio_write32(address, (uint32_t)*value & mask);
		}
		return TRANSFER_WRITTEN;
	}
	*value = there ? (mmio_read32(address) & mask) : 0u;
	return TRANSFER_READ;
}

/* Nothing is there: reads zero, ignores writes. */
uint64_t gic_nothing(uint32_t how, uint64_t *value);

/* Two bits an interrupt, `id` the first: read through the set; triggers were set at boot. */
uint64_t gic_triggers(uint64_t address, const uint32_t *set, uint32_t id, uint32_t how, uint64_t *value);

/* A register of which `owned` says which bytes are the partition's: one access a byte, so that no other is touched. */
uint64_t gic_priorities_shared(uint64_t address, uint32_t owned, uint32_t how, uint64_t *value);

/* Raises every byte below PRIORITY_GUEST to it: the kick's priority is no guest's. */
static inline uint32_t priorities_clamped(uint64_t value)
{
	uint32_t bytes = (uint32_t)value;
	uint32_t high = ((bytes >> 4) & 0x0f0f0f0fu) + 0x0f0f0f0fu; /* bit 4 of a byte: its upper half is not zero */

	return bytes | (~high & 0x10101010u);
}

/* Whole registers or bytes of priorities that no other partition shares. */
static inline uint64_t priorities_own(uint64_t address, uint32_t how, uint64_t *value)
{
	bool word = HOW_IS_SIZE(how, WORD) && ((address & 3u) == 0u);
	bool byte = HOW_IS_SIZE(how, BYTE);

	if (HOW_IS_WRITE(how)) {
		if (word) {
			mmio_write32(address, priorities_clamped(*value));
		} else if (byte) {
			mmio_write8(address, (uint8_t)priorities_clamped(*value));
		} else {
			/* there are no other sizes */
		}
		return TRANSFER_WRITTEN;
	}
	*value = word ? mmio_read32(address) : (byte ? mmio_read8(address) : 0u);
	return TRANSFER_READ;
}

/* Priorities of shared interrupts, `id` the first: the partition's own bytes only. */
static inline uint64_t priorities_access(uint64_t address, const uint32_t *set, uint32_t id, uint32_t how,
					 uint64_t *value)
{
	uint32_t all = HOW_IS_SIZE(how, WORD) ? 0xfu : 0x1u;
	uint32_t owned = (set[id / 32u] >> (id % 32u)) & all;

	if (owned == all) {
		return priorities_own(address, how, value);
	}
	return gic_priorities_shared(address, ((address & 3u) == 0u) ? owned : 0u, how, value);
}

#endif
