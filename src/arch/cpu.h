/* SPDX-License-Identifier: Apache-2.0 */
/* The contract, this core: who am I, what time is it, stop for good. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "arch/core_state.h"
#include "types.h"

/* This core's own state row. Any core, after start-up code has set it. Cannot fail. */
struct core_state *arch_core_state(void);

/*
 * The system counter, in ticks, and its frequency in Hz (Arm ARM D12.1: CNTPCT_EL0, CNTFRQ_EL0; x86: the time-stamp counter).
 * Any core; the boot core asks first. Cannot fail.
 */
uint64_t arch_counter(void);
uint64_t arch_counter_frequency(void);

/* CRC-32 (IEEE 802.3, as zlib's) of `size` bytes, a multiple of 8, at an 8-byte-aligned address. Any core. Cannot fail.
 */
uint32_t arch_crc32(const void *data, uint64_t size);

/* One turn of waiting for another core. Boot only: no guest runs yet. */
void arch_relax(void);

/* Sleeps for ever, every interrupt masked. Any core, after a refusal or a panic. */
NORETURN void arch_halt(void);

#endif
