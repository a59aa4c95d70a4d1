/* SPDX-License-Identifier: Apache-2.0 */
/* The identity memory map of an RTOS partition. */
#ifndef RT_ARMV8_MMU_H
#define RT_ARMV8_MMU_H

#include <stdint.h>

/* Root of the tables: one entry a GiB, 39 bits of address. */
extern uint64_t mmu_table_1[];

/* Writes the tables. Called by start.S on the first core, MMU and data cache off. Cannot fail. */
void mmu_build(void);

#endif
