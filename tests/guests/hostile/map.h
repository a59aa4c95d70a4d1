/* SPDX-License-Identifier: Apache-2.0 */
/* Far virtual addresses, one GiB each, over any guest-physical memory and with any attributes. */
#ifndef HOSTILE_MAP_H
#define HOSTILE_MAP_H

#include <stdint.h>

/* Each maps the GiB around a guest-physical address anew and returns the virtual address of that very byte. */
uint64_t map_device(uint64_t address);
uint64_t map_normal(uint64_t address);     /* write-back, where unaligned accesses are allowed */
uint64_t map_executable(uint64_t address); /* read-only, as WXN wants it */

/* A level-2 table at that guest-physical address: returns a virtual address that it would translate. */
uint64_t map_table(uint64_t address);

#endif
