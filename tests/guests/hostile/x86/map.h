/* SPDX-License-Identifier: Apache-2.0 */
/* Far virtual addresses, 2 MiB each, over any guest-physical memory; all is writable, executable, and level 3's too. */
#ifndef HOSTILE_X86_MAP_H
#define HOSTILE_X86_MAP_H

#include <stdint.h>

/* Once: opens the runtime's own map to level 3. */
void map_open(void);

/* Maps the 2 MiB around a guest-physical address, and those behind, anew; returns the virtual address of that very byte. */
uint64_t map(uint64_t address);

/* A table of pages at that guest-physical address: returns a virtual address that it would translate. */
uint64_t map_table(uint64_t address);

#endif
