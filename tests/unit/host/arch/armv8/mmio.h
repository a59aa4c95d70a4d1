/* SPDX-License-Identifier: Apache-2.0 */
/* The host's device registers in place of src/arch/armv8/mmio.h: the same functions on a recorded register file. */
#ifndef ARMV8_MMIO_H
#define ARMV8_MMIO_H

#include "host/host.h"

#define HOST_MMIO(bits)                                                                                                \
	static inline uint##bits##_t mmio_read##bits(uint64_t address)                                                 \
	{                                                                                                              \
		return (uint##bits##_t)host_mmio_read(address, bits / 8);                                              \
	}                                                                                                              \
	static inline void mmio_write##bits(uint64_t address, uint##bits##_t value)                                    \
	{                                                                                                              \
		host_mmio_write(address, bits / 8, value);                                                             \
	}

HOST_MMIO(32)
HOST_MMIO(64)

static inline uint8_t mmio_read8(uint64_t address)
{
	return (uint8_t)host_mmio_read(address, 1);
}

static inline void mmio_write8(uint64_t address, uint32_t value)
{
	host_mmio_write(address, 1, (uint8_t)value);
}

#endif
