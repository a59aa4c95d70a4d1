/* SPDX-License-Identifier: Apache-2.0 */
/* The host's system registers in place of src/arch/armv8/sysreg.h: its constants, and accesses by name. */
#ifndef HOST_ARMV8_SYSREG_H
#define HOST_ARMV8_SYSREG_H

#define __ASSEMBLER__ 1 /* of the real one the constants only */
#include_next "arch/armv8/sysreg.h"
#undef __ASSEMBLER__

#include "arch/cpu.h"
#include "host/host.h"

#define sysreg_read(name) host_sysreg_read(#name)
#define sysreg_write(name, value) host_sysreg_write(#name, (uint64_t)(value))

static inline void *core_pointer(void)
{
	return arch_core_state();
}

static inline void isb(void)
{
}

static inline void dsb_sy(void)
{
}

static inline void dsb_ish(void)
{
}

static inline void wfi(void)
{
	host_sleeps++;
	if (host_wake != NULL) {
		host_wake();
	}
}

static inline void sev(void)
{
}

static inline uint32_t id_field(uint64_t value, uint32_t shift)
{
	return (uint32_t)(value >> shift) & 0xfu;
}

#endif
