/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the distributors of GICv2 and GICv3 have in common for a guest: bits, priorities and triggers of its interrupts. Each
 * answers an access as access.h's gic_access does, with its three arguments first: so they stay in their registers. But
 * `address` is EL2's.
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

#define EACH_BYTE 0x01010101u
#define BITS_TO_BYTES 0x00204081u /* times four bits, & EACH_BYTE: one to the bottom of each byte */

#define BANK_NONE 0u
#define BANK_READ 1u
#define BANK_WRITE 2u

/* What the guest may do in each bank of bit registers, by offset / BANK_SIZE: BANK_*. */
extern const uint8_t gic_banks[BANKS];

/* A 32-bit register of one bit an interrupt: write-1 bits and reads through `mask`, a word of the partition's set. */
static inline uint64_t bits_access(uint64_t *value, uint32_t how, uint64_t address, uint32_t bank, uint32_t mask)
{
	bool there = HOW_IS_SIZE(how, WORD) && ((address & 3u) == 0u) && (bank != BANK_NONE);

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
uint64_t gic_nothing(uint64_t *value, uint32_t how);

/* Two bits an interrupt, read through `bits`, which of them are the partition's; triggers were set at boot. */
uint64_t gic_triggers(uint64_t *value, uint32_t how, uint64_t address, uint32_t bits);

/* priorities_access of what is no whole word that is written. */
uint64_t gic_priorities_other(uint64_t *value, uint32_t how, uint64_t address, uint32_t bits);

/* Which of the interrupts from `id` on are the set's: bit 0 says it of the first, the others up to its word's end. */
static inline uint32_t set_from(const uint32_t *set, uint32_t id)
{
	return set[id / 32u] >> (id % 32u);
}

/* Which bytes of an access there are, those of `bits`: a misaligned or wide one has none. */
static inline uint32_t bytes_there(uint32_t how, uint64_t address, uint32_t bits)
{
	if (HOW_IS_SIZE(how, WORD) && ((address & 3u) == 0u)) {
		return bits & 0xfu;
	}
	return HOW_IS_SIZE(how, BYTE) ? (bits & 0x1u) : 0u;
}

/* Reads the bytes that `there` names, one or those of a word; all else is zero. */
static inline uint32_t bytes_read(uint32_t how, uint64_t address, uint32_t there)
{
	uint32_t word = HOW_IS_SIZE(how, WORD) ? mmio_read32(address) : mmio_read8(address);

	return word & (((there * BITS_TO_BYTES) & EACH_BYTE) * 0xffu);
}

/* Writes those bytes of `word` that bits 0-3 of `owned` name: one access a byte, so that no other is touched. */
static inline void bytes_write(uint64_t address, uint32_t owned, uint32_t word)
{
	if ((owned & 0x1u) != 0u) {
		mmio_write8(address, word);
	}
	if ((owned & 0x2u) != 0u) {
		mmio_write8(address + 1u, word >> 8);
	}
	if ((owned & 0x4u) != 0u) {
		mmio_write8(address + 2u, word >> 16);
	}
	if ((owned & 0x8u) != 0u) {
		mmio_write8(address + 3u, word >> 24);
	}
}

/* Raises every byte below PRIORITY_GUEST to it: the kick's priority is no guest's. */
static inline uint32_t priorities_clamped(uint64_t value)
{
	uint32_t bytes = (uint32_t)value;
	uint32_t high = ((bytes >> 4) & 0x0f0f0f0fu) + 0x0f0f0f0fu; /* bit 4 of a byte: its upper half is not zero */

	return bytes | (~high & 0x10101010u);
}

/* GIC_IPRIORITYR, a byte an interrupt: only the partition's bytes exist, bit n of `bits` says it of byte n. */
static inline uint64_t priorities_access(uint64_t *value, uint32_t how, uint64_t address, uint32_t bits)
{
	uint32_t clamped;

	if (!HOW_IS_SIZE(how, WORD) || ((address & 3u) != 0u) || !HOW_IS_WRITE(how)) {
		return gic_priorities_other(value, how, address, bits);
	}
	clamped = priorities_clamped(*value);
	if ((bits & 0xfu) == 0xfu) {
		mmio_write32(address, clamped);
	} else {
		bytes_write(address, bits, clamped);
	}
	return TRANSFER_WRITTEN;
}

#endif
