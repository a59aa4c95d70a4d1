/* SPDX-License-Identifier: Apache-2.0 */
/* The identity memory map of an RTOS partition. */
#ifndef RT_ARMV8_MMU_H
#define RT_ARMV8_MMU_H

/* Memory attributes by index, for MAIR: 0 = Normal write-back, 1 = Device-nGnRE. */
#define MAIR_VALUE 0x04ff
#define MAIR_NORMAL 0
#define MAIR_DEVICE 1

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Root of the tables, at level 1: one entry a GiB. AArch64 walks all of them, 39 bits of address, AArch32 four. */
extern uint64_t mmu_table_1[];

/* Writes the tables. Called by start.S on the first core, MMU and data cache off. Cannot fail. */
void mmu_build(void);
#endif

#endif
