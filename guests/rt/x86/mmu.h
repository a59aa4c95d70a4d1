/* SPDX-License-Identifier: Apache-2.0 */
/* The identity memory map of an RTOS partition. */
#ifndef RT_X86_MMU_H
#define RT_X86_MMU_H

#include <stdint.h>

/* What CR3 gets: the level-4 table. */
extern uint64_t mmu_root[];

/* Writes the tables. Called by start.S on other tables, before .bss is cleared. Cannot fail. */
void mmu_build(void);

#endif
