/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processor as a test plays it: src/arch/x86/x86.h with the core's row, and what only privileged code or a device can do,
 * from the test. A test defines what its sources call.
 */
#ifndef HOST_X86_H
#define HOST_X86_H

#define self x86_self
#define cpuid_read x86_cpuid_read
#define msr_read x86_msr_read
#define xcr0_write x86_xcr0_write
#define msr_write x86_msr_write
#define msr_write_halves x86_msr_write_halves
#define port_write8 x86_port_write8
#define mmio_read32 x86_mmio_read32
#define mmio_write32 x86_mmio_write32
#define mmio_read8 x86_mmio_read8
#define mmio_read16 x86_mmio_read16
#define mmio_read64 x86_mmio_read64
#define mmio_write8 x86_mmio_write8
#define mmio_write16 x86_mmio_write16
#define mmio_write64 x86_mmio_write64
#define mmio_read x86_mmio_read
#define mmio_write x86_mmio_write
#define port_read32 x86_port_read32
#define port_write32 x86_port_write32
#define page_forget x86_page_forget
#define nmi_take x86_nmi_take
#include "../../../../../src/arch/x86/x86.h"
#undef self
#undef cpuid_read
#undef msr_read
#undef xcr0_write
#undef msr_write
#undef msr_write_halves
#undef port_write8
#undef mmio_read32
#undef mmio_write32
#undef mmio_read8
#undef mmio_read16
#undef mmio_read64
#undef mmio_write8
#undef mmio_write16
#undef mmio_write64
#undef mmio_read
#undef mmio_write
#undef port_read32
#undef port_write32
#undef page_forget
#undef nmi_take

struct core_state *self(void);
struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf);
uint64_t msr_read(uint32_t number);
void xcr0_write(uint64_t value);
void msr_write(uint32_t number, uint64_t value);

static inline void msr_write_halves(uint32_t number, uint32_t low, uint32_t high)
{
	msr_write(number, ((uint64_t)high << 32) | low);
}

void port_write8(uint16_t port, uint8_t value);
uint32_t mmio_read32(uint64_t address);
void mmio_write32(uint64_t address, uint32_t value);
uint8_t mmio_read8(uint64_t address);
uint16_t mmio_read16(uint64_t address);
uint64_t mmio_read64(uint64_t address);
void mmio_write8(uint64_t address, uint8_t value);
void mmio_write16(uint64_t address, uint16_t value);
void mmio_write64(uint64_t address, uint64_t value);
uint32_t port_read32(uint16_t port);
void port_write32(uint16_t port, uint32_t value);
void page_forget(uint64_t address);
void nmi_take(void);

static inline uint32_t mmio_read(uint64_t address, uint32_t size)
{
	return (size == 1u) ? mmio_read8(address) : ((size == 2u) ? mmio_read16(address) : mmio_read32(address));
}

static inline void mmio_write(uint64_t address, uint32_t size, uint32_t value)
{
	if (size == 1u) {
		mmio_write8(address, (uint8_t)value);
	} else if (size == 2u) {
		mmio_write16(address, (uint16_t)value);
	} else {
		mmio_write32(address, value);
	}
}

#endif
